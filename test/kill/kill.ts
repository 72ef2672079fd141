/**
 * Kills a process with SIGKILL at its journal's commits, resumes its run until it ends, and counts what was lost or done
 * again: `node test/kill/kill.ts [--runs N | --quick]`; without either, every commit, just before and just after it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "../../src/engine/journal.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AGENTS, AT_ONCE, RUN_ID } from "./kill-plan.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Processes that one run may take; more means that it does not get on. */
const PROCESSES_MAX = 6;

type Kill = { readonly at: number; readonly when: "before" | "after" };
type Tally = {
  kills: number;
  lost: number;
  rerun: number;
  duplicates: number;
  strangers: number;
  /** Runs with more duplicates than there can have been in flight. */
  beyond: number;
  unfinished: number;
};

const tally: Tally = { kills: 0, lost: 0, rerun: 0, duplicates: 0, strangers: 0, beyond: 0, unfinished: 0 };
const beganMs = performance.now();
const commits = commitsOfWholeRun();
const kills = chosen(commits);
for (const kill of kills) killAndResume(kill);
const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
console.log(JSON.stringify({ agents: AGENTS, commits, runs: kills.length, seconds, ...tally }));
const isClean =
  tally.lost + tally.rerun + tally.strangers + tally.beyond + tally.unfinished === 0 &&
  tally.kills >= kills.length;
process.exitCode = isClean ? 0 : 1;

function chosen(count: number): readonly Kill[] {
  const all = Array.from({ length: count }, (_, index) => index + 1).flatMap((at): Kill[] => [
    { at, when: "before" },
    { at, when: "after" },
  ]);
  const flag = process.argv.indexOf("--runs");
  const wanted = process.argv.includes("--quick")
    ? 8
    : flag < 0
      ? all.length
      : Number(process.argv[flag + 1]);
  if (!(wanted >= 1)) throw new Error("--runs needs a number above 0");
  const stride = Math.max(1, all.length / wanted);
  return Array.from({ length: Math.min(wanted, all.length) }, (_, index) => all[Math.floor(index * stride)]!);
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "abyssal-kill-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often the slowest of three undisturbed runs commits is not sure; a commit that all of them reach is. */
function commitsOfWholeRun(): number {
  const counts = Array.from({ length: 3 }, () =>
    inFolder((folder) => {
      if (child(folder, null) !== null) throw new Error("the undisturbed run was killed");
      return (JSON.parse(readFileSync(join(folder, "end.json"), "utf8")) as { commits: number }).commits;
    }),
  );
  return Math.min(...counts);
}

/** The signal that ended it. */
function child(folder: string, kill: Kill | null): string | null {
  const env = { ...process.env, KILL_AT: String(kill?.at ?? 0), KILL_WHEN: kill?.when ?? "after" };
  const { signal, status } = spawnSync(process.execPath, [CHILD, folder], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (signal === null && status !== 0) throw new Error(`the child ended with ${status}`);
  return signal;
}

function killAndResume(kill: Kill): void {
  inFolder((folder) => {
    const recorded = new Set<string>();
    const killsBefore = tally.kills;
    let effectsBefore = 0;
    // The resumed process is killed once more, early: resuming must survive it as well.
    const plan: (Kill | null)[] = [kill, { at: 1 + (kill.at % 9), when: kill.when }];
    for (let processes = 0; processes < PROCESSES_MAX && !existsSync(join(folder, "end.json")); processes++) {
      const signal = child(folder, plan.shift() ?? null);
      if (signal === "SIGKILL") tally.kills++;
      const effects = linesOf(folder, "effects.log");
      tally.rerun += effects.slice(effectsBefore).filter((key) => recorded.has(key)).length;
      effectsBefore = effects.length;
      for (const key of recordedIn(folder)) recorded.add(key);
      // What the run has shown to anybody must be on the disk.
      const shown = linesOf(folder, "acknowledged.log").filter(
        (path) => !recorded.has(`${RUN_ID}/${path}#1`),
      );
      tally.lost += shown.length;
    }
    const effects = linesOf(folder, "effects.log");
    const different = new Set(effects);
    const duplicates = effects.length - different.size;
    tally.duplicates += duplicates;
    if (duplicates > AT_ONCE * (tally.kills - killsBefore)) tally.beyond++;
    tally.strangers += Math.abs(different.size - AGENTS);
    tally.lost += AGENTS - resultsIn(folder);
  });
}

function linesOf(folder: string, file: string): readonly string[] {
  const path = join(folder, file);
  return existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

function recordedIn(folder: string): readonly string[] {
  const journal = new SqliteJournal(folder, systemClock);
  try {
    if (journal.list().length === 0) return [];
    return readRun(journal.read(RUN_ID)).facts.flatMap((fact) =>
      fact.type === "agent.completed" || fact.type === "agent.failed"
        ? [`${RUN_ID}/${fact.path}#${fact.attempt}`]
        : [],
    );
  } finally {
    journal.close();
  }
}

/** How many agents succeeded, by the records; a run that did not end has none. */
function resultsIn(folder: string): number {
  const engine = new LocalEngine({ folder, clock: systemClock, performers: new Map() });
  try {
    const { status, faithful, answer } = engine.ended(RUN_ID);
    if (status !== "succeeded" || !faithful) tally.unfinished++;
    return answer?.results.filter((result) => result.status === "succeeded").length ?? 0;
  } catch {
    tally.unfinished++;
    return 0;
  } finally {
    engine.close();
  }
}
