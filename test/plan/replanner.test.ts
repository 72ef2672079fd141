import { expect, test } from "vitest";
import { Replanner } from "../../src/plan/replanner.ts";
import { planOf, registryOf } from "../support/compile.ts";

const head = (name: string): string => `name: ${name}
version: 1.0.0
description: d
category: c
parameters: { items: { type: array, default: [] } }
`;
const step = (name: string, seconds: number, more = ""): string =>
  `  ${name}: { agent: worker, prompt: p, duration: ${seconds}s${more} }\n`;
const registry = registryOf([
  `${head("EQUAL")}steps:\n${step("a", 5)}${step("b", 5)}`,
  `${head("LATE")}steps:\n${step("a", 5)}  each: { agent: worker, needs: [a], forEach: { file: steps.a.artifacts }, prompt: p }\n`,
  `${head("MIXED")}steps:\n${step("a", 40)}${step("b", 20)}${step("c", 10)}${step("afterB", 30, ", needs: [b]")}`,
]);
const mixed = planOf("ABYSSAL[MIXED]()", registry, { capacity: { agents: 1, cpu: 9, memoryMb: 99_999 } });

test("plans of equals, with forks that only a run knows, or of more than 500 nodes keep their order", () => {
  expect(Replanner.of(planOf("ABYSSAL[EQUAL]()", registry))).toBeUndefined();
  expect(Replanner.of(planOf("ABYSSAL[LATE]()", registry))).toBeUndefined();
  expect(Replanner.of(mixed)).toBeDefined();
  const many = Array.from({ length: 101 }, () => "ABYSSAL[MIXED]()").join(";");
  expect(Replanner.of(planOf(many, registry))).toBeUndefined();
});

test("the same reports give the same ranks, asked early or late (Q1)", () => {
  const tell = (replanner: Replanner, path: string, from: number, to: number): void => {
    replanner.report("ready", path, 0);
    replanner.report("started", path, from);
    replanner.report("ended", path, to);
  };
  const paths = mixed.schedule.entries.map(({ path }) => path);
  const early = Replanner.of(mixed)!;
  early.ranks(0);
  const late = Replanner.of(mixed)!;
  for (const replanner of [early, late]) {
    tell(replanner, paths[0]!, 0, 1_000);
    tell(replanner, paths[1]!, 1_000, 90_000);
  }
  expect(early.ranks(90_000)).toEqual(late.ranks(90_000));
});

test("an agent that no order knows of is passed over", () => {
  const replanner = Replanner.of(mixed)!;
  replanner.report("started", "nobody", 0);
  expect(replanner.ranks(0)).toBeUndefined();
});
