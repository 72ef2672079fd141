import { cpSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunOrigin } from "../../../src/engine/engine.ts";
import type { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { Thread } from "../../../src/shared/thread.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { scriptedEngine } from "./scripted-engine.ts";

const open = (folder: string, clock?: ManualClock): LocalEngine => scriptedEngine(folder, clock).engine;

const origin = (tenant: string): RunOrigin => ({ tenant, by: "somebody" });

function accept(engine: LocalEngine, runId: string, of?: RunOrigin): Promise<boolean> {
  return engine.accept(plan([agent("a")]), { runId, timeoutMs: 60_000, ...(of ? { origin: of } : {}) });
}

describe("runs that were taken on", () => {
  test("are there for every process once that is told, are taken on once, and are run by whoever resumes them", async () => {
    const folder = temporaryFolder();
    const one = open(folder);
    expect(await Promise.all(["r_1", "r_2", "r_1"].map((runId) => accept(one, runId)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(await accept(one, "r_2")).toBe(false);
    const other = open(folder);
    expect(other.verify()).toEqual({ runs: 2, records: 2, problems: [] });
    expect(other.summary("r_1")).toMatchObject({ status: "interrupted", program: "made by hand" });
    expect((await other.resume("r_1").ended).status).toBe("succeeded");
    expect(one.summary("r_1")).toMatchObject({ status: "succeeded" });
    expect(one.list({ unfinished: true }).map(({ runId }) => runId)).toEqual(["r_2"]);
  });

  test("are listed by tenant, the newest first, page after page", async () => {
    const clock = new ManualClock();
    const engine = open(temporaryFolder(), clock);
    for (let n = 0; n < 7; n++) {
      await accept(engine, `r_${n}`, n % 3 === 2 ? undefined : origin(n % 3 === 0 ? "even" : "odd"));
      // Two at the same time now and then: their ids decide.
      if (n % 2 === 1) clock.advance(1);
    }
    const ids = (query: Parameters<LocalEngine["list"]>[0]) => engine.list(query).map(({ runId }) => runId);
    expect(ids({})).toEqual(["r_6", "r_5", "r_4", "r_3", "r_2", "r_1", "r_0"]);
    expect(ids({ tenant: "even" })).toEqual(["r_6", "r_3", "r_0"]);
    expect(ids({ tenant: "default" })).toEqual(["r_5", "r_2"]);
    expect(ids({ tenant: "even", limit: 2 })).toEqual(["r_6", "r_3"]);
    expect(ids({ tenant: "even", limit: 2, before: "r_3" })).toEqual(["r_0"]);
    expect(ids({ limit: 3, before: "r_4" })).toEqual(["r_3", "r_2", "r_1"]);
  });

  test("and are lost from the database with all that was written of them are missed all the same", async () => {
    const folder = temporaryFolder();
    const engine = open(join(folder, "live"));
    await accept(engine, "r_1");
    const { size } = statSync(join(folder, "live", "journal.db-wal"));
    await accept(engine, "r_2");
    cpSync(join(folder, "live"), join(folder, "killed"), { recursive: true });
    truncateSync(join(folder, "killed", "journal.db-wal"), size);
    const damaged = open(join(folder, "killed"));
    expect(damaged.verify()).toMatchObject({ runs: 1, problems: [{ code: "JOURNAL_CORRUPT" }] });
    expect(() => damaged.summary("r_2")).toThrow(/JOURNAL_CORRUPT/);
    expect(damaged.summary("r_1")).toMatchObject({ runId: "r_1" });
  });

  test("are told of when the engine is closed before their write is over, and none is left without an answer", async () => {
    const folder = temporaryFolder();
    const engine = open(folder);
    await accept(engine, "r_0");
    const written = accept(engine, "r_1");
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = accept(engine, "r_2");
    engine.close();
    expect(await written).toBe(true);
    await expect(waiting).rejects.toThrow("RUN_LET_GO");
    expect(open(folder).list()).toHaveLength(2);
  });
});

describe("a thread", () => {
  test("X1 X3 answers in order, and what was asked before it is closed is done and answered", async () => {
    const folder = temporaryFolder();
    const thread = new Thread<object, unknown>("engine/local/journal-thread", { folder, owner: "here" });
    const body = JSON.stringify({ plan: plan([agent("a")]), timeoutMs: 1, atMs: 0 });
    const told: number[] = [];
    const asked = [0, 1, 2].map(async (n) => {
      const answer = await thread.ask({
        kind: "enrol",
        drafts: [{ runId: `r_${n % 2}`, kind: "accepted", body }],
      });
      told.push(n);
      return answer;
    });
    thread.close(new Error("closed"));
    expect(await Promise.all(asked)).toEqual([{ known: [] }, { known: [] }, { known: [0] }]);
    expect(told).toEqual([0, 1, 2]);
    await expect(thread.ask({ kind: "enrol", drafts: [] })).rejects.toThrow("closed");
  });

  test("X2 that cannot be begun, or ends, fails what is asked of it, then and later", async () => {
    const thread = new Thread("engine/local/no-such-module" as never, null);
    await expect(thread.ask(1)).rejects.toThrow("no-such-module");
    await expect(thread.ask(2)).rejects.toThrow("no-such-module");
    thread.close(new Error("closed"));
  });
});
