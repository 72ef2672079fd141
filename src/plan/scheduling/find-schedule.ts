import { type Candidate, Candidates, type Demand } from "./candidates.ts";
import { improve } from "./improve.ts";
import { lowerBound } from "./lower-bound.ts";
import { priorityRules } from "./priority-rules.ts";
import type { Problem } from "./problem.ts";
import { SeededRandom } from "./random.ts";

/** Asked before every candidate of the improvement; whether one more may be made. Reads a clock only outside of a plan. */
export type Budget = { mayGoOn(): boolean };

/** A schedule that keeps every need and every capacity. `bound`: none is shorter than this. */
export type Solution = {
  readonly starts: Float64Array;
  readonly makespan: number;
  readonly bound: number;
  /** Schedules generated to find it. */
  readonly made: number;
};

/** Candidates by random sampling before any improvement: part of the quick answer. Fewer where each takes long. */
const QUICK_SAMPLES = 60;
const QUICK_PLACEMENTS = 24_000;
const SEED = 20_031;

/** A budget of so many candidates: the same answer on every machine. */
export function countedBudget(candidates: number): Budget {
  let left = candidates;
  return { mayGoOn: () => left-- > 0 };
}

/**
 * A short schedule: the best of first come first served, priority rules in serial and parallel generation, each justified,
 * a few random samples around them, and an improvement while `budget` allows. Stops as soon as none can be shorter. The same
 * problem and number of candidates give the same schedule. Never longer than first come, first served.
 */
export function findSchedule(problem: Problem, budget: Budget, demand: Demand = { kind: "any" }): Solution {
  const candidates = new Candidates(problem, demand);
  const bound = lowerBound(problem);
  const random = new SeededRandom(SEED);
  const done = (): boolean => candidates.makespan <= bound;
  const found = byRules(candidates, done);
  const samples = Math.min(QUICK_SAMPLES, QUICK_PLACEMENTS / (3 * Math.max(1, problem.size)));
  for (let sample = 0; sample < samples && !done(); sample++) found.push(sampled(candidates, random));
  const mayGoOn = (): boolean => !done() && budget.mayGoOn();
  if (mayGoOn()) improve(candidates, found, random, mayGoOn, () => sampled(candidates, random));
  return { starts: candidates.best, makespan: candidates.makespan, bound, made: candidates.made };
}

function byRules(candidates: Candidates, done: () => boolean): Candidate[] {
  const found: Candidate[] = [];
  const ways: (() => Candidate)[] = [];
  const [latestStart, ...others] = priorityRules(candidates.problem);
  ways.push(
    () => candidates.dispatched(latestStart!),
    () => candidates.firstCome(),
  );
  ways.push(() => candidates.placed(latestStart!));
  for (const keys of others)
    ways.push(
      () => candidates.dispatched(keys),
      () => candidates.placed(keys),
    );
  for (const way of ways) {
    if (done()) break;
    found.push(candidates.settled(way()));
  }
  return found;
}

/** Latest start, blurred by a random part of the longest tail; dispatched or placed. */
function sampled(candidates: Candidates, random: SeededRandom): Candidate {
  const { tail } = candidates.problem;
  const blur = tail.reduce((most, length) => Math.max(most, length), 0) * (0.05 + 0.4 * random.next());
  const keys = tail.map((length) => -(length + blur * random.next()));
  return random.next() < 0.5 ? candidates.dispatched(keys) : candidates.placed(keys);
}
