import fc from "fast-check";
import { expect, test } from "vitest";
import type { Demand } from "../../../src/plan/scheduling/candidates.ts";
import { countedBudget, findSchedule } from "../../../src/plan/scheduling/find-schedule.ts";
import { Justifier } from "../../../src/plan/scheduling/justify.ts";
import { lowerBound } from "../../../src/plan/scheduling/lower-bound.ts";
import { ParallelScheduler } from "../../../src/plan/scheduling/parallel-schedule.ts";
import { buildProblem, type Problem } from "../../../src/plan/scheduling/problem.ts";
import { faultOf, type Instance } from "../../bench/support/instance.ts";
import { instances } from "../../support/schedule-instances.ts";

const problemOf = ({ activities, capacity }: Instance): Problem => buildProblem(activities, capacity);
const dispatched = (problem: Problem): Demand => ({
  kind: "dispatched",
  priority: new Float64Array(problem.size),
});

/** The shortest makespan, by placing the activities in every order that their needs allow. */
function shortest(instance: Instance): number {
  const problem = problemOf(instance);
  const justifier = new Justifier(problem);
  const starts = new Float64Array(problem.size);
  const list: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  const extend = (): void => {
    if (list.length === problem.size) best = Math.min(best, justifier.build(Int32Array.from(list), starts));
    instance.activities.forEach(({ needs }, index) => {
      if (list.includes(index) || !needs.every((need) => list.includes(need))) return;
      list.push(index);
      extend();
      list.pop();
    });
  };
  extend();
  return best;
}

test("a found schedule is sound and never longer than first come, first served", () => {
  fc.assert(
    fc.property(instances(30), fc.constantFrom(0, 5, 60), (instance, candidates) => {
      const problem = problemOf(instance);
      const firstCome = new ParallelScheduler(problem).run(undefined, new Float64Array(problem.size));
      for (const demand of [{ kind: "any" } as const, dispatched(problem)]) {
        const found = findSchedule(problem, countedBudget(candidates), demand);
        expect(faultOf(instance, [...found.starts], found.makespan)).toBeUndefined();
        expect(found.makespan).toBeLessThanOrEqual(firstCome);
        expect(found.makespan).toBeGreaterThanOrEqual(found.bound);
      }
    }),
  );
});

test("a little improvement finds the shortest schedule of a small instance", () => {
  fc.assert(
    fc.property(instances(6), (instance) => {
      const found = findSchedule(problemOf(instance), countedBudget(400));
      expect(found.makespan).toBeCloseTo(shortest(instance), 9);
    }),
    { numRuns: 60 },
  );
});

test("no schedule is shorter than the lower bound", () => {
  fc.assert(
    fc.property(instances(6), (instance) => {
      expect(lowerBound(problemOf(instance))).toBeLessThanOrEqual(shortest(instance));
    }),
  );
});

test("the lower bound counts work that must all lie between late starts and long tails", () => {
  const wait = { duration: 5, demands: [0], needs: [] };
  const middle = { duration: 3, demands: [1], needs: [0] };
  const last = { duration: 4, demands: [0], needs: [1, 2, 3] };
  expect(lowerBound(buildProblem([wait, middle, middle, middle, last], [2]))).toBe(5 + 5 + 4);
});

test("more candidates never give a longer schedule, and the same number gives the same one (K1)", () => {
  fc.assert(
    fc.property(instances(30), (instance) => {
      const problem = problemOf(instance);
      const makespans = [0, 20, 200].map((count) => findSchedule(problem, countedBudget(count)).makespan);
      expect(makespans).toEqual([...makespans].sort((a, b) => b - a));
      const again = findSchedule(problem, countedBudget(200));
      expect([...again.starts]).toEqual([...findSchedule(problem, countedBudget(200)).starts]);
    }),
    { numRuns: 40 },
  );
});

test("a dispatched schedule is what a dispatcher makes of its own order (K2)", () => {
  fc.assert(
    fc.property(instances(25), fc.constantFrom(0, 40), (instance, candidates) => {
      const problem = problemOf(instance);
      const found = findSchedule(problem, countedBudget(candidates), dispatched(problem));
      const list = new Int32Array(problem.size);
      new Justifier(problem).orderOf(found.starts, list);
      const ranks = new Float64Array(problem.size);
      list.forEach((activity, at) => {
        ranks[activity] = at;
      });
      const starts = new Float64Array(problem.size);
      expect(new ParallelScheduler(problem).run(ranks, starts)).toBe(found.makespan);
      expect([...starts]).toEqual([...found.starts]);
    }),
  );
});

test("declared priority goes before length where a schedule is to be dispatched", () => {
  const long = { duration: 9, demands: [1], needs: [] };
  const urgent = { duration: 1, demands: [1], needs: [] };
  const problem = buildProblem([long, long, urgent], [1]);
  const priority = Float64Array.of(0, 0, 1);
  const found = findSchedule(problem, countedBudget(50), { kind: "dispatched", priority });
  expect([...found.starts]).toEqual([1, 10, 0]);
});

test("improvement ends as soon as nothing can be shorter, and when the budget is spent", () => {
  const one = { duration: 2, demands: [1], needs: [] };
  const free = findSchedule(buildProblem([one, one, one], [3]), { mayGoOn: () => expect.fail("asked") });
  expect(free).toMatchObject({ makespan: 2, bound: 2 });
  // Three of two thirds each: the bound is 4 by work, yet no two fit together.
  const wide = { duration: 2, demands: [2], needs: [] };
  let asked = 0;
  const budget = { mayGoOn: () => ++asked <= 25 };
  expect(findSchedule(buildProblem([wide, wide, wide], [3]), budget).makespan).toBe(6);
  expect(asked).toBe(26);
});
