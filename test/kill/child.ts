/**
 * The process that is killed: `node child.ts FOLDER`. Starts run r_kill in FOLDER, or resumes it. With KILL_AT=K it kills
 * itself at its K-th commit, KILL_WHEN=before or after it. Every piece of work appends its idempotency key to
 * FOLDER/effects.log, every result that the run has acknowledged to FOLDER/acknowledged.log.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Performer } from "../../src/actors/ports.ts";
import type { Journal } from "../../src/engine/journal.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { killPlan, RUN_ID } from "./kill-plan.ts";

const folder = process.argv[2]!;
const killAt = Number(process.env.KILL_AT ?? 0);
const killWhen = process.env.KILL_WHEN ?? "after";
let commits = 0;

function dying<T>(commit: () => T): T {
  commits++;
  if (commits === killAt && killWhen === "before") process.kill(process.pid, "SIGKILL");
  const value = commit();
  if (commits === killAt) process.kill(process.pid, "SIGKILL");
  return value;
}

function dyingJournal(): Journal {
  const journal = new SqliteJournal(folder, systemClock);
  const accept = journal.accept.bind(journal);
  const commit = journal.commit.bind(journal);
  return Object.assign(journal, {
    accept: (...args: Parameters<Journal["accept"]>) => dying(() => accept(...args)),
    commit: (...args: Parameters<Journal["commit"]>) => dying(() => commit(...args)),
  });
}

const append: Performer = {
  name: "scripted",
  perform: async (task, { idempotencyKey }) => {
    appendFileSync(join(folder, "effects.log"), `${idempotencyKey}\n`);
    await pause(task.path.length % 3);
    return { kind: "completed", output: task.path, confidence: { value: 1, source: "checked" } };
  },
};

const engine = new LocalEngine({
  folder,
  clock: systemClock,
  performers: new Map([[append.name, append]]),
  openJournal: dyingJournal,
});
const known = engine.list()[0];
// Killed just after the commit of its end, a run has nothing left to do.
const status = known?.endedAtMs ? known.status : await driven();
writeFileSync(join(folder, "end.json"), JSON.stringify({ status, commits }));
engine.close();

async function driven(): Promise<string> {
  const handle = known
    ? engine.resume(RUN_ID)
    : engine.start(killPlan(), { runId: RUN_ID, timeoutMs: 600_000 });
  handle.events$.subscribe((event) => {
    if (event.type === "agent.ended") appendFileSync(join(folder, "acknowledged.log"), `${event.path}\n`);
  });
  return (await handle.ended).status;
}
