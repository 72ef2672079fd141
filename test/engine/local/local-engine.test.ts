import { describe, expect, onTestFinished, test } from "vitest";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import type { Journal } from "../../../src/engine/journal.ts";
import { LEASE_MS } from "../../../src/engine/local/leases.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { RunWatch } from "../../support/run-watch.ts";
import { completed, failed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const AN_HOUR_MS = 3_600_000;
const OPTIONS = { runId: "r_1", timeoutMs: AN_HOUR_MS };

/** Engines over one folder and one clock, each with a performer of its own. */
class Bench {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();

  engine(work = new ScriptedPerformer(), openJournal?: () => Journal): LocalEngine {
    const { folder, clock } = this;
    const performers = new Map([[work.name, work]]);
    const engine = new LocalEngine({ folder, clock, performers, ...(openJournal ? { openJournal } : {}) });
    onTestFinished(() => engine.close());
    return engine;
  }
}

describe("a run that was let go", () => {
  test("goes on where it stood: what is recorded is not done again, what was under way is, under its key (A1, A2, E2)", async () => {
    const bench = new Bench();
    const before = new ScriptedPerformer().script("b", "hold");
    const first = bench.engine(before);
    const handle = first.start(plan([agent("a"), agent("b", { needs: ["a"] })]), OPTIONS);
    const { task } = await before.called("b");
    first.close();
    await expect(handle.ended).rejects.toThrow(/RUN_LET_GO r_1/);
    const after = new ScriptedPerformer();
    const end = await bench.engine(after).resume("r_1").ended;
    expect(end.status).toBe("succeeded");
    expect(after.performed).toEqual(["b#1"]);
    expect(after.calls[0]!.task).toEqual(task);
  });

  test("calls no performer any more, not even for a fact that its closing has committed (W3)", async () => {
    const work = new ScriptedPerformer();
    const engine = new Bench().engine(work);
    const handle = engine.start(plan([agent("a")]), OPTIONS);
    engine.close();
    await expect(handle.ended).rejects.toThrow(/RUN_LET_GO r_1/);
    expect(work.performed).toEqual([]);
  });

  test("is listed and checked by an engine that is told how to open its journal", async () => {
    const bench = new Bench();
    await bench.engine().start(plan([agent("a")]), OPTIONS).ended;
    const open = () => new SqliteJournal(bench.folder, bench.clock);
    const engine = () =>
      new LocalEngine({ ...bench, folder: "/none", performers: new Map(), openJournal: open });
    expect(engine().list()).toMatchObject([{ runId: "r_1", status: "succeeded" }]);
    expect(engine().verify()).toMatchObject({ runs: 1, problems: [] });
  });

  test("keeps the deadline it had, and gives an attempt that begins anew its whole time", async () => {
    const bench = new Bench();
    const before = new ScriptedPerformer().script("a", "hold");
    const first = bench.engine(before);
    first.start(plan([agent("a", { timeoutMs: AN_HOUR_MS / 2 })]), OPTIONS);
    await before.called("a");
    const startedAtMs = bench.clock.nowMs();
    first.close();
    bench.clock.advance((AN_HOUR_MS * 3) / 4);
    const after = new ScriptedPerformer().script("a", "hold");
    const resumed = bench.engine(after).resume("r_1");
    const call = await after.called("a");
    expect(call.signal.aborted).toBe(false);
    bench.clock.advance(AN_HOUR_MS / 4);
    const end = await resumed.ended;
    expect(end.stopped).toMatchObject({ code: "RUN_TIMEOUT" });
    expect(end.endedAtMs).toBe(startedAtMs + AN_HOUR_MS);
  });

  test("waits out a backoff that it was in", async () => {
    const bench = new Bench();
    const first = bench.engine(new ScriptedPerformer().script("a", failed()));
    const handle = first.start(plan([agent("a", { attempts: 2 })]), OPTIONS);
    await new RunWatch(handle).next("agent.backingOff");
    first.close();
    const after = new ScriptedPerformer();
    const resumed = bench.engine(after).resume("r_1");
    bench.clock.advance(60_000);
    expect((await resumed.ended).status).toBe("succeeded");
    expect(after.performed).toEqual(["a#2"]);
  });

  test("may wait for a person across processes", async () => {
    const bench = new Bench();
    const first = bench.engine();
    const handle = first.start(plan([agent("a", { approve: true })]), OPTIONS);
    await new RunWatch(handle).next("run.suspended");
    expect(first.list()).toMatchObject([{ runId: "r_1", status: "suspended", pid: process.pid }]);
    first.close();
    const work = new ScriptedPerformer();
    const second = bench.engine(work);
    expect(second.list()).toMatchObject([
      { runId: "r_1", status: "suspended", pid: null, waitingFor: [{ path: "a" }] },
    ]);
    expect(second.replayed("r_1").pending.questions).toMatchObject([{ path: "a" }]);
    const receipt = second.signal("r_1", { type: "decide", path: "a", approved: true, by: "eva" });
    if (receipt.kind !== "applied") throw new Error("nobody else drives it");
    expect((await receipt.handle.ended).status).toBe("succeeded");
    expect(work.performed).toEqual(["a#1"]);
    expect(second.replayed("r_1").pending.questions).toEqual([]);
  });
});

describe("two engines on one journal", () => {
  test("only one drives a run: the other is told who does (L1)", async () => {
    const bench = new Bench();
    const work = new ScriptedPerformer().script("a", "hold");
    const handle = bench.engine(work).start(plan([agent("a")]), OPTIONS);
    const call = await work.called("a");
    const other = bench.engine();
    expect(() => other.resume("r_1")).toThrow(new RegExp(`RUN_OWNED r_1: process ${process.pid} drives`));
    expect(() => other.start(plan([agent("a")]), OPTIONS)).toThrow(/RUN_EXISTS r_1/);
    call.end(completed());
    expect((await handle.ended).status).toBe("succeeded");
    expect(() => other.resume("r_1")).toThrow(/RUN_ENDED r_1/);
  });

  test("a lease is kept as long as its engine lives", async () => {
    const bench = new Bench();
    const work = new ScriptedPerformer().script("a", "hold");
    bench.engine(work).start(plan([agent("a")]), OPTIONS);
    await work.called("a");
    bench.clock.advance(LEASE_MS * 3);
    expect(() => bench.engine().resume("r_1")).toThrow(/RUN_OWNED/);
  });

  test("one whose lease ran out may be replaced, and then writes nothing more (L2, J3)", async () => {
    const bench = new Bench();
    const slow = new ScriptedPerformer().script("a", "hold");
    const stalled = bench.engine(slow).start(plan([agent("a")]), OPTIONS);
    const call = await slow.called("a");
    bench.clock.set(bench.clock.nowMs() + LEASE_MS + 1);
    const work = new ScriptedPerformer().script("a", completed("from the second"));
    const second = bench.engine(work);
    const resumed = second.resume("r_1");
    call.end(completed("from the first"));
    await expect(stalled.ended).rejects.toThrow(/RUN_OWNED r_1/);
    const end = await resumed.ended;
    expect(end.answer!.output).toContain("from the second");
    expect(second.verify().problems).toEqual([]);
  });

  test("one cancels and approves what the other drives", async () => {
    const bench = new Bench();
    const first = bench.engine();
    const handle = first.start(
      plan([chain("c", [agent("a", { approve: true }), agent("b", { approve: true, needs: ["a"] })])]),
      OPTIONS,
    );
    const watch = new RunWatch(handle);
    await watch.next("run.suspended");
    const other = bench.engine();
    const receipt = other.signal("r_1", { type: "decide", path: "c/a", approved: true });
    expect(receipt).toEqual({ kind: "sent", pid: process.pid });
    bench.clock.advance(100);
    await watch.next("run.suspended");
    other.signal("r_1", { type: "cancel", reason: "from afar" });
    bench.clock.advance(100);
    const end = await handle.ended;
    expect(end.stopped).toMatchObject({ code: "RUN_CANCELLED", message: "from afar" });
    expect(end.answer!.results.map(({ status }) => status)).toEqual(["succeeded", "cancelled"]);
  });
});

describe("requests", () => {
  test("resuming one run does not make an engine deaf to what others ask of its other runs", async () => {
    const bench = new Bench();
    const waiting = plan([agent("a", { approve: true })]);
    const other = bench.engine();
    const second = other.start(waiting, { ...OPTIONS, runId: "r_2" });
    await new RunWatch(second).next("run.suspended");
    other.close();
    const engine = bench.engine();
    const handle = engine.start(waiting, OPTIONS);
    await new RunWatch(handle).next("run.suspended");
    bench.clock.advance(100);
    bench.engine().signal("r_1", { type: "cancel", reason: "from afar" });
    engine.resume("r_2");
    bench.clock.advance(100);
    expect((await handle.ended).status).toBe("cancelled");
  });

  test("what was asked of a run while its engine was dying is done when it is resumed", async () => {
    const bench = new Bench();
    const first = bench.engine();
    const handle = first.start(plan([agent("a", { approve: true })]), OPTIONS);
    await new RunWatch(handle).next("run.suspended");
    bench.engine().signal("r_1", { type: "cancel", reason: "from afar" });
    first.close();
    const end = await bench.engine().resume("r_1").ended;
    expect(end.stopped).toMatchObject({ message: "from afar" });
  });
});

describe("a replay", () => {
  test("gives the events and the answer that the run gave (W1, E1)", async () => {
    const bench = new Bench();
    const work = new ScriptedPerformer()
      .script("f/x", failed(), completed("x at last"))
      .script("f/z", failed("NO"));
    const engine = bench.engine(work);
    const handle = engine.start(
      plan([
        fork("f", [agent("x", { attempts: 2, backoff: "none" }), agent("y"), agent("z")], { threshold: 0.5 }),
        agent("l", { needs: ["f"] }),
      ]),
      OPTIONS,
    );
    const live = new RunWatch(handle);
    const end = await handle.ended;
    const events: RunEvent[] = [];
    const { run } = engine.replayed("r_1", { observe: (event) => events.push(event) });
    expect(events).toEqual(live.events);
    expect(run.answer).toEqual(end.answer);
    expect(engine.ended("r_1")).toEqual({ ...end, faithful: true });
    expect(engine.list()).toMatchObject([{ status: end.status, endedAtMs: end.endedAtMs, pid: null }]);
  });

  test("facts that answer what was never asked are refused", async () => {
    const bench = new Bench();
    const work = new ScriptedPerformer().script("a", "hold");
    const { folder, clock } = bench;
    const performers = new Map([[work.name, work]]);
    const engine = new LocalEngine({ folder, clock, performers, version: "0.0.1" });
    engine.start(plan([agent("a")]), OPTIONS);
    await work.called("a");
    engine.close();
    const journal = new SqliteJournal(bench.folder, bench.clock);
    journal.claim("r_1");
    const outcome = completed();
    const body = JSON.stringify({ type: "agent.completed", path: "b", attempt: 1, atMs: 0, outcome });
    journal.commit([{ runId: "r_1", kind: "fact", body }], []);
    journal.release(["r_1"]);
    journal.close();
    expect(() => bench.engine().resume("r_1")).toThrow(
      /JOURNAL_DIVERGED r_1.*agent.completed of b.*version of the software \(0\.0\.1\)/,
    );
  });
});

describe("what the journal cannot take", () => {
  test("stops the engine: nothing more is applied or acknowledged, and the run can be resumed (A3)", async () => {
    const bench = new Bench();
    const work = new ScriptedPerformer().script("b", "hold");
    let isFull = false;
    const engine = bench.engine(work, () => {
      const journal = new SqliteJournal(bench.folder, bench.clock);
      const commit = journal.commit.bind(journal);
      return Object.assign(journal, {
        commit: (...args: Parameters<Journal["commit"]>) => {
          // What SQLite throws when a transaction does not fit on the disk any more.
          if (isFull) throw new Error("database or disk is full");
          return commit(...args);
        },
      });
    });
    const handle = engine.start(plan([agent("a"), agent("b")]), OPTIONS);
    const watch = new RunWatch(handle);
    const call = await work.called("b");
    isFull = true;
    const eventsBefore = watch.events.length;
    call.end(completed());
    await expect(handle.ended).rejects.toThrow(/disk is full/);
    expect(watch.events.slice(eventsBefore).some((event) => "path" in event && event.path === "b")).toBe(
      false,
    );
    expect(() => engine.start(plan([agent("a")]), { ...OPTIONS, runId: "r_2" })).toThrow(/disk is full/);
    bench.clock.set(bench.clock.nowMs() + LEASE_MS + 1);
    expect((await bench.engine().resume("r_1").ended).status).toBe("succeeded");
  });

  test("an outcome that JSON cannot hold fails its agent, not the journal", async () => {
    const bench = new Bench();
    const data = { self: null as unknown };
    data.self = data;
    const work = new ScriptedPerformer().script("a", completed("x", { data: data as never }));
    const end = await bench.engine(work).start(plan([agent("a")]), OPTIONS).ended;
    expect(end.answer?.results[0] ?? end.stopped).toMatchObject({ failure: { code: "OUTPUT_INVALID" } });
  });
});
