/**
 * The process that dies: `node child.ts STATE WORLD`. Starts run r_kill in the folder STATE, or resumes it. What the world has
 * seen stands in the folder WORLD, which no crash undoes: every piece of work appends its idempotency key to effects.log,
 * and whatever the run has acknowledged is a line of acknowledged.log.
 *
 * KILL_AT=K, KILL_WHEN=before|after   kills itself around its K-th commit
 * KILL_WORK=append                    does the work in this process, and not by the performer `command`
 * KILL_SYNCHRONOUS=NORMAL             opens the journal so that a commit need not be on the disk
 * KILL_CHECKPOINT=PAGES               moves the WAL into the database whenever it has grown to so many pages
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Performer } from "../../src/actors/ports.ts";
import type { Journal } from "../../src/engine/journal.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../src/engine/local/sqlite-journal.ts";
import { createCommandPerformer } from "../../src/performers/command.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { AbyssalError } from "../../src/shared/diagnostic.ts";
import { killPlan, RUN_ID } from "./kill-plan.ts";

const [state, world] = process.argv.slice(2) as [string, string];
const killAt = Number(process.env.KILL_AT ?? 0);
const killWhen = process.env.KILL_WHEN ?? "after";
const work = process.env.KILL_WORK === "append" ? "append" : "command";
let commits = 0;

/** The product has no such switches: this changes what it says to SQLite, in this process only. */
function openOtherwise(synchronous: string, checkpointPages: string): void {
  const { exec, prepare } = DatabaseSync.prototype;
  const FULL = "PRAGMA synchronous = FULL";
  const otherwise = (text: string): string => text.replace(FULL, `PRAGMA synchronous = ${synchronous}`);
  DatabaseSync.prototype.exec = function (text) {
    exec.call(this, otherwise(text));
    if (text.includes(FULL)) exec.call(this, `PRAGMA wal_autocheckpoint = ${checkpointPages}`);
  };
  // It says so again after each write of a lease, which need not be synced.
  DatabaseSync.prototype.prepare = function (text, ...more) {
    return prepare.call(this, otherwise(text), ...more);
  };
}

function dying<T>(commit: () => T): T {
  commits++;
  if (commits === killAt && killWhen === "before") process.kill(process.pid, "SIGKILL");
  const value = commit();
  if (commits === killAt) process.kill(process.pid, "SIGKILL");
  return value;
}

function dyingJournal(): Journal {
  const journal = new SqliteJournal(state, systemClock);
  const accept = journal.accept.bind(journal);
  const commit = journal.commit.bind(journal);
  return Object.assign(journal, {
    accept: (...args: Parameters<Journal["accept"]>) => dying(() => accept(...args)),
    commit: (...args: Parameters<Journal["commit"]>) => dying(() => commit(...args)),
  });
}

const append: Performer = {
  name: "append",
  perform: async (task, { idempotencyKey }) => {
    appendFileSync(join(world, "effects.log"), `${idempotencyKey}\n`);
    await pause(task.path.length % 3);
    return { kind: "completed", output: task.path, confidence: { value: 1, source: "checked" } };
  },
};

function acknowledge(what: string): void {
  appendFileSync(join(world, "acknowledged.log"), `${what}\n`);
}

/** The status that the run ended with. */
async function driven(engine: LocalEngine): Promise<string> {
  const known = engine.list()[0];
  // Killed just after the commit of its end, a run has nothing left to do.
  if (known?.endedAtMs) return known.status;
  const handle = known
    ? engine.resume(RUN_ID)
    : engine.start(killPlan(work), { runId: RUN_ID, timeoutMs: 600_000 });
  acknowledge("started");
  handle.events$.subscribe((event) => {
    if (event.type === "agent.ended") acknowledge(event.path);
  });
  const { status } = await handle.ended;
  acknowledge("ended");
  return status;
}

openOtherwise(process.env.KILL_SYNCHRONOUS ?? "FULL", process.env.KILL_CHECKPOINT ?? "1000");
const engine = new LocalEngine({
  folder: state,
  clock: systemClock,
  performers: new Map(
    [append, createCommandPerformer({ workingFolder: world })].map((one) => [one.name, one]),
  ),
  openJournal: dyingJournal,
});
try {
  const status = await driven(engine);
  writeFileSync(join(world, "end.json"), JSON.stringify({ status, commits }));
  engine.close();
} catch (error) {
  if (!(error instanceof AbyssalError)) throw error;
  writeFileSync(join(world, "refused.json"), JSON.stringify(error.diagnostics[0]));
  process.exitCode = 3;
}
