import { type Candidate, Candidates, type Demand } from "./candidates.ts";
import { improve } from "./improve.ts";
import { PRIORITY_RULES } from "./priority-rules.ts";
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

/** Candidates by random sampling before any improvement: part of the quick answer. */
const QUICK_SAMPLES = 60;
/** Activities placed for the quick answer: after these, large problems make do with the rules tried so far. */
const QUICK_PLACEMENTS = 36_000;
/** Share of the samples that may take any order at all, so that none is out of reach. */
const WILD_SHARE = 0.1;
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
  const random = new SeededRandom(SEED);
  const found = byRules(candidates);
  for (let sample = 0; sample < QUICK_SAMPLES && isQuick(candidates); sample++)
    found.push(sampled(candidates, random));
  const mayGoOn = (): boolean => !candidates.done && budget.mayGoOn();
  if (mayGoOn()) improve(candidates, found, random, mayGoOn, () => sampled(candidates, random));
  return {
    starts: candidates.best,
    makespan: candidates.makespan,
    bound: candidates.bound,
    made: candidates.made,
  };
}

function byRules(candidates: Candidates): Candidate[] {
  const found: Candidate[] = [];
  const tryOne = (way: () => Candidate): void => {
    if (isQuick(candidates)) found.push(candidates.settled(way()));
  };
  const [first, ...others] = PRIORITY_RULES;
  const latestStart = first(candidates.problem);
  tryOne(() => candidates.dispatched(latestStart));
  if (!candidates.done) found.push(candidates.firstCome());
  tryOne(() => candidates.placed(latestStart));
  for (const rule of others) {
    if (!isQuick(candidates)) break;
    const keys = rule(candidates.problem);
    tryOne(() => candidates.dispatched(keys));
    tryOne(() => candidates.placed(keys));
  }
  return found;
}

function isQuick({ done, made, problem }: Candidates): boolean {
  return !done && made * problem.size < QUICK_PLACEMENTS;
}

/** Latest start, blurred by a random part of the longest tail, now and then beyond all order; dispatched or placed. */
function sampled(candidates: Candidates, random: SeededRandom): Candidate {
  const { tail } = candidates.problem;
  const share = random.next() < WILD_SHARE ? 2 : 0.05 + 0.4 * random.next();
  const blur = share * tail.reduce((most, length) => Math.max(most, length), 0);
  const keys = tail.map((length) => -(length + blur * random.next()));
  return random.next() < 0.5 ? candidates.dispatched(keys) : candidates.placed(keys);
}
