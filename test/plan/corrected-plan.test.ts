import { expect, test } from "vitest";
import { isWhole } from "../../src/plan/compile-plan.ts";
import { correctedPlan, uncorrected } from "../../src/plan/corrected-plan.ts";
import { planOf, registryOf } from "../support/compile.ts";

const ONE = `name: ONE
version: 1.0.0
description: d
category: c
steps:
  alone: { agent: worker, prompt: p, fallback: [{ agent: other }, { output: none }] }
  each: { agent: other, prompt: "{{ item }}", forEach: { item: steps.alone.artifacts }, needs: [alone] }
`;

/** A step with an alternative, and a loop whose elements only the run knows. */
const plan = planOf("ABYSSAL[ONE]()", registryOf([ONE], ["worker", "other", "orchestrator"]));

const lowered = { draft: { bias: -0.1, answers: 9 } };
const corrections = { of: ({ agent }: { agent: string }) => (agent === "other" ? lowered : undefined) };

/** Who is corrected, by kind of agent. */
function correctedIn(text: string): readonly string[] {
  const found: string[] = [];
  JSON.parse(text, (_key, value: { agent?: string; calibration?: object } | null) => {
    if (value?.calibration) found.push(value.agent!);
    return value;
  });
  return found;
}

test("corrections reach agents, their alternatives and what a loop copies, and nobody of whom nothing is known", () => {
  const corrected = correctedPlan(plan, corrections);
  const expected = JSON.stringify(plan).match(/"agent":"other"/g)!.length;
  expect(expected).toBe(2);
  expect(correctedIn(JSON.stringify(corrected))).toEqual(Array(expected).fill("other"));
});

test("the hash stays, and still tells a plan that was altered from one that was corrected", () => {
  const corrected = correctedPlan(plan, corrections);
  expect([corrected.hash, isWhole(corrected)]).toEqual([plan.hash, true]);
  const [first, ...rest] = corrected.nodes;
  expect(isWhole({ ...corrected, nodes: [{ ...first!, priority: 9 }, ...rest] })).toBe(false);
});

test("corrections replace those that a plan had, and without any it is what was compiled", () => {
  const corrected = correctedPlan(plan, corrections);
  expect(correctedPlan(corrected)).toEqual(plan);
  expect(uncorrected(corrected.nodes)).toEqual(plan.nodes);
  expect(correctedPlan(plan)).toBe(plan);
  const others = correctedPlan(corrected, { of: ({ agent }) => (agent === "worker" ? lowered : undefined) });
  expect(new Set(correctedIn(JSON.stringify(others)))).toEqual(new Set(["worker"]));
});
