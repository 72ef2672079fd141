import fc from "fast-check";
import type { Plan } from "../../../src/plan/plan.ts";
import { agent, chain, type Draft, fork, replicas } from "../../support/plans.ts";
import { textFile } from "./a-result.ts";
import { type Deed, says } from "./answer-of.ts";

const MODES = ["aggregate", "merge", "vote", "best"] as const;
const TEXTS = [
  "# Risks\n\nDisk fills up.\n\n## Keys\n\nthey leak",
  "# Risks\n\ndisk  fills up.\n\nNobody looks.",
  "Intro first.\n\n###### Deep\n\n    indented\n\nEnd.  \n",
  "```md\n# no heading\n\nstill code\n```\n\nAfter it.",
  "  padded \n",
  "",
  "yes",
  "YES",
];
const FILES = ["f", "g/h", "package.json"];
const CONTENTS = ["a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "x", "{}", "a\nb\nc\nd\n"];
const SUBJECTS = ["db", "port"];

type Shape =
  | { readonly kind: "agent"; readonly needs: readonly number[] }
  | { readonly kind: "replicas"; readonly count: number; readonly mode: (typeof MODES)[number] }
  | {
      readonly kind: "group";
      readonly children: readonly Shape[];
      readonly mode: (typeof MODES)[number];
      readonly needs: readonly number[];
    };

const shape: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("agent" as const), needs: earlier() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("replicas" as const),
        count: fc.integer({ min: 2, max: 3 }),
        mode: fc.constantFrom(...MODES),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("group" as const),
        children: fc.array(tie("shape"), { minLength: 1, maxLength: 4 }),
        mode: fc.constantFrom(...MODES),
        needs: earlier(),
      }),
    },
  ),
})).shape;

/** How many places before, among the siblings. */
function earlier(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
}

/** Roots of a plan: nested groups of every mode, with needs among siblings. */
export const roots: fc.Arbitrary<readonly Draft[]> = fc
  .array(shape, { minLength: 1, maxLength: 4 })
  .map((shapes) => placed(shapes));

function placed(shapes: readonly Shape[]): readonly Draft[] {
  return shapes.map((one, index) => {
    const name = `n${index}`;
    if (one.kind === "replicas") return replicas(name, one.count, { synthesis: one.mode, threshold: 0.1 });
    const needs = [...new Set(one.needs.map((back) => index - back))]
      .filter((at) => at >= 0)
      .map((at) => `n${at}`);
    if (one.kind === "agent") return agent(name, { needs });
    const hasNeeds = one.children.some((child) => child.kind !== "replicas" && child.needs.length > 0);
    const make = hasNeeds ? chain : fork;
    const options = { needs, synthesis: one.mode, role: "command" as const };
    return make(name, placed(one.children), hasNeeds ? options : { ...options, threshold: 0.1 });
  });
}

/** What an agent says and makes; some say nothing. */
export const deed: fc.Arbitrary<Exclude<Deed, null | ((...args: never[]) => unknown)>> = fc
  .record({
    text: fc.constantFrom(...TEXTS),
    sure: fc.integer({ min: 0, max: 10 }),
    files: fc.uniqueArray(fc.tuple(fc.constantFrom(...FILES), fc.constantFrom(...CONTENTS)), {
      maxLength: 2,
      selector: ([path]) => path,
    }),
    claims: fc.array(
      fc.record({ subject: fc.constantFrom(...SUBJECTS), value: fc.integer({ min: 0, max: 2 }) }),
      {
        maxLength: 2,
      },
    ),
    data: fc.option(
      fc.record({ n: fc.integer({ min: 0, max: 2 }), tags: fc.array(fc.constantFrom("a", "b")) }),
    ),
  })
  .map(({ text, sure, files, claims, data }) =>
    says(text, sure / 10, {
      artifacts: files.map(([path, content]) => textFile(path, content)),
      claims,
      data,
    }),
  );

/** The paths of a plan's agents. */
export function agentsOf({ nodes }: Pick<Plan, "nodes">): readonly string[] {
  return nodes.flatMap(({ kind, path }) => (kind === "agent" ? [path] : []));
}

/**
 * Whether one agent has ended before another begins, worked out another way than in the source: a closure over moments, each
 * node having a beginning and an end.
 */
export function orderOf({ nodes }: Pick<Plan, "nodes">): (earlier: string, later: string) => boolean {
  const after = new Map<string, Set<string>>();
  const edge = (from: string, to: string): void => {
    after.set(from, (after.get(from) ?? new Set()).add(to));
  };
  for (const { path, parent, needs } of nodes) {
    edge(`${path} begins`, `${path} ends`);
    for (const need of needs) edge(`${need} ends`, `${path} begins`);
    if (parent === null) continue;
    edge(`${parent} begins`, `${path} begins`);
    edge(`${path} ends`, `${parent} ends`);
  }
  return (earlier, later) => {
    const seen = new Set<string>();
    const open = [`${earlier} ends`];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === `${later} begins`) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...(after.get(at) ?? []));
    }
    return false;
  };
}
