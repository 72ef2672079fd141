import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { JournalWriter } from "../../../src/engine/local/journal-writer.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { stoppingConformance } from "../../conformance/stopping.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { scriptedEngine } from "./scripted-engine.ts";

const TERMS = { timeoutMs: 60_000 };

describe("the local engine whose facts a thread writes", () => {
  stoppingConformance((parts) => {
    const engine = new LocalEngine({ ...parts, folder: temporaryFolder() });
    void engine.accept(plan([agent("x")]), { ...TERMS, runId: "r_taken_on" });
    onTestFinished(() => engine.close());
    return engine;
  });

  test("goes on there with runs that were begun without it, each run's records one chain (J2)", async () => {
    const { folder, work, engine } = scriptedEngine();
    work.script("a", "hold");
    const started = engine.start(plan([agent("a"), agent("b", { needs: ["a"] })]), {
      ...TERMS,
      runId: "r_1",
    });
    const call = await work.called("a", 1);
    expect(await engine.accept(plan([agent("c")]), { ...TERMS, runId: "r_2" })).toBe(true);
    const resumed = engine.resume("r_2");
    call.end(completed());
    expect([(await started.ended).status, (await resumed.ended).status]).toEqual(["succeeded", "succeeded"]);
    const other = scriptedEngine(folder).engine;
    expect(other.verify()).toMatchObject({ runs: 2, problems: [] });
    expect([other.ended("r_1").faithful, other.ended("r_2").faithful]).toEqual([true, true]);
  });

  test("needs no run that is taken on: whoever asks for calm, to go on with those of an earlier process, has the thread", async () => {
    const { folder, engine: earlier } = scriptedEngine();
    await earlier.accept(plan([agent("a")]), { ...TERMS, runId: "r_1" });
    earlier.close();
    const commit = vi.spyOn(JournalWriter.prototype, "commit");
    onTestFinished(() => commit.mockRestore());
    const { engine } = scriptedEngine(folder);
    await engine.calm();
    expect(engine.list({ unfinished: true })).toHaveLength(1);
    await engine.calm();
    expect((await engine.resume("r_1").ended).status).toBe("succeeded");
    expect(commit).toHaveBeenCalled();
    expect(engine.ended("r_1").faithful).toBe(true);
  });

  test("writes what has happened when it is closed, and leaves the run to whoever resumes it", async () => {
    const { folder, work, engine } = scriptedEngine();
    await engine.accept(plan([agent("c")]), { ...TERMS, runId: "r_0" });
    work.script("b", "hold");
    const handle = engine.start(plan([agent("a"), agent("b"), agent("c")]), { ...TERMS, runId: "r_1" });
    await work.called("b", 1);
    (await work.called("a", 1)).end(completed("kept"));
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    engine.close();
    await expect(handle.ended).rejects.toThrow("RUN_LET_GO");
    const { work: again, engine: next } = scriptedEngine(folder);
    expect(next.verify().problems).toEqual([]);
    expect(next.summary("r_1")).toMatchObject({ status: "interrupted", pid: null });
    expect((await next.resume("r_1").ended).status).toBe("succeeded");
    expect(again.calls.map(({ task }) => task.path)).toEqual(["b"]);
  });
});

describe("what a thread writes of a journal", () => {
  const fact = (runId: string) => ({ runId, kind: "fact" as const, body: "{}" });
  const accepted = (runId: string) => ({
    runId,
    kind: "accepted" as const,
    body: JSON.stringify({ plan: plan([agent("a")]), timeoutMs: 1, atMs: 0 }),
  });

  test("is written in the order in which it was asked for, under the leases of the journal here (B1, J3)", async () => {
    const folder = temporaryFolder();
    const journal = new SqliteJournal(folder, new ManualClock());
    onTestFinished(() => journal.close());
    const writer = new JournalWriter(folder, journal);
    journal.accept(accepted("r_1"));
    const written = [
      writer.commit([fact("r_1"), fact("r_2")], [], []),
      writer.enrol([accepted("r_2"), accepted("r_1")]).then((known) => known.map(({ runId }) => runId)),
      writer.commit([fact("r_1"), fact("r_2")], [], []),
    ];
    writer.close(new Error("closed"));
    // Taken on, and leased by nobody: no facts of it can come from here.
    expect(await Promise.all(written)).toEqual([["r_2"], ["r_1"], ["r_2"]]);
    expect([journal.read("r_1").length, journal.read("r_2").length]).toEqual([3, 1]);
  });

  test("is nothing any more after a write that failed, not even what was asked for behind it (B2)", async () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const journal = new SqliteJournal(folder, clock);
    onTestFinished(() => journal.close());
    const writer = new JournalWriter(folder, journal);
    journal.accept(accepted("r_0"));
    await writer.enrol([]);
    const db = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(join(folder, "journal.db"));
    db.exec("DROP TABLE suspensions");
    const failing = writer.commit([], [], [{ runId: "r_0", records: 1, questions: [] }]);
    const behind = writer.enrol([accepted("r_1")]);
    db.close();
    await expect(failing).rejects.toThrow(/JOURNAL_/);
    await expect(behind).rejects.toThrow(/JOURNAL_/);
    await nextTurn();
    writer.close(new Error("closed"));
    expect(() => journal.read("r_1")).toThrow("RUN_UNKNOWN");
  });
});
