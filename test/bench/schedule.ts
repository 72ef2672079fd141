import { performance } from "node:perf_hooks";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Budget, countedBudget, findSchedule } from "../../src/plan/scheduling/find-schedule.ts";
import { ParallelScheduler } from "../../src/plan/scheduling/parallel-schedule.ts";
import { buildProblem } from "../../src/plan/scheduling/problem.ts";
import { faultOf } from "./support/instance.ts";
import { type Perturbed, perturbedRuns } from "./support/perturbed-runs.ts";
import { type Case, casesBelow } from "./support/schedule-cases.ts";

/**
 * Judges the scheduler on public instances: PSPLIB (.sm), Standard Task Graphs (.stg), WfCommons (.json, .json.gz), with
 * the best known makespans of best.csv or optimal.csv beside them. Every schedule is checked by code of its own.
 * node test/bench/schedule.ts [FOLDER] [--improve MS] [--perturb PERCENT] [--cores N] [--quick] [--output json]
 * --improve: time for one instance, ms, building included; 0 leaves the improvement out. --perturb: runs the plans with
 * durations off by up to PERCENT. --quick: every seventh instance. Exit code 1 on an unsound schedule or one that first come,
 * first served beats; 2 when there is nothing to read.
 */

type Row = {
  readonly instance: string;
  readonly m: number | null;
  readonly set: string;
  readonly makespan: number;
  readonly starts: readonly number[];
  readonly lowerBound: number;
  readonly best: number | null;
  readonly abovePercent: number | null;
  readonly firstComePercent: number | null;
  readonly ms: number;
  readonly schedules: number;
  readonly fault: string | null;
  readonly worseThanFirstCome: boolean;
  readonly perturbed?: Perturbed;
};

const { values, positionals } = parsed({
  allowPositionals: true,
  options: {
    improve: { type: "string", default: "0" },
    perturb: { type: "string" },
    cores: { type: "string", default: "8" },
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "text" },
  },
});

/** Bad usage ends here, with exit code 2. */
function parsed<const Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

const numberOf = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`--${name}: expected a number from 0 on, got "${text}"`);
  process.exit(2);
};

function clockBudget(fromMs: number, improveMs: number): Budget {
  // The last candidate ends within the time too.
  return improveMs === 0
    ? countedBudget(0)
    : { mayGoOn: () => performance.now() - fromMs < 0.97 * improveMs };
}

const above = (makespan: number, best: number | null): number | null =>
  best === null ? null : best === 0 ? 0 : 100 * (makespan / best - 1);

function judge(
  { instance, m, set, content, best }: Case,
  improveMs: number,
  perturb: number | undefined,
): Row {
  const fromMs = performance.now();
  const problem = buildProblem(content.activities, content.capacity);
  const solution = findSchedule(problem, clockBudget(fromMs, improveMs));
  const ms = performance.now() - fromMs;
  const starts = [...solution.starts];
  const firstCome = new ParallelScheduler(problem).run(undefined, new Float64Array(problem.size));
  return {
    instance,
    m,
    set,
    makespan: solution.makespan,
    starts,
    lowerBound: solution.bound,
    best,
    abovePercent: above(solution.makespan, best),
    firstComePercent: above(firstCome, best),
    ms,
    schedules: solution.made,
    fault: faultOf(content, starts, solution.makespan) ?? null,
    worseThanFirstCome: solution.makespan > firstCome,
    ...(perturb === undefined ? {} : { perturbed: perturbedRuns(content, perturb) }),
  };
}

const mean = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const round = (value: number | null, digits = 3): number | null =>
  value === null ? null : Number(value.toFixed(digits));

function summarise(set: string, rows: readonly Row[]) {
  const known = rows.filter(({ best }) => best !== null);
  const runs = rows.flatMap(({ perturbed }) => (perturbed ? [perturbed] : []));
  return {
    set,
    instances: rows.length,
    meanAbovePercent: round(mean(known.map(({ abovePercent }) => abovePercent!))),
    firstComePercent: round(mean(known.map(({ firstComePercent }) => firstComePercent!))),
    aboveLowerBoundPercent: round(mean(rows.map(({ makespan, lowerBound }) => above(makespan, lowerBound)!))),
    provenShortest: rows.filter(({ makespan, lowerBound }) => makespan <= lowerBound * (1 + 1e-8)).length,
    meanMs: round(mean(rows.map(({ ms }) => ms)), 1),
    maxMs: round(Math.max(...rows.map(({ ms }) => ms)), 1),
    meanSchedules: Math.round(mean(rows.map(({ schedules }) => schedules))!),
    ...(runs.length === 0 ? {} : { perturbed: averaged(runs) }),
  };
}

function averaged(runs: readonly Perturbed[]): Record<string, number | null> {
  const names = Object.keys(runs[0]!) as (keyof Perturbed)[];
  return Object.fromEntries(names.map((name) => [name, round(mean(runs.map((run) => run[name])), 2)]));
}

const improveMs = numberOf("improve", values.improve);
const perturb = values.perturb === undefined ? undefined : numberOf("perturb", values.perturb);
const folder = positionals[0] ?? "../shared/data";
const cases = casesBelow(folder, numberOf("cores", values.cores));
if (cases.length === 0) {
  console.error(`no .sm, .stg or WfCommons .json below ${folder}`);
  process.exit(2);
}
const chosen = values.quick ? cases.filter((_, index) => index % 7 === 0) : cases;
// The first schedules of a process are slow whatever they are of: not part of any instance's time.
for (const warm of chosen.slice(0, 20)) judge(warm, 0, undefined);
const instances = chosen.map((one) => judge(one, improveMs, perturb));
const sets = [...new Set(instances.map(({ set }) => set))].map((set) =>
  summarise(
    set,
    instances.filter((row) => row.set === set),
  ),
);
const faults = instances.filter(({ fault, worseThanFirstCome }) => fault !== null || worseThanFirstCome);
if (values.output === "json")
  console.log(JSON.stringify({ folder, improveMs, sets, faults: faults.length, instances }));
else {
  console.table(sets.map(({ perturbed, ...rest }) => ({ ...rest, ...perturbed })));
  for (const { instance, m, fault } of faults)
    console.log(
      `FAULT ${instance}${m === null ? "" : ` m=${m}`}: ${fault ?? "first come, first served is shorter"}`,
    );
}
process.exitCode = faults.length > 0 ? 1 : 0;
