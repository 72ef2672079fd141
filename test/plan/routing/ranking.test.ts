import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Experience,
  expectedSuccess,
  Figures,
  faded,
  type Observation,
  PRIOR,
  withObservation,
} from "../../../src/plan/routing/experience.ts";
import {
  type Candidate,
  judgeCandidates,
  loadPart,
  rankCandidates,
} from "../../../src/plan/routing/rank-candidates.ts";
import { DEFAULT_ROUTING } from "../../../src/plan/routing/routing.ts";

const HOUR_MS = 3_600_000;
const SHAPE = { agent: "a", performer: "p", template: "T@1.0.0", step: "s" };

function observed(seen: readonly Partial<Observation>[], of: Partial<typeof SHAPE> = {}): Experience[] {
  const shape = { ...SHAPE, ...of };
  let known: Experience | undefined;
  for (const one of seen)
    known = withObservation(
      known,
      { ...shape, succeeded: true, durationMs: 1_000, atMs: 0, ...one },
      HOUR_MS,
    );
  return known ? [known] : [];
}

const figures = (known: readonly Experience[]): Figures => new Figures(known, 0, HOUR_MS);

function candidate(agent: string, known: Figures, more: Partial<Candidate> = {}): Candidate {
  return {
    agent,
    performer: "p",
    tier: 0,
    tierBy: null,
    capability: 1,
    priority: 1,
    levels: known.of({ ...SHAPE, agent }),
    ...more,
  };
}

function order(
  candidates: readonly Candidate[],
  load: Readonly<Record<string, number>> = {},
): readonly string[] {
  const judged = judgeCandidates(candidates);
  return rankCandidates(judged, DEFAULT_ROUTING.weights, ({ agent }) => load[agent] ?? 0, 20).map(
    ({ judged: { agent } }) => agent,
  );
}

const attempts = fc.array(
  fc.record({ succeeded: fc.boolean(), durationMs: fc.integer({ min: 0, max: 1e7 }) }),
  {
    maxLength: 30,
  },
);

describe("experience", () => {
  test("without any the optimistic prior stands, and much of it overrules that", () => {
    expect(expectedSuccess(figures([]).of(SHAPE))).toBe(PRIOR.success);
    const failed = figures(observed(Array.from({ length: 95 }, () => ({ succeeded: false }))));
    expect(expectedSuccess(failed.of(SHAPE))).toBeCloseTo(0.04, 10);
  });

  test("of the same template and of the same agent kind stands in where the step has none of its own", () => {
    const known = figures(observed([{ succeeded: false }, { succeeded: false }]));
    const here = expectedSuccess(known.of(SHAPE));
    const sameTemplate = expectedSuccess(known.of({ ...SHAPE, template: "T@2.0.0" }));
    const otherTemplate = expectedSuccess(known.of({ ...SHAPE, template: "U@1.0.0" }));
    expect(here).toBeCloseTo(4 / 7, 10);
    expect(sameTemplate).toBeCloseTo(here, 10);
    expect(otherTemplate).toBeCloseTo(here, 10);
    expect(expectedSuccess(known.of({ ...SHAPE, agent: "b" }))).toBe(PRIOR.success);
  });

  test("of the step itself outweighs what others of the kind have done", () => {
    const own = observed(Array.from({ length: 50 }, () => ({ succeeded: false })));
    const others = observed(
      Array.from({ length: 50 }, () => ({})),
      { template: "U@1.0.0" },
    );
    const known = figures([...own, ...others]);
    expect(expectedSuccess(known.of(SHAPE))).toBeLessThan(0.15);
    expect(expectedSuccess(known.of({ ...SHAPE, template: "U@1.0.0" }))).toBeGreaterThan(0.9);
  });

  test("is halved with every half-life, in one step or in many", () => {
    fc.assert(
      fc.property(
        attempts,
        fc.array(fc.integer({ min: 0, max: 10 * HOUR_MS }), { maxLength: 5 }),
        (seen, waits) => {
          for (const known of observed(seen)) {
            const end = waits.reduce((sum, wait) => sum + wait, 0);
            let slowly = known;
            let at = 0;
            for (const wait of waits) {
              at += wait;
              slowly = faded(slowly, at, HOUR_MS);
            }
            const atOnce = faded(known, end, HOUR_MS);
            expect(slowly.successes).toBeCloseTo(atOnce.successes, 9);
            expect(faded(known, HOUR_MS, HOUR_MS).failures).toBe(known.failures / 2);
            expect(faded(atOnce, end - 1, HOUR_MS)).toEqual(atOnce);
          }
        },
      ),
    );
  });

  test("that has faded leads back to the prior, from either side, without passing it", () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 0, max: 20 }), (seen, hours) => {
        const known = observed(seen);
        const off = (atMs: number): number =>
          expectedSuccess(new Figures(known, atMs, HOUR_MS).of(SHAPE)) - PRIOR.success;
        expect(Math.abs(off(hours * HOUR_MS))).toBeLessThanOrEqual(Math.abs(off(0)) + 1e-12);
        expect(off(hours * HOUR_MS) * off(0)).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });
});

describe("of candidates that are equal otherwise", () => {
  test("one that has done better is never ranked below", () => {
    const durationMs = fc.integer({ min: 2, max: 1e7 });
    const slower = fc.record({ succeeded: fc.constant(true), durationMs });
    const failed = fc.record({ succeeded: fc.constant(false), durationMs });
    // What both have seen, and one task that the better one has done instead of failing it, or in less time.
    const improved = fc.oneof(
      fc.tuple(attempts, slower).map(([seen, one]) => ({
        worse: [...seen, one],
        better: [...seen, { ...one, durationMs: Math.floor(one.durationMs / 2) }],
      })),
      fc.tuple(attempts, failed).map(([seen, one]) => {
        const alike = seen.map((other) => ({ ...other, durationMs: one.durationMs }));
        return { worse: [...alike, one], better: [...alike, { ...one, succeeded: true }] };
      }),
    );
    fc.assert(
      fc.property(improved, fc.constantFrom(["better", "worse"], ["worse", "better"]), (seen, names) => {
        const known = figures([
          ...observed(seen.better, { agent: "better" }),
          ...observed(seen.worse, { agent: "worse" }),
        ]);
        expect(order(names.map((name) => candidate(name, known)))).toEqual(["better", "worse"]);
      }),
      { numRuns: 500 },
    );
  });

  test("one with more to do never gains by it", () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.integer({ min: 1, max: 100 }), (load, more, capacity) => {
        expect(loadPart(load + more, capacity)).toBeLessThanOrEqual(loadPart(load, capacity));
      }),
    );
    const known = figures([]);
    const both = [candidate("busy", known), candidate("free", known)];
    expect(order(both)).toEqual(["busy", "free"]);
    expect(order(both, { busy: 1 })).toEqual(["free", "busy"]);
  });

  test("one that is preferred stands before all, and one that is avoided after all, whatever was learned (R3)", () => {
    fc.assert(
      fc.property(attempts, attempts, fc.nat(50), (one, two, load) => {
        const known = figures([...observed(one, { agent: "liked" }), ...observed(two, { agent: "shunned" })]);
        const all = [
          candidate("shunned", known, { tier: -1 }),
          candidate("plain", known),
          candidate("liked", known, { tier: 1, capability: 0.1, priority: 0.1 }),
        ];
        expect(order(all, { liked: load })).toEqual(["liked", "plain", "shunned"]);
      }),
    );
  });
});
