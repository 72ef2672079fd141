import type { Task } from "../../actors/ports.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { codeBrief, languageOf, printerOf } from "./code/language.ts";
import { refusalsOf } from "./code/sketch.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  describe,
  listOf,
  numberOf,
  rawSubject,
  subjectOf,
  textOf,
  upstreamOf,
  valueNamed,
} from "./drafting.ts";
import { bullets, fence, inline, section, sections, table } from "./markdown.ts";
import { foremost, standardsFor } from "./standards.ts";
import { loadFile } from "./test-load.ts";

/** TEST: the plan, then the files. */
export const testDrafters: Drafters = { plan, suite };

type Case = {
  readonly id: string;
  readonly kind: string;
  readonly given: string;
  readonly when: string;
  readonly expected: string;
  readonly risk: string;
};

function kindsOf(task: Task): readonly string[] {
  const kinds = listOf(task, "test_types").map((kind) => kind.toLowerCase());
  return kinds.length > 0 ? [...new Set(kinds)] : ["unit", "integration"];
}

function requirements(task: Task): JsonObject {
  const value = valueNamed(task, "performance_requirements");
  return isJsonObject(value) ? value : {};
}

type Outline = Omit<Case, "id" | "kind">;

function casesOf(task: Task): readonly Case[] {
  return kindsOf(task).flatMap((kind, k) =>
    outlinesOf(task, kind).map((outline, n) => ({ id: `T${k + 1}.${n + 1}`, kind, ...outline })),
  );
}

/** The cases of one kind: from the operations, the scenarios, the measures or the checks of the standards named. */
function outlinesOf(task: Task, kind: string): readonly Outline[] {
  const { sketch } = codeBrief(task);
  const known = recogniseDomain(rawSubject(task));
  if (/unit/.test(kind)) {
    const printer = printerOf(task);
    return sketch.operations.map((o) => {
      const codes = refusalsOf({ ...sketch, operations: [o] }).map((r) => r.code);
      const expected = codes.length > 0 ? `${o.doc} Else one of ${codes.join(", ")}` : o.doc;
      return {
        given: "a fresh service",
        when: printer.signature(o),
        expected,
        risk: "the operation does something else than it says",
      };
    });
  }
  if (/integr|e2e|end|system|accept/.test(kind)) {
    const neighbours = known.parts
      .slice(0, 2)
      .map((p) => `${p.name.toLowerCase()} works with its neighbours: ${p.duty}`);
    return [...sketch.scenarios.map((s) => s.title), ...neighbours].map((when) => ({
      given: `${known.noun} with its real neighbours`,
      when,
      expected: "every step gives what the scenario states",
      risk: "parts agree alone and not together",
    }));
  }
  if (/perf|load|stress|bench/.test(kind)) {
    const risk = known.concerns.find((c) => c.side === "performance")!.risk;
    return known.measures.map((measure) => ({
      given: "the load of the requirements",
      when: `measure: ${measure}`,
      expected: "within the requirement",
      risk,
    }));
  }
  if (/secur|fuzz|pen/.test(kind)) {
    const own = known.concerns.filter((c) => c.side === "security").map((c) => c.risk);
    const named = standardsFor(task, "security").flatMap((s) => foremost(s, 4).map((c) => c.look));
    return [...own, ...named].map((risk) => ({
      given: "an attacker with a normal account",
      when: risk,
      expected: "it is refused, with a trace in the log",
      risk,
    }));
  }
  if (/prop/.test(kind)) {
    return sketch.settings.map((s) => ({
      given: "any sequence of calls (seed printed, shrunk)",
      when: `look at ${s.name} after each`,
      expected: `holds: ${s.doc}`,
      risk: "a rare order of calls breaks an invariant",
    }));
  }
  return known.concerns.map((c) => ({
    given: `the ${inline(kind, 40)} environment`,
    when: c.risk,
    expected: c.action,
    risk: c.risk,
  }));
}

function plan(task: Task): Draft {
  const subject = subjectOf(task);
  const known = recogniseDomain(rawSubject(task));
  const cases = casesOf(task);
  const coverage = Math.min(100, Math.max(0, numberOf(task, "coverage_target", 80)));
  const risks = known.concerns
    .map((c) => ({ ...c, product: (c.priority === "P0" ? 4 : 3) * c.impact }))
    .sort((a, b) => b.product - a.product);
  const required = Object.entries(requirements(task)).slice(0, 20);
  const asked = contextLines(task);
  const covering = (risk: string): string => cases.find((c) => c.risk === risk)?.id ?? cases[0]?.id ?? "none";
  return {
    title: `Test plan: ${subject}`,
    body: sections(
      upstreamOf(task).length > 0 &&
        `Tests for: ${upstreamOf(task)
          .map((u) => `"${u.title}"`)
          .join(", ")}.`,
      section(
        "Risks",
        table(
          ["risk", "side", "likelihood x impact", "covered by"],
          risks.map((r) => [r.risk, r.side, r.product, covering(r.risk)]),
        ),
      ),
      ...kindsOf(task).map((kind) =>
        section(
          `${inline(kind, 40)} tests`,
          table(
            ["id", "given", "when", "then"],
            cases.filter((c) => c.kind === kind).map((c) => [c.id, c.given, c.when, c.expected]),
          ),
        ),
      ),
      section("Coverage", coverageText(coverage)),
      required.length > 0 &&
        section(
          "Performance requirements",
          table(
            ["requirement", "target", "measured by"],
            required.map(([name, target]) => [inline(name), inline(describe(target)), measuredBy(name)]),
          ),
        ),
      asked.length > 0 &&
        section(
          "From the context",
          bullets(asked.map((line) => `${line.name} = ${line.text}: at least one case names it`)),
        ),
      section(
        "Not tested on purpose",
        bullets([
          "libraries of others beyond the calls we make",
          "timing on shared machines: ratios only",
          ...(required.length === 0 ? ["speed: no requirement was given"] : []),
        ]),
      ),
    ),
    data: {
      target: rawSubject(task),
      testTypes: [...kindsOf(task)],
      coverageTarget: coverage,
      cases: cases.map((c) => ({ ...c })),
      requirements: requirements(task),
    },
    claims: [{ subject: `coverage target of ${codeBrief(task).slug}`, value: coverage }],
  };
}

function coverageText(percent: number): string {
  const warning =
    "So high a target is met by deleting code that no test needs, not by tests without a claim.";
  return `Target: ${percent}% of branches, measured on the files of the component only. ${percent >= 95 ? warning : "Uncovered branches are listed with their reason."}`;
}

function measuredBy(name: string): string {
  if (/p\d\d|latency|ms|time/i.test(name))
    return "fixed arrival rate, 5 minutes after 1 minute of warm-up, percentile from a histogram";
  if (/rps|per_s|throughput|requests/i.test(name))
    return "rising arrival rate until the first refusal or twice the latency";
  if (/mem|mb|bytes/i.test(name)) return "resident memory after an hour at constant load";
  return "three runs, the median and the spread";
}

function suite(task: Task): Draft {
  const brief = codeBrief(task);
  const language = languageOf(task);
  const printer = printerOf(task);
  const kinds = kindsOf(task);
  const load =
    kinds.some((kind) => /perf|load|stress|bench/.test(kind)) || Object.keys(requirements(task)).length > 0;
  const artifacts = [...printer.tests(brief), ...(load ? [loadFile(brief.slug, requirements(task))] : [])];
  const covered = new Set(
    brief.sketch.scenarios.flatMap((s) =>
      s.steps.flatMap((step) => (step.kind === "expect" ? [] : [step.operation])),
    ),
  );
  const beyond = kinds.filter((kind) => !/unit|integr|perf|load|stress|bench/.test(kind));
  const code = textOf(task, "code") !== undefined;
  return {
    title: `Test files: ${subjectOf(task)}`,
    body: sections(
      `${brief.sketch.scenarios.length} tests in ${printer.title} for \`${brief.className}\`, calling ${covered.size} of ${brief.sketch.operations.length} operations${code ? "; written for the code handed over" : "; they fit the scaffold that CODE makes for the same name"}.`,
      section("What they show", bullets(brief.sketch.scenarios.map((s) => s.title))),
      beyond.length > 0 &&
        section(
          "Left to the plan",
          bullets(beyond.map((kind) => `${inline(kind, 40)}: cases in the plan, no file drafted`)),
        ),
      ...artifacts.map(
        (f) => `### ${f.path}\n\n${fence(f.path.endsWith(".mjs") ? "javascript" : language, f.content)}`,
      ),
      section("Run", fence("sh", `cd ${brief.slug}\n${printer.test}`)),
    ),
    data: {
      language,
      tests: brief.sketch.scenarios.map((s) => s.title),
      files: artifacts.map((f) => f.path),
      operationsCovered: covered.size,
      operations: brief.sketch.operations.length,
    },
    artifacts,
    claims: [{ subject: `language of ${brief.slug}`, value: language }],
  };
}
