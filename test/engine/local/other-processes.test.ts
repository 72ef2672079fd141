import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { RunWatch } from "../../support/run-watch.ts";
import { completed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const OPTIONS = { runId: "r_1", timeoutMs: 3_600_000 };

function bench() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const engine = (work = new ScriptedPerformer()): LocalEngine => {
    const opened = new LocalEngine({ folder, clock, performers: new Map([[work.name, work]]) });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { folder, clock, engine };
}

/** Another connection that keeps the journal locked against writing. */
function lock(folder: string): { readonly release: () => void } {
  const db = new DatabaseSync(join(folder, "journal.db"));
  db.exec("BEGIN IMMEDIATE");
  onTestFinished(() => db.close());
  return { release: () => db.exec("ROLLBACK") };
}

describe("a journal that another process keeps locked", () => {
  test("is tried again by the clock, with the event loop free; then the run goes on", async () => {
    const { folder, clock, engine } = bench();
    const work = new ScriptedPerformer().script("a", "hold");
    const handle = engine(work).start(plan([agent("a")]), OPTIONS);
    const call = await work.called("a");
    const { release } = lock(folder);
    const armed = clock.nextArmed();
    call.end(completed("in spite of it"));
    await armed;
    // Leases and requests of others are not to be had either.
    clock.advance(4_000);
    release();
    clock.advance(25);
    const end = await handle.ended;
    expect(end.answer!.output).toContain("in spite of it");
  });

  test("for longer than five seconds stops the engine, and the run can be resumed", async () => {
    const { folder, clock, engine } = bench();
    const work = new ScriptedPerformer().script("a", "hold");
    const first = engine(work);
    const handle = first.start(plan([agent("a")]), OPTIONS);
    const call = await work.called("a");
    const { release } = lock(folder);
    const armed = clock.nextArmed();
    call.end(completed());
    await armed;
    clock.advance(5_100);
    await expect(handle.ended).rejects.toThrow(/JOURNAL_BUSY/);
    release();
    clock.advance(60_000);
    expect((await engine().resume("r_1").ended).status).toBe("succeeded");
  });

  test("refuses a start, and nothing is changed", () => {
    const { folder, engine } = bench();
    const opened = engine();
    expect(opened.list()).toEqual([]);
    new SqliteJournal(folder, new ManualClock()).close();
    expect(opened.list()).toEqual([]);
    const { release } = lock(folder);
    expect(() => opened.start(plan([agent("a")]), OPTIONS)).toThrow(/JOURNAL_BUSY/);
    release();
    expect(opened.list()).toEqual([]);
    expect(existsSync(join(folder, "heads"))).toBe(false);
  });
});

describe("requests of other processes", () => {
  test("J4 one for a run that has ended meanwhile is refused and leaves nothing behind", async () => {
    const { folder, clock, engine } = bench();
    await engine().start(plan([agent("a")]), OPTIONS).ended;
    const journal = new SqliteJournal(folder, clock);
    onTestFinished(() => journal.close());
    expect(() => journal.request("r_1", "{}")).toThrow(/RUN_ENDED r_1/);
    expect(() => journal.request("r_2", "{}")).toThrow(/RUN_UNKNOWN r_2/);
    expect(journal.requests(["r_1", "r_2"], { fresh: false })).toEqual([]);
  });

  test("J4 those that nobody has looked at go with the end of their run", async () => {
    const { folder, clock, engine } = bench();
    const work = new ScriptedPerformer().script("a", "hold");
    const handle = engine(work).start(plan([agent("a")]), OPTIONS);
    const call = await work.called("a");
    const journal = new SqliteJournal(folder, clock);
    onTestFinished(() => journal.close());
    journal.request("r_1", JSON.stringify({ type: "decide", path: "nobody", approved: true }));
    call.end(completed());
    await handle.ended;
    expect(journal.requests(["r_1"], { fresh: false })).toEqual([]);
  });
});

describe("what is told of a run that waits for people", () => {
  const asking = plan([agent("a", { approve: true }), agent("b", { approve: true })]);

  test("is known to other processes, while it is driven and after", async () => {
    const { engine } = bench();
    const first = engine();
    const handle = first.start(asking, OPTIONS);
    await new RunWatch(handle).next("run.suspended");
    await new Promise(setImmediate);
    const waiting = { status: "suspended", waitingFor: [{ path: "a" }, { path: "b" }] };
    expect(engine().list()).toMatchObject([{ ...waiting, pid: process.pid }]);
    first.close();
    expect(engine().list()).toMatchObject([{ ...waiting, pid: null }]);
  });

  test("is what it still waits for after one answer, and nothing once it goes on", async () => {
    const { engine } = bench();
    const work = new ScriptedPerformer().script("b", "hold");
    const first = engine(work);
    const handle = first.start(asking, OPTIONS);
    const watch = new RunWatch(handle);
    await watch.next("run.suspended");
    handle.decide("a", { approved: true });
    await watch.next("run.suspended");
    await new Promise(setImmediate);
    expect(engine().list()).toMatchObject([{ status: "suspended", waitingFor: [{ path: "b" }] }]);
    handle.decide("b", { approved: true });
    await work.called("b");
    expect(engine().list()).toMatchObject([{ status: "running", waitingFor: [] }]);
    first.close();
    expect(engine().list()).toMatchObject([{ status: "interrupted", waitingFor: [] }]);
  });

  test("is not told any more when it has ended", async () => {
    const { engine } = bench();
    const first = engine();
    const handle = first.start(asking, OPTIONS);
    await new RunWatch(handle).next("run.suspended");
    await handle.cancel("enough");
    expect(engine().list()).toMatchObject([{ status: "cancelled", waitingFor: [] }]);
  });
});
