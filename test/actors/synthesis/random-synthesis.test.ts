import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlanIndex } from "../../../src/actors/plan-index.ts";
import type { Answer } from "../../../src/actors/synthesis/answer.ts";
import type { Span } from "../../../src/actors/synthesis/pieces.ts";
import { Precedence } from "../../../src/actors/synthesis/precedence.ts";
import { canonicalJson } from "../../../src/shared/canonical-json.ts";
import { normalisedText } from "../../../src/shared/text-similarity.ts";
import { type Draft, plan } from "../../support/plans.ts";
import { textFile } from "./a-result.ts";
import { answerOf, says } from "./answer-of.ts";
import { agentsOf, deed, orderOf, roots } from "./random-plans.ts";

const RUNS = { numRuns: 150 };

/** A plan with what each of its agents does. */
const situation = roots.chain((drafts) => {
  const agents = agentsOf(plan(drafts));
  const deeds = fc.array(deed, { minLength: agents.length, maxLength: agents.length });
  return deeds.map((list) => ({
    drafts,
    agents,
    deeds: Object.fromEntries(agents.map((path, index) => [path, list[index]!])),
  }));
});

describe("where the answer of a random plan comes from", () => {
  test("is told for every character of it, without gaps, and stands there (W3)", () => {
    fc.assert(
      fc.property(situation, ({ drafts, deeds }) => {
        const answer = answerOf(drafts, deeds);
        const outputs = new Map(answer.results.map(({ path, output }) => [path, output]));
        checkSpans(answer.output, answer.spans, (path) => outputs.get(path)!);
      }),
      RUNS,
    );
  });

  test("is told for every line of a merged file", () => {
    fc.assert(
      fc.property(situation, ({ drafts, deeds }) => {
        const answer = answerOf(drafts, deeds);
        for (const { path, content, spans } of answer.artifacts) {
          if (!spans) continue;
          const versions = new Map(
            answer.results.map((result) => [
              result.path,
              result.artifacts.find((one) => one.path === path)?.content ?? "",
            ]),
          );
          checkSpans(content, spans, (from) => versions.get(from)!);
        }
      }),
      RUNS,
    );
  });

  test("leaves out no paragraph of a result that is part of it, but those that another one has too", () => {
    fc.assert(
      fc.property(situation, ({ drafts, deeds }) => {
        const { parts, output, results } = answerOf(drafts, deeds);
        // Of those who voted for the same data the words of one are the answer.
        const voters = plan(drafts).nodes.flatMap((node) =>
          node.kind !== "agent" && node.synthesis === "vote" ? [`${node.path}/`] : [],
        );
        const said = normalisedText(output.replaceAll(/^#+ /gm, ""));
        for (const path of parts.flatMap((part) => part.from)) {
          if (voters.some((group) => path.startsWith(group))) continue;
          const own = results.find((result) => result.path === path)!.output;
          for (const paragraph of own.split(/\n\s*\n/))
            expect(said).toContain(normalisedText(paragraph.replaceAll(/^#+ /gm, "")));
        }
      }),
      RUNS,
    );
  });
});

describe("conflicts of a random plan", () => {
  test("over files are exactly those between agents that could not see each other", () => {
    fc.assert(
      fc.property(situation, ({ drafts, agents, deeds }) => {
        const answer = answerOf(drafts, deeds);
        const precedes = orderOf(plan(drafts));
        const contested = new Set<string>();
        for (const one of agents)
          for (const other of agents)
            for (const mine of deeds[one]!.artifacts ?? [])
              for (const theirs of deeds[other]!.artifacts ?? [])
                if (mine.path === theirs.path && mine.content !== theirs.content)
                  if (!precedes(one, other) && !precedes(other, one)) contested.add(mine.path);
        const found = answer.conflicts.filter(({ kind }) => kind === "artifact");
        expect(new Set(found.map(({ subject }) => subject))).toEqual(contested);
      }),
      RUNS,
    );
  });

  test("are found wherever two are planted, with both versions whole", () => {
    const planted = situation.chain((made) =>
      fc.tuple(fc.constant(made), fc.nat(), fc.nat()).map(([, a, b]) => ({ ...made, a, b })),
    );
    fc.assert(
      fc.property(planted, ({ drafts, agents, deeds, a, b }) => {
        const precedes = orderOf(plan(drafts));
        const [one, other] = [agents[a % agents.length]!, agents[b % agents.length]!];
        fc.pre(one !== other && !precedes(one, other) && !precedes(other, one));
        const answer = answerOf(drafts, {
          ...deeds,
          [one]: withFile(deeds[one]!, "planted", "this"),
          [other]: withFile(deeds[other]!, "planted", "that"),
        });
        const conflict = answer.conflicts.find(({ subject }) => subject === "planted")!;
        expect(new Set(conflict.options.map(({ content }) => content))).toEqual(new Set(["this", "that"]));
        expect(conflict.options.flatMap(({ paths }) => paths).sort()).toEqual([one, other].sort());
      }),
      RUNS,
    );
  });

  test("are none where every agent speaks of its own only", () => {
    fc.assert(
      fc.property(roots, (drafts) => {
        const deeds = agentsOf(plan(drafts)).map((path) => [
          path,
          says(path, 0.5, {
            artifacts: [textFile(`${path}.txt`, path)],
            claims: [{ subject: path, value: path }],
          }),
        ]);
        expect(answerOf(drafts, Object.fromEntries(deeds)).conflicts).toEqual([]);
      }),
      RUNS,
    );
  });

  test("over claims are exactly those within one command", () => {
    fc.assert(
      fc.property(situation, ({ drafts, agents, deeds }) => {
        const answer = answerOf(drafts, deeds);
        const values = new Map<string, Set<string>>();
        for (const path of agents) {
          const first = new Map(
            (deeds[path]!.claims ?? []).toReversed().map((one) => [one.subject, one.value]),
          );
          for (const [subject, value] of first) {
            const key = `${commandAround(path, drafts)} ${subject}`;
            values.set(key, (values.get(key) ?? new Set()).add(canonicalJson(value)));
          }
        }
        const expected = [...values].filter(([, all]) => all.size > 1).map(([key]) => key);
        const found = answer.conflicts.filter(({ kind }) => kind === "claim");
        expect(new Set(found.map(({ scope, subject }) => `${scope} ${subject}`))).toEqual(new Set(expected));
      }),
      RUNS,
    );
  });

  test("lose no version of a file: it stands in the answer or a conflict, was revised, or set aside (W4)", () => {
    fc.assert(
      fc.property(situation, ({ drafts, agents, deeds }) => {
        const answer = answerOf(drafts, deeds);
        const precedes = orderOf(plan(drafts));
        const kept = new Set(answer.artifacts.map(({ path, content }) => `${path}\n${content}`));
        for (const { subject, options } of answer.conflicts)
          for (const { content } of options) kept.add(`${subject}\n${content}`);
        const chosen = new Set(answer.parts.flatMap(({ from }) => from));
        for (const path of agents)
          for (const file of deeds[path]!.artifacts ?? []) {
            if (kept.has(`${file.path}\n${file.content}`) || !chosen.has(path)) continue;
            const later = agents.filter((other) => precedes(path, other));
            expect(
              later.some((other) => deeds[other]!.artifacts?.some((one) => one.path === file.path)),
              `${file.path} of ${path} is lost`,
            ).toBe(true);
          }
      }),
      RUNS,
    );
  });
});

describe("who could see whom", () => {
  test("is what the moments of the plan say, and a strict order (O1, O2)", () => {
    fc.assert(
      fc.property(roots, (drafts) => {
        const made = plan(drafts);
        const precedence = new Precedence(new PlanIndex(made));
        const precedes = orderOf(made);
        for (const one of agentsOf(made))
          for (const other of agentsOf(made)) {
            expect(precedence.precedes(one, other)).toBe(precedes(one, other));
            if (precedence.precedes(one, other)) expect(precedence.precedes(other, one)).toBe(false);
          }
      }),
      RUNS,
    );
  });
});

function checkSpans(text: string, spans: Answer["spans"], sourceOf: (path: string) => string): void {
  let at = 0;
  for (const span of spans) {
    expect(span.start).toBe(at);
    expect(span.end).toBeGreaterThan(span.start);
    at = span.end;
    checkSource(text.slice(span.start, span.end), span, sourceOf);
  }
  expect(at).toBe(text.length);
}

function checkSource(copied: string, { from, also }: Span, sourceOf: (path: string) => string): void {
  if (from) expect(sourceOf(from.path).slice(from.at, from.at + copied.length)).toBe(copied);
  else expect(copied).toMatch(/^[\s#]*$|# \w|\| part \|/);
  for (const path of also ?? []) expect(normalisedText(sourceOf(path))).toContain(normalisedText(copied));
}

function withFile(outcome: ReturnType<typeof says>, path: string, content: string) {
  return { ...outcome, artifacts: [...(outcome.artifacts ?? []), textFile(path, content)] };
}

/** The innermost command around an agent; the random plans' groups all are commands, replicas' forks are not. */
function commandAround(path: string, drafts: readonly Draft[]): string {
  const commands = new Set(
    plan(drafts).nodes.flatMap((node) =>
      node.kind !== "agent" && node.role === "command" ? [node.path] : [],
    ),
  );
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/"))))
    if (commands.has(at)) return at;
  return "";
}
