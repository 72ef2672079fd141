import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, fork, plan } from "../../support/plans.ts";
import { completed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { changing, engineOn } from "./journal-damage.ts";

/** A journal as version 1 kept it: a run that was interrupted and one that ended, with requests for each and for none. */
async function firstVersion(): Promise<string> {
  const folder = temporaryFolder();
  const work = new ScriptedPerformer().script("b", "hold");
  const clock = new ManualClock();
  const engine = new LocalEngine({ folder, clock, performers: new Map([[work.name, work]]) });
  await engine.start(plan([agent("a")]), { runId: "r_done", timeoutMs: 60_000 }).ended;
  engine.start(plan([agent("a"), agent("b")]), { runId: "r_open", timeoutMs: 60_000 });
  await work.called("b");
  engine.close();
  changing(
    folder,
    `CREATE TABLE first(run_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
       hash TEXT NOT NULL, PRIMARY KEY(run_id, seq)) STRICT, WITHOUT ROWID;
     INSERT INTO first SELECT run_id, id & 4294967295, kind, body, hash FROM records JOIN runs ON runs.seq = id >> 32;
     DROP TABLE records; ALTER TABLE first RENAME TO records;
     DROP TABLE suspensions; DROP TABLE runs; DROP TABLE plans; PRAGMA user_version = 1;
     INSERT INTO requests(run_id, body) VALUES ('r_done', '{}'), ('r_none', '{}'),
       ('r_open', '{"type":"cancel","reason":"from before"}')`,
  );
  return folder;
}

function completedFact(path: string): object {
  return { type: "agent.completed", path, attempt: 1, outcome: completed(), atMs: systemClock.nowMs() };
}

function newJournal(): string {
  const folder = temporaryFolder();
  new SqliteJournal(folder, new ManualClock()).close();
  return folder;
}

function schema(folder: string): readonly unknown[] {
  const db = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
  const rows = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all();
  db.close();
  return rows;
}

function single(folder: string, query: string): unknown {
  const db = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
  const row = db.prepare(query).get()!;
  db.close();
  return Object.values(row)[0];
}

describe("a journal of version 1", () => {
  test("is brought up to date when it is opened: its runs are kept, requests that nobody can do are dropped", async () => {
    const folder = await firstVersion();
    const engine = engineOn(folder);
    expect(engine.verify()).toMatchObject({ runs: 2, problems: [] });
    expect(engine.list().map(({ runId, status }) => [runId, status])).toEqual([
      ["r_open", "interrupted"],
      ["r_done", "succeeded"],
    ]);
    expect(single(folder, "PRAGMA user_version")).toBe(6);
    expect(schema(folder)).toEqual(schema(newJournal()));
    expect(single(folder, "SELECT group_concat(run_id) FROM requests")).toBe("r_open");
    const end = await engine.resume("r_open").ended;
    expect(end.stopped).toMatchObject({ code: "RUN_CANCELLED", message: "from before" });
    expect(engine.ended("r_done").faithful).toBe(true);
    engine.close();
  });

  test("that cannot be brought up to date is refused and left as it is", async () => {
    const folder = await firstVersion();
    changing(folder, "CREATE TABLE suspensions(other TEXT)");
    expect(() => engineOn(folder).list()).toThrow(/JOURNAL_CORRUPT.*suspensions/);
    expect(single(folder, "PRAGMA user_version")).toBe(1);
    expect(single(folder, "SELECT count(*) FROM requests")).toBe(3);
  });
});

describe("a journal of version 4", () => {
  test("is brought up to date with all of its records, those of runs that its list has lost too", async () => {
    const folder = await firstVersion();
    const engine = engineOn(folder);
    engine.list();
    engine.close();
    changing(
      folder,
      `CREATE TABLE fourth(run_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
         hash TEXT NOT NULL, PRIMARY KEY(run_id, seq)) STRICT;
       INSERT INTO fourth SELECT run_id, id & 4294967295, kind, body, hash FROM records JOIN runs ON runs.seq = id >> 32;
       DROP TABLE records; ALTER TABLE fourth RENAME TO records;
       DELETE FROM runs; DROP TABLE plans; PRAGMA user_version = 4;`,
    );
    const later = engineOn(folder);
    expect(later.verify()).toMatchObject({ runs: 2, problems: [] });
    expect(later.ended("r_done").faithful).toBe(true);
    expect(later.summary("r_open")).toMatchObject({ status: "interrupted" });
    later.close();
  });
});

describe("a journal of version 5", () => {
  test("is brought up to date: its long plans stay in their runs' first records, and a run goes on from single facts", async () => {
    const folder = temporaryFolder();
    const wide = plan([
      fork(
        "f",
        Array.from({ length: 60 }, (_, index) => agent(`a${index}`)),
      ),
    ]);
    const before = new SqliteJournal(folder, new ManualClock());
    const body = JSON.stringify({ plan: wide, timeoutMs: 60_000, atMs: systemClock.nowMs() });
    before.accept({ runId: "r_1", kind: "accepted", body });
    for (const fact of [
      { type: "run.started", atMs: systemClock.nowMs() },
      completedFact("f/a0"),
      completedFact("f/a1"),
    ])
      before.commit([{ runId: "r_1", kind: "fact", body: JSON.stringify(fact) }], []);
    before.release(["r_1"]);
    before.close();
    changing(folder, "DROP TABLE plans; PRAGMA user_version = 5");
    const engine = engineOn(folder);
    expect(engine.verify()).toEqual({ runs: 1, records: 4, problems: [] });
    const end = await engine.resume("r_1").ended;
    expect(end).toMatchObject({ status: "succeeded", plan: wide });
    expect(engine.ended("r_1").faithful).toBe(true);
    engine.close();
  });
});

describe("a folder that may only be read", () => {
  test("is refused by whoever wants to start, resume or list, and nothing in it changes", async () => {
    const folder = temporaryFolder();
    const journal = join(folder, "journal");
    const bare = join(folder, "bare");
    cpSync(await firstVersion(), journal, { recursive: true });
    new SqliteJournal(journal, new ManualClock()).close();
    mkdirSync(bare);
    for (const path of [folder, bare, journal, join(journal, "heads")]) chmodSync(path, 0o555);
    chmodSync(join(journal, "journal.db"), 0o444);
    const before = readFileSync(join(journal, "journal.db"));
    const names = readdirSync(folder, { recursive: true });
    asOrdinaryUser(() => {
      const start = (place: string) => () =>
        engineOn(place).start(plan([agent("a")]), { runId: "r_1", timeoutMs: 60_000 });
      expect(start(bare)).toThrow(/JOURNAL_UNWRITABLE/);
      expect(start(journal)).toThrow(/JOURNAL_UNWRITABLE/);
      expect(() => engineOn(journal).resume("r_open")).toThrow(/JOURNAL_UNWRITABLE/);
      expect(() => engineOn(journal).list()).toThrow(/JOURNAL_UNWRITABLE/);
    });
    expect(readFileSync(join(journal, "journal.db")).equals(before)).toBe(true);
    expect(readdirSync(folder, { recursive: true })).toEqual(names);
    for (const path of [folder, bare, journal, join(journal, "heads")]) chmodSync(path, 0o755);
  });
});

/** Rights mean nothing to root, as whom tests run in a container. */
function asOrdinaryUser(work: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}
