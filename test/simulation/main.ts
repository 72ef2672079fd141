/**
 * Simulates runs under faults: `npm run test:simulate -- [--runs N] [--seed N] [--path P] [--no-mutants] [--output json]`.
 * Also plants every known bug, one at a time, each of which must be found within --runs cases. Exit code 1
 * when an invariant was violated, a mutant was not found, or one case gave two traces.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Failure } from "./campaign.ts";
import { MUTANTS } from "./mutants.ts";
import { replayRegressions } from "./regressions.ts";
import { runShares } from "./run-shares.ts";
import type { Share, ShareReport } from "./worker.ts";

/** Cases that one seed stands for: a failure is found again from its seed and path. */
const CASES_A_SEED = 250;

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string" },
    path: { type: "string" },
    mutants: { type: "boolean", default: true },
    threads: { type: "string", default: String(availableParallelism()) },
    output: { type: "string", default: "text" },
  },
});

const runs = count("runs", flags.runs);
const seed = flags.seed === undefined ? Date.now() % 2 ** 31 : Number(flags.seed);
const isText = flags.output !== "json";
const beganMs = performance.now();
say(`seed ${seed}`);
const regressions = await replayRegressions();
for (const { name, violations } of regressions)
  say(violations.length === 0 ? `kept case ${name}: sound` : `kept case ${name}: ${violations[0]!.detail}`);
const reports = await runShares(shares(), count("threads", flags.threads), (report) => {
  if (report.share.mutant !== undefined) say(mutantLine(report));
});
const sound = reports.filter(({ share }) => share.mutant === undefined);
const planted = reports.filter(({ share }) => share.mutant !== undefined);
const failures = sound.flatMap(({ failure }) => (failure ? [failure] : []));
for (const failure of failures) sayFailure(failure);
const total = (of: (report: ShareReport) => number): number =>
  sound.reduce((sum, report) => sum + of(report), 0);
const summary = {
  seed,
  runs: total((report) => report.runs),
  steps: total((report) => report.steps),
  calls: total((report) => report.calls),
  simulatedHours: Math.round(total((report) => report.simulatedMs) / 36_000) / 100,
  repeated: total((report) => report.repeated),
  violations: failures.length,
  regressions: regressions.length,
  regressionsViolated: regressions.filter(({ violations }) => violations.length > 0).length,
  mutants: planted.length,
  mutantsFound: planted.filter(({ failure }) => failure !== null).length,
  seconds: Math.round((performance.now() - beganMs) / 100) / 10,
};
if (isText) console.log(summary);
else
  console.log(
    JSON.stringify({
      ...summary,
      failures,
      planted: planted.map(({ share, runs: cases, failure }) => ({
        mutant: share.mutant,
        found: failure !== null,
        cases,
        invariant: failure?.violations[0]?.invariant ?? null,
      })),
    }),
  );
const isClean =
  summary.violations + summary.regressionsViolated === 0 && summary.mutantsFound === summary.mutants;
process.exitCode = isClean ? 0 : 1;

function shares(): readonly Share[] {
  if (flags.path !== undefined) return [{ seed, runs, path: flags.path }];
  const sounds = Array.from({ length: Math.ceil(runs / CASES_A_SEED) }, (_, index) => ({
    seed: seed + index,
    runs: Math.min(CASES_A_SEED, runs - index * CASES_A_SEED),
  }));
  return [...sounds, ...(flags.mutants ? MUTANTS.map(({ name }) => ({ seed, runs, mutant: name })) : [])];
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} needs a whole number above 0, got ${text}`);
  return value;
}

function say(line: string): void {
  if (isText) console.log(line);
}

function mutantLine({ share, runs: cases, failure }: ShareReport): string {
  if (!failure) return `MISSED mutant "${share.mutant}" in ${cases} cases`;
  return `found mutant "${share.mutant}" after ${cases} cases: ${failure.violations[0]!.invariant}`;
}

function sayFailure({ seed: at, path, case: one, violations }: Failure): void {
  say(`VIOLATION; again with: npm run test:simulate -- --seed ${at} --path ${path} --runs ${CASES_A_SEED}`);
  for (const { invariant, detail } of violations) say(`  ${invariant}: ${detail}`);
  say(`  to keep it, as test/simulation/regressions/NAME.json: ${JSON.stringify(one)}`);
}
