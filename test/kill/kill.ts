/**
 * Kills a process with SIGKILL at its journal's commits, resumes its run until it ends, and counts what was lost or done
 * again: `npm run test:kill [-- --quick | --runs N]`; without either, every commit, just before and just after it. 200
 * agents, each of which starts a process that appends its idempotency key to a file. Exit code 1 when anything was lost, recorded
 * work was done again, or work was done twice that was not under way.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CrashRun, crashRun, type Env, isClean, type Tally } from "./crash-run.ts";
import { inTurns, numberAfter, spread } from "./in-turns.ts";
import { AGENTS } from "./kill-plan.ts";

type Kill = { readonly at: number; readonly when: "before" | "after" };

const beganMs = performance.now();
const commits = await commitsOfWholeRun();
const all = Array.from({ length: commits }, (_, index) => index + 1).flatMap((at): Kill[] => [
  { at, when: "before" },
  { at, when: "after" },
]);
const kills = spread(all, process.argv.includes("--quick") ? 8 : numberAfter("--runs", all.length));
const tally = await inTurns(kills, ({ at, when }, folder) =>
  // The resumed process is killed once more, early: resuming must survive it as well.
  run(folder, [killing({ at, when }), killing({ at: 1 + (at % 9), when })]),
);
const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
console.log(JSON.stringify({ agents: AGENTS, commits, runs: kills.length, seconds, ...tally }));
process.exitCode = isClean(tally) && tally.crashes >= kills.length ? 0 : 1;

function killing({ at, when }: Kill): Env {
  return { KILL_AT: String(at), KILL_WHEN: when };
}

function run(folder: string, deaths: CrashRun["deaths"]): Promise<Tally> {
  const world = join(folder, "world");
  mkdirSync(world);
  return crashRun({ state: join(folder, "state"), world, deaths, rest: {} });
}

/** How often the slowest of some undisturbed runs commits is not sure; a commit that all of them reach is. */
async function commitsOfWholeRun(): Promise<number> {
  const counts: number[] = [];
  await inTurns([1, 2], async (_, folder) => {
    const tally = await run(folder, []);
    counts.push(
      (JSON.parse(readFileSync(join(folder, "world", "end.json"), "utf8")) as { commits: number }).commits,
    );
    return tally;
  });
  return Math.min(...counts);
}
