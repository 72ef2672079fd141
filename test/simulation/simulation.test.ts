import { describe, expect, test } from "vitest";
import { campaign } from "./campaign.ts";
import { MUTANTS, withMutant } from "./mutants.ts";
import { keptCases } from "./regressions.ts";
import { simulate } from "./simulate.ts";

const SEED = Number(process.env.ABYSSAL_TEST_SEED ?? Date.now() % 2 ** 31);
const CASES = Number(process.env.ABYSSAL_TEST_RUNS ?? 250);
/** Cases within which each planted bug must be found, from a seed of its own that never changes. */
const MUTANT_CASES = 3_000;
const MUTANT_SEED = 5;
/** It is cases that are counted; on a busy machine they take longer. */
const MUTANT_TIMEOUT_MS = 300_000;

describe(`simulated worlds, seed ${SEED}`, () => {
  test("nothing that must hold is violated, whatever goes wrong", async () => {
    const { failure, runs } = await campaign({ seed: SEED, runs: CASES, shrink: true });
    expect(failure).toBeNull();
    expect(runs).toBe(CASES);
  });

  test("one case gives one trace (Z1)", async () => {
    const { repeated } = await campaign({ seed: SEED, runs: 40, shrink: false });
    expect(repeated).toBeGreaterThan(1);
  });

  test("a world with a source of chance of its own is found out", async () => {
    const { failure } = await campaign({
      seed: SEED,
      runs: 2_000,
      shrink: false,
      wiring: {
        performer: (performer) => ({
          ...performer,
          perform: async (task, context) => {
            for (let turns = Math.floor(Math.random() * 40); turns > 0; turns--) await null;
            return performer.perform(task, context);
          },
        }),
      },
    });
    expect(failure).not.toBeNull();
  });

  test.each(keptCases())("the kept case $name is sound", async ({ case: one }) => {
    expect((await simulate(one)).violations).toEqual([]);
  });
});

describe("a planted bug is found", () => {
  test("there are at least 20, each with a name of its own", () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
  });

  test.each(MUTANTS)(
    "$name: $what",
    async (mutant) => {
      const { wiring } = mutant;
      const { failure } = await withMutant(mutant, () =>
        campaign({ seed: MUTANT_SEED, runs: MUTANT_CASES, shrink: false, ...(wiring ? { wiring } : {}) }),
      );
      expect(failure).not.toBeNull();
    },
    MUTANT_TIMEOUT_MS,
  );
});
