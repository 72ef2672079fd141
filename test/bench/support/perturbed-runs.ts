import { countedBudget, findSchedule } from "../../../src/plan/scheduling/find-schedule.ts";
import { buildProblem } from "../../../src/plan/scheduling/problem.ts";
import { SeededRandom } from "../../../src/plan/scheduling/random.ts";
import { Reorder } from "../../../src/plan/scheduling/reorder.ts";
import type { Instance } from "./instance.ts";

/** Mean % above the quick schedule that knows the durations, by the order in which a dispatcher lets work start. */
export type Perturbed = {
  readonly firstCome: number;
  readonly longestTail: number;
  readonly planned: number;
  readonly reordered: number;
};

type Order = {
  rankOf(activity: number): number;
  ready(activity: number): void;
  started(activity: number, now: number): void;
  ended(activity: number, now: number): void;
};

const RUNS = 3;
const CANDIDATES = 100;

/** Dispatches an instance whose durations turn out to be off by up to `percent`, each by its own share. */
export function perturbedRuns({ activities, capacity }: Instance, percent: number): Perturbed {
  const problem = buildProblem(activities, capacity);
  const priority = new Float64Array(problem.size);
  const planned = findSchedule(problem, countedBudget(CANDIDATES), { kind: "dispatched", priority }).starts;
  const random = new SeededRandom(1);
  const sum = { firstCome: 0, longestTail: 0, planned: 0, reordered: 0 };
  for (let run = 0; run < RUNS; run++) {
    const truth = activities.map((activity) => ({
      ...activity,
      duration: activity.duration * (1 + (percent / 100) * (2 * random.next() - 1)),
    }));
    const instance = { activities: truth, capacity };
    const known = findSchedule(buildProblem(truth, capacity), countedBudget(0)).makespan || 1;
    const above = (order: Order): number => (100 * (dispatch(instance, order) / known - 1)) / RUNS;
    const arrivals: number[] = [];
    sum.firstCome += above({
      ...fixed((activity) => arrivals.indexOf(activity)),
      ready: (activity) => arrivals.push(activity),
    });
    sum.longestTail += above(fixed((activity) => -problem.tail[activity]!));
    sum.planned += above(fixed((activity) => planned[activity]!));
    sum.reordered += above(reordering(new Reorder(problem, planned, priority)));
  }
  return sum;
}

function fixed(rankOf: (activity: number) => number): Order {
  return { rankOf, ready: () => {}, started: () => {}, ended: () => {} };
}

function reordering(reorder: Reorder): Order {
  return {
    rankOf: (activity) => reorder.ranks[activity]!,
    ready: (activity) => reorder.ready(activity),
    started: (activity, now) => reorder.started(activity, now),
    ended: (activity, now) => {
      reorder.ended(activity, now);
      reorder.choose(now);
    },
  };
}

/** A dispatcher by itself, in the plainest way: whatever fits starts, lowest rank first. The end of the last activity. */
function dispatch({ activities, capacity }: Instance, order: Order): number {
  const free = [...capacity];
  const waiting = new Set(activities.keys());
  const ready = new Set<number>();
  const running = new Map<number, number>();
  const done = new Set<number>();
  let now = 0;
  for (;;) {
    for (const activity of waiting) {
      if (!activities[activity]!.needs.every((need) => done.has(need))) continue;
      waiting.delete(activity);
      ready.add(activity);
      order.ready(activity);
    }
    const fitting = [...ready].filter((activity) =>
      activities[activity]!.demands.every((amount, name) => amount <= free[name]! + 1e-9),
    );
    if (fitting.length > 0) {
      const next = fitting.reduce((a, b) => (order.rankOf(b) < order.rankOf(a) ? b : a));
      ready.delete(next);
      activities[next]!.demands.forEach((amount, name) => {
        free[name]! -= amount;
      });
      running.set(next, now + activities[next]!.duration);
      order.started(next, now);
      continue;
    }
    if (running.size === 0) return now;
    now = Math.min(...running.values());
    for (const [activity, end] of running) {
      if (end !== now) continue;
      running.delete(activity);
      done.add(activity);
      activities[activity]!.demands.forEach((amount, name) => {
        free[name]! += amount;
      });
      order.ended(activity, now);
    }
  }
}
