import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { autoParallelism, complexityOf } from "../../src/plan/parallelism.ts";
import { planOf, registryOf } from "../support/compile.ts";

const head = (name: string): string => `name: ${name}\nversion: 1.0.0\ndescription: d\ncategory: c\n`;
const HARD = `${head("HARD")}parameters:
  topic: { type: any, position: 1 }
  complexity: { type: enum, values: [simple, medium, complex], default: complex }
steps:
  work: { agent: worker, prompt: "{{ topic }}", parallelism: auto }
`;
const SPREAD = `${head("SPREAD")}parameters: { complexity: { type: number, default: 80 } }
steps:
  start: { agent: worker, prompt: s }
  a: { agent: worker, prompt: a, parallelism: auto, needs: [start] }
  b: { agent: worker, prompt: b, needs: [start] }
  c: { agent: worker, prompt: c, needs: [start] }
`;
const registry = registryOf([HARD, SPREAD]);

/** How many agents share a node. */
const sharing = (text: string, path: string): number =>
  planOf(text, registry).nodes.filter((node) => node.kind === "agent" && node.path.startsWith(`${path}.`))
    .length;

describe("agents that share one node", () => {
  test("are min(cores / 2, complexity / 10), halved with dependencies, from 1 to 10, whatever the figures", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 200, noNaN: true }),
        fc.integer({ min: -10, max: 200 }),
        fc.boolean(),
        (cores, stated, dependent) => {
          const complexity = complexityOf({ complexity: stated });
          const exact = Math.min(cores / 2, complexity / 10) / (dependent ? 2 : 1);
          const count = autoParallelism(cores, complexity, dependent);
          expect(Number.isInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(10);
          if (exact >= 1 && exact <= 10) expect(exact - count).toBeLessThan(1);
          if (exact >= 1) expect(count).toBeLessThanOrEqual(exact);
          if (exact > 10) expect(count).toBe(10);
        },
      ),
    );
  });

  test("are four for complex work on eight cores that depends on nothing", () => {
    expect(sharing('ABYSSAL[HARD]("x")', "hard/work")).toBe(4);
  });

  test("are half as many where a command among the parameters, or the unit before, is waited for", () => {
    expect(sharing('ABYSSAL[HARD](ABYSSAL[HARD]("inner", complexity="simple"))', "hard/work")).toBe(2);
    expect(sharing('ABYSSAL[HARD]("x", complexity="simple") -> ABYSSAL[HARD]("y")', "flow/hard.1/work")).toBe(
      2,
    );
  });

  test("are half as many also where siblings that wait for the same were gathered in a fork", () => {
    expect(sharing("ABYSSAL[SPREAD]()", "spread/a")).toBe(2);
  });
});
