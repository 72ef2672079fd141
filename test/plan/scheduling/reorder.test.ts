import fc from "fast-check";
import { expect, test } from "vitest";
import { countedBudget, findSchedule } from "../../../src/plan/scheduling/find-schedule.ts";
import { ParallelScheduler } from "../../../src/plan/scheduling/parallel-schedule.ts";
import { buildProblem, type Problem } from "../../../src/plan/scheduling/problem.ts";
import { Reorder } from "../../../src/plan/scheduling/reorder.ts";
import { perturbedRuns } from "../../bench/support/perturbed-runs.ts";
import { instances } from "../../support/schedule-instances.ts";

const withoutPriority = (problem: Problem): Float64Array => new Float64Array(problem.size);

function planned(problem: Problem): Float64Array {
  const demand = { kind: "dispatched", priority: withoutPriority(problem) } as const;
  return findSchedule(problem, countedBudget(0), demand).starts.slice();
}

test("the rest of a schedule, gone on with from any moment, ends when the whole does", () => {
  fc.assert(
    fc.property(
      instances(25),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ activities, capacity }, share) => {
        const problem = buildProblem(activities, capacity);
        const ranks = Float64Array.from(problem.order.keys());
        const starts = new Float64Array(problem.size);
        const scheduler = new ParallelScheduler(problem);
        const makespan = scheduler.run(ranks, starts);
        const now = [...starts].sort((a, b) => a - b)[Math.floor(share * (problem.size - 1))] ?? 0;
        const state = Uint8Array.from(starts, (start, at) =>
          start + problem.duration[at]! <= now ? 2 : start < now ? 1 : 0,
        );
        const rest = starts.slice();
        expect(scheduler.run(ranks, rest, { now, state, startedAt: starts })).toBe(makespan);
        expect([...rest]).toEqual([...starts]);
      },
    ),
  );
});

test("while everything takes exactly its time the planned order holds (O2)", () => {
  const instance = {
    capacity: [2],
    activities: [4, 3, 3, 2, 2, 2].map((duration) => ({ duration, demands: [1], needs: [] })),
  };
  const problem = buildProblem(instance.activities, instance.capacity);
  const starts = planned(problem);
  const reorder = new Reorder(problem, starts, withoutPriority(problem));
  const before = [...reorder.ranks];
  const ends = [...starts.keys()].map((at) => ({ at, end: starts[at]! + problem.duration[at]! }));
  for (const at of starts.keys()) reorder.started(at, starts[at]!);
  for (const { at, end } of ends.sort((a, b) => a.end - b.end)) {
    reorder.ended(at, end);
    expect(reorder.choose(end)).toBe(false);
  }
  expect([...reorder.ranks]).toEqual(before);
});

test("the same progress gives the same order, each time it is told (O1)", () => {
  fc.assert(
    fc.property(
      instances(15),
      fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 15 }),
      (instance, pace) => {
        const problem = buildProblem(instance.activities, instance.capacity);
        const starts = planned(problem);
        const told = (): readonly number[][] => {
          const reorder = new Reorder(problem, starts, withoutPriority(problem));
          const orders: number[][] = [];
          for (const activity of problem.order) {
            const end = starts[activity]! + problem.duration[activity]! * pace[activity % pace.length]!;
            reorder.started(activity, starts[activity]!);
            reorder.ended(activity, end);
            reorder.choose(end);
            orders.push([...reorder.ranks]);
          }
          return orders;
        };
        expect(told()).toEqual(told());
      },
    ),
    { numRuns: 30 },
  );
});

test("work that ends early makes another order hold when the rest is shorter in it, never against priority", () => {
  // Planned 0, then 1 before 2 and 3; the chain 2 -> 3 is the longer one once 0 is out of the way.
  const activities = [
    { duration: 5, demands: [1], needs: [] },
    { duration: 4, demands: [1], needs: [] },
    { duration: 3, demands: [1], needs: [] },
    { duration: 9, demands: [0], needs: [2] },
  ];
  const problem = buildProblem(activities, [1]);
  const order = Float64Array.of(0, 1, 2, 3);
  const reorderOf = (priority: Float64Array): Reorder => {
    const reorder = new Reorder(problem, order, priority);
    reorder.started(0, 0);
    reorder.ended(0, 1);
    return reorder;
  };
  const free = reorderOf(withoutPriority(problem));
  expect(free.choose(1)).toBe(true);
  expect(free.ranks[2]).toBeLessThan(free.ranks[1]!);
  const bound = reorderOf(Float64Array.of(0, 1, 0, 0));
  expect(bound.choose(1)).toBe(false);
  expect(bound.ranks[1]).toBeLessThan(bound.ranks[2]!);
});

test("what is heard of late counts as over once something behind it is ready", () => {
  const activities = [
    { duration: 50, demands: [1], needs: [] },
    { duration: 4, demands: [1], needs: [0] },
    { duration: 3, demands: [1], needs: [0] },
    { duration: 9, demands: [0], needs: [2] },
    { duration: 1, demands: [0], needs: [] },
  ];
  const problem = buildProblem(activities, [1]);
  const reorder = new Reorder(problem, Float64Array.of(0, 1, 2, 3, 4), withoutPriority(problem));
  reorder.started(4, 0);
  reorder.ended(4, 2);
  // 0 was skipped: nobody said that it started or ended.
  reorder.ready(1);
  reorder.ready(2);
  expect(reorder.choose(2)).toBe(true);
  expect(reorder.ranks[2]).toBeLessThan(reorder.ranks[1]!);
});

test("a run whose durations are off ends sooner when it is ordered again, on the average", () => {
  let fixed = 0;
  let again = 0;
  for (const instance of fc.sample(instances(40), { numRuns: 40, seed: 4 })) {
    const found = perturbedRuns(instance, 50);
    fixed += found.planned;
    again += found.reordered;
  }
  expect(again).toBeLessThan(fixed);
});
