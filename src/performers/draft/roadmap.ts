import type { Task } from "../../actors/ports.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
import { firstDay } from "./dates.ts";
import { type Concern, SIDES } from "./domains/domain.ts";
import { recogniseDomain } from "./domains/recognise.ts";
import {
  contextLines,
  type Draft,
  type Drafters,
  listOf,
  rawSubject,
  subjectOf,
  textOf,
  upstreamOf,
} from "./drafting.ts";
import { findingsOf } from "./findings.ts";
import { bullets, fence, mermaidLabel, numbered, section, sections, table } from "./markdown.ts";
import { slug } from "./names.ts";
import { orderViolations, type Phase, type PhaseSketch, schedulePhases } from "./roadmap-schedule.ts";

const WEEKS: Readonly<Record<string, number>> = { short: 6, medium: 13, long: 52 };
const WEEK_MS = 604_800_000;
/** The longest plan, in working days (20 years). */
const LONGEST_DAYS = 5_200;
const WIDTH: Readonly<Record<string, number>> = { low: 2, medium: 3, high: 4 };

/** ROADMAP: scope, dated phases, the final document. */
export const roadmapDrafters: Drafters = { scope, phases, roadmap };

function depthOf(task: Task): string {
  const depth = textOf(task, "depth") ?? textOf(task, "complexity") ?? "medium";
  return Object.hasOwn(WIDTH, depth) ? depth : "medium";
}

/** Working days of the plan: from the timeline's word or span. */
export function planDays(task: Task): number {
  const timeline = textOf(task, "timeline") ?? "medium";
  const spanMs = parseSpanMs(timeline);
  const weeks = spanMs === undefined ? (WEEKS[timeline] ?? 13) : spanMs / WEEK_MS;
  return Math.min(LONGEST_DAYS, Math.max(1, Math.round(weeks * 5)));
}

/** The phases of a task, made from its parameters, its context and what is known upstream. */
export function planOf(task: Task): readonly Phase[] {
  const days = planDays(task);
  const most = Math.max(1, Math.floor(days / 2));
  const sketches = sketchesOf(task);
  // A plan of a few days keeps its first and last phases and drops what does not fit between.
  const kept =
    sketches.length <= most
      ? sketches
      : most === 1
        ? sketches.slice(-1)
        : [...sketches.slice(0, most - 1), sketches.at(-1)!];
  const items =
    days >= kept.length * 4 ? kept : kept.map((sketch) => ({ ...sketch, items: sketch.items.slice(0, 2) }));
  const narrow =
    days < items.length * 2 ? items.map((sketch) => ({ ...sketch, items: sketch.items.slice(0, 1) })) : items;
  return schedulePhases(narrow, listOf(task, "resources"), firstDay(task), days);
}

function sketchesOf(task: Task): readonly PhaseSketch[] {
  const depth = depthOf(task);
  const width = WIDTH[depth]!;
  const subject = subjectOf(task);
  const known = recogniseDomain(rawSubject(task));
  const asked = contextLines(task).filter((line) => line.name !== "findings");
  const findings = findingsOf(task);
  const parts = known.parts.slice(0, width + 2);
  const hardening = [
    ...findings.map((text) => ({
      title: text,
      doneWhen: "the finding's own check passes and stays in the suite",
    })),
    ...known.concerns.map((c) => ({
      title: sentence(c.action),
      doneWhen: `a test shows that this no longer holds: ${c.risk}`,
    })),
  ].slice(0, Math.max(width + 1, Math.min(findings.length, 8)));
  const understand: PhaseSketch = {
    name: "Understand",
    share: 0.12,
    exit: "goal, measures and limits are agreed in writing",
    items: [
      {
        title: `Agree what ${subject} must reach and how it is measured`,
        doneWhen: `a figure and a target for: ${known.measures.slice(0, 2).join("; ")}`,
      },
      ...asked.slice(0, width).map((line) => ({
        title: `Settle ${line.name}: ${line.text}`,
        doneWhen: `what "${line.text}" demands stands as checks in the backlog`,
      })),
      {
        title: `Compare the ways: ${known.options.slice(0, 3).join(", ")}`,
        doneWhen: `one is chosen by ${known.criteria.slice(0, 3).join(", ")}`,
      },
    ],
  };
  const design: PhaseSketch = {
    name: "Design",
    share: 0.16,
    exit: "every part has an owner, an interface and a failure behaviour",
    items: parts.slice(0, width).map((part) => ({
      title: `Design the ${part.name.toLowerCase()}`,
      doneWhen: `its interface and errors are reviewed; duty: ${part.duty}`,
    })),
  };
  const build: PhaseSketch = {
    name: "Build",
    share: 0.4,
    exit: `${subject} works end to end with tests`,
    items: [
      {
        title: `Walking skeleton of ${subject}, end to end`,
        doneWhen: "one real request passes through every part in CI",
      },
      ...parts.map((part) => ({
        title: `Build the ${part.name.toLowerCase()}`,
        doneWhen: `tests show: ${part.duty}`,
      })),
    ],
  };
  const harden: PhaseSketch = {
    name: findings.length > 0 ? "Harden by findings" : "Harden",
    share: findings.length > 0 ? 0.3 : 0.2,
    exit: "no P0 risk is open",
    items: hardening,
  };
  const release: PhaseSketch = {
    name: "Release",
    share: 0.12,
    exit: "first users work with it and it can be rolled back",
    items: [
      {
        title: "Rehearse roll-out and rollback",
        doneWhen: "both were done once by someone who did not write them",
      },
      {
        title: `Release ${subject} to the first users`,
        doneWhen: `watched for a week: ${known.measures[0]}`,
      },
      { title: "Write the runbook and hand over", doneWhen: "the people on call have used it" },
    ].slice(0, width),
  };
  if (depth === "low") {
    return [
      understand,
      { ...build, name: "Design and build", items: build.items.slice(0, width + 2) },
      {
        ...release,
        name: "Prove and release",
        share: 0.3,
        items: [...hardening.slice(0, Math.max(2, findings.length)), ...release.items.slice(1)],
      },
    ];
  }
  const operate: PhaseSketch = {
    name: "Operate and learn",
    share: 0.12,
    exit: "the next plan rests on measured use",
    items: [
      { title: `Measure ${known.measures.join(", ")}`, doneWhen: "four weeks of figures with their noise" },
      ...SIDES.slice(0, 2).map((side) => ({
        title: `Review ${side} with real load`,
        doneWhen: "findings are ranked and owned",
      })),
    ],
  };
  return depth === "high"
    ? [understand, design, build, harden, release, operate]
    : [understand, design, build, harden, release];
}

function sentence(text: string): string {
  return text === "" ? text : text[0]!.toUpperCase() + text.slice(1);
}

function scope(task: Task): Draft {
  const subject = subjectOf(task);
  const known = recogniseDomain(rawSubject(task));
  const asked = contextLines(task);
  const outcomes = known.measures.slice(0, WIDTH[depthOf(task)]! + 1);
  const findings = findingsOf(task);
  const body = sections(
    section(
      "Goal",
      `${subject} is finished when its ${known.noun} meets the outcomes below under real use, within ${planDays(task)} working days.`,
    ),
    section(
      "Outcomes",
      numbered(
        outcomes.map(
          (measure) =>
            `**${sentence(measure)}**: baseline measured in the first phase, target agreed before design ends.`,
        ),
      ),
    ),
    section(
      "Constraints and assumptions",
      bullets([
        `given: timeline ${textOf(task, "timeline") ?? "medium"} (${planDays(task)} working days), depth ${depthOf(task)}`,
        ...(listOf(task, "resources").length > 0
          ? [`given: owners ${listOf(task, "resources").join(", ")}`]
          : ["assumed: owners are named before the first phase ends"]),
        ...asked.map((line) => `given: ${line.name} = ${line.text}`),
        `assumed: it is a kind of ${known.noun} (recognised from the topic's words)`,
      ]),
    ),
    findings.length > 0 && section("Taken over from earlier work", numbered(findings)),
    section(
      "Out of scope",
      bullets([
        `replacing anything that ${subject} only talks to`,
        `more than one of: ${known.options.join(", ")}`,
        "migration of old data, unless an outcome names it",
      ]),
    ),
  );
  return {
    title: `Scope of ${subject}`,
    body,
    data: {
      goal: subject,
      domain: known.id,
      outcomes,
      constraints: asked.map((line) => `${line.name}: ${line.text}`),
      findings: [...findings],
    },
  };
}

function phaseData(task: Task, phases: readonly Phase[]): Draft["data"] {
  const items = phases.flatMap((phase) => phase.items);
  return {
    topic: rawSubject(task),
    start: phases[0]!.start,
    end: phases.at(-1)!.end,
    workingDays: planDays(task),
    phases: phases.map(({ id, name, start, end, dependsOn, exit }) => ({
      id,
      name,
      start,
      end,
      dependsOn: [...dependsOn],
      exit,
    })),
    items: items.map((item) => ({ ...item, dependsOn: [...item.dependsOn] })),
    milestones: phases.map((phase) => ({ name: `${phase.name} ends`, date: phase.end, check: phase.exit })),
    orderViolations: [...orderViolations(phases)],
  };
}

function gantt(title: string, phases: readonly Phase[]): string {
  const key = (id: string): string => id.toLowerCase().replace(".", "_");
  return fence(
    "mermaid",
    [
      "gantt",
      `  title ${mermaidLabel(title, 60)}`,
      "  dateFormat YYYY-MM-DD",
      "  excludes weekends",
      ...phases.flatMap((phase) => [
        `  section ${mermaidLabel(phase.name)}`,
        ...phase.items.map(
          (item) =>
            `  ${mermaidLabel(item.title, 50).replace(/[,.]/g, "")} :${key(item.id)}, ${item.start}, ${item.end}`,
        ),
      ]),
    ].join("\n"),
  );
}

function itemTable(phases: readonly Phase[]): string {
  return table(
    ["id", "phase", "work item", "depends on", "owner", "start", "end", "done when"],
    phases.flatMap((phase) =>
      phase.items.map((item) => [
        item.id,
        phase.name,
        item.title,
        item.dependsOn.join(", ") || "nothing",
        item.owner,
        item.start,
        item.end,
        item.doneWhen,
      ]),
    ),
  );
}

function milestones(phases: readonly Phase[]): string {
  return bullets(phases.map((phase) => `**${phase.end}**: ${phase.name} ends. Check: ${phase.exit}.`));
}

function phases(task: Task): Draft {
  const plan = planOf(task);
  const from = upstreamOf(task).map((u) => `"${u.title}"`);
  return {
    title: `Phases of ${subjectOf(task)}`,
    body: sections(
      from.length > 0 && `Built on ${from.join(", ")}.`,
      section("Work items", itemTable(plan)),
      section("Gantt", gantt(rawSubject(task), plan)),
      section("Milestones", milestones(plan)),
      section(
        "Check of the order",
        `${orderViolations(plan).length} of ${plan.flatMap((p) => p.items).length} items begin before what they depend on has ended.`,
      ),
    ),
    data: phaseData(task, plan),
    claims: [{ subject: "roadmap.end", value: plan.at(-1)!.end }],
  };
}

function roadmap(task: Task): Draft {
  const plan = planOf(task);
  const subject = subjectOf(task);
  const known = recogniseDomain(rawSubject(task));
  const findings = findingsOf(task);
  const risk = (c: Concern): (string | number)[] => [
    c.risk,
    c.side,
    c.priority === "P0" ? 4 : 3,
    Math.ceil(c.impact / 2),
    sentence(c.action),
  ];
  const risks = [
    ...known.concerns.map(risk),
    [
      `the scope of ${subject} grows after the design`,
      "planning",
      4,
      3,
      "Every addition names what it replaces",
    ],
  ];
  const body = sections(
    section(
      "Summary",
      `${subject}: ${plan.length} phases from **${plan[0]!.start}** to **${plan.at(-1)!.end}** (${planDays(task)} working days asked). ${findings.length > 0 ? `${findings.length} findings of earlier work are planned in.` : `Recognised as a ${known.noun}.`}`,
    ),
    contextLines(task).length > 0 &&
      section("Asked for", bullets(contextLines(task).map((line) => `${line.name}: ${line.text}`))),
    section(
      "Phases",
      ...plan.map(
        (phase) =>
          `### ${phase.id} ${phase.name} (${phase.start} to ${phase.end})\n\n${bullets(phase.items.map((item) => `${item.id} ${item.title} (${item.owner}, ${item.start} to ${item.end})`))}\n\nExit: ${phase.exit}.`,
      ),
    ),
    section("Gantt", gantt(rawSubject(task), plan)),
    section("Milestones", milestones(plan)),
    section("Risks", table(["risk", "side", "likelihood", "impact", "answer"], risks.slice(0, 5))),
    section(
      "To decide in the first two weeks",
      bullets([
        `which way: ${known.options.join(", ")}`,
        `targets for: ${known.measures.join(", ")}`,
        ...(listOf(task, "resources").length === 0 ? ["who owns each work item"] : []),
      ]),
    ),
  );
  const folder = slug(rawSubject(task), "roadmap");
  const data = phaseData(task, plan);
  return {
    title: `Roadmap: ${subject}`,
    body,
    data: { ...data, risks: risks.slice(0, 5).map((r) => String(r[0])) },
    claims: [{ subject: "roadmap.end", value: plan.at(-1)!.end }],
    artifacts: [
      {
        path: `${folder}/roadmap.md`,
        content: `# Roadmap: ${subject}\n\n> Draft made by rules, without a model.\n\n${body}\n`,
        mediaType: "text/markdown",
      },
      {
        path: `${folder}/roadmap.json`,
        content: `${JSON.stringify(data, null, 2)}\n`,
        mediaType: "application/json",
      },
    ],
  };
}
