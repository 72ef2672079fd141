import { countedBudget, findSchedule } from "../../../src/plan/scheduling/find-schedule.ts";
import { ParallelScheduler } from "../../../src/plan/scheduling/parallel-schedule.ts";
import { buildProblem } from "../../../src/plan/scheduling/problem.ts";
import { SeededRandom } from "../../../src/plan/scheduling/random.ts";
import type { Instance } from "./instance.ts";

/** Mean % above the quick schedule that knows the durations, by the order in which a dispatcher lets work start. */
export type Perturbed = {
  readonly firstCome: number;
  readonly longestTail: number;
  readonly planned: number;
};

const RUNS = 3;
const CANDIDATES = 100;

/** Dispatches an instance whose durations turn out to be off by up to `percent`, each by its own share. */
export function perturbedRuns({ activities, capacity }: Instance, percent: number): Perturbed {
  const problem = buildProblem(activities, capacity);
  const priority = new Float64Array(problem.size);
  const planned = findSchedule(problem, countedBudget(CANDIDATES), { kind: "dispatched", priority }).starts;
  const random = new SeededRandom(1);
  const sum = { firstCome: 0, longestTail: 0, planned: 0 };
  for (let run = 0; run < RUNS; run++) {
    const truth = activities.map((activity) => ({
      ...activity,
      duration: activity.duration * (1 + (percent / 100) * (2 * random.next() - 1)),
    }));
    const real = buildProblem(truth, capacity);
    const known = findSchedule(real, countedBudget(0)).makespan || 1;
    const scheduler = new ParallelScheduler(real);
    const starts = new Float64Array(real.size);
    const above = (ranks?: Float64Array): number => (100 * (scheduler.run(ranks, starts) / known - 1)) / RUNS;
    sum.firstCome += above();
    sum.longestTail += above(problem.tail.map((length) => -length));
    sum.planned += above(planned);
  }
  return sum;
}
