import fc from "fast-check";
import type { Violation } from "./book.ts";
import { type SimCase, simCases } from "./sim-case.ts";
import { simulate } from "./simulate.ts";
import { SOUND, type Wiring } from "./world.ts";

export type Campaign = {
  readonly seed: number;
  readonly runs: number;
  /** Where fast-check goes at once: prints of earlier failures. */
  readonly path?: string;
  readonly wiring?: Partial<Wiring>;
  /** Whether a failing case is made as small as it can be. */
  readonly shrink: boolean;
};

export type Failure = {
  readonly seed: number;
  readonly path: string;
  readonly case: SimCase;
  readonly violations: readonly Violation[];
};

export type CampaignReport = {
  readonly runs: number;
  readonly steps: number;
  readonly calls: number;
  readonly simulatedMs: number;
  /** Cases that were simulated twice. */
  readonly repeated: number;
  readonly failure: Failure | null;
};

/** Of so many cases one is simulated twice, to see that nothing but the case decides. */
const REPEAT_EVERY = 20;

/** Simulates random cases until one shows a violation. */
export async function campaign({ seed, runs, path, wiring, shrink }: Campaign): Promise<CampaignReport> {
  const parts = { ...SOUND, ...wiring };
  const sum = { runs: 0, steps: 0, calls: 0, simulatedMs: 0, repeated: 0 };
  const property = fc.asyncProperty(simCases, async (one) => {
    const { violations, steps, calls, simulatedMs, hash } = await simulate(one, parts);
    sum.steps += steps;
    sum.calls += calls;
    sum.simulatedMs += simulatedMs;
    const isRepeated = sum.runs++ % REPEAT_EVERY === 0 && violations.length === 0;
    if (isRepeated) sum.repeated++;
    const again = isRepeated ? await simulate(one, parts) : null;
    if (again && again.hash !== hash) throw new Error("the same case gave another trace");
    return violations.length === 0;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: runs,
    endOnFailure: !shrink,
    ...(path === undefined ? {} : { path }),
  });
  if (!details.failed) return { ...sum, failure: null };
  const [one] = details.counterexample!;
  const { violations } = await simulate(one, parts);
  return {
    ...sum,
    failure: {
      seed,
      path: details.counterexamplePath ?? "",
      case: one,
      violations:
        violations.length > 0
          ? violations
          : [{ invariant: "faithful", detail: String(details.errorInstance ?? "not seen again") }],
    },
  };
}
