import { expect, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import type { RunEnd } from "../../../src/engine/engine.ts";
import { LEASE_MS } from "../../../src/engine/local/leases.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import type { Json } from "../../../src/shared/json.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Crash, crashingJournal } from "./crashing-journal.ts";

const NAMES = ["a", "b", "c"];
const SHARED: Plan = {
  ...plan([
    chain("c", [
      fork(
        "f",
        NAMES.map((name) => agent(name, { publish: { seen: "{{ output }}" } })),
      ),
      agent("last", {
        needs: ["f"],
        prompt: "{{ board.count }} {{ board.log }}",
        publish: { told: "{{ output }}" },
      }),
    ]),
  ]),
  blackboard: { seen: "union", log: { function: "append" } },
};
const merges = { append: (present: Json, written: Json): Json => [present, written].flat() };

/** Counts to two with compare-and-set and writes a line, as often as it is begun. */
const counting: Performer = {
  name: "scripted",
  perform: async (task, { board }) => {
    if (task.path.endsWith("last"))
      return { kind: "completed", output: task.prompt!, confidence: { value: 1, source: "checked" } };
    for (let done = 0; done < 2; ) {
      const entry = await board.get("count");
      const value = ((entry?.value as number | undefined) ?? 0) + 1;
      const receipt = await board.put({ key: "count", value, ifVersion: entry?.version ?? 0 });
      if (receipt.kind === "written") done++;
    }
    await board.put({ key: "log", value: [task.path] });
    return { kind: "completed", output: task.path, confidence: { value: 1, source: "checked" } };
  },
};

/** Processes on one folder; the first may die at a commit. */
class Processes {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();
  commits = 0;
  crashes = 0;

  engine(crash: Crash | null): LocalEngine {
    this.clock.advance(LEASE_MS + 1);
    return new LocalEngine({
      folder: this.folder,
      clock: this.clock,
      performers: new Map([["scripted", counting]]),
      merges,
      openJournal: () =>
        crashingJournal(new SqliteJournal(this.folder, this.clock), crash, () => this.commits++),
    });
  }

  async run(crash: Crash | null): Promise<RunEnd> {
    const first = this.engine(crash);
    try {
      return await first.start(SHARED, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
    } catch (error) {
      if ((error as Error).name !== "CrashError") throw error;
      this.crashes++;
    } finally {
      first.close();
    }
    const engine = this.engine(null);
    const known = engine.list();
    if (known.length === 0) return engine.start(SHARED, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
    if (known[0]!.endedAtMs !== null) return engine.ended("r_1");
    const end = await engine.resume("r_1").ended;
    expect(engine.ended("r_1")).toMatchObject({ faithful: true, board: end.board });
    engine.close();
    return end;
  }
}

test.each(["before", "after"] as const)(
  "a process that dies just %s any commit: after the resume every write has counted once",
  async (when) => {
    const whole = new Processes();
    const end = await whole.run(null);
    expect(end.board).toMatchObject({
      count: { value: 6, version: 6 },
      seen: { value: NAMES.map((name) => `c/f/${name}`), version: 3 },
      told: { version: 1 },
    });
    expect(whole.commits).toBeGreaterThan(8);
    for (let at = 1; at <= whole.commits; at++) {
      const world = new Processes();
      const { board, status } = await world.run({ at, when });
      expect(world.crashes, `commit ${at}`).toBe(1);
      expect(status, `commit ${at}`).toBe("succeeded");
      expect(board.count, `commit ${at}`).toMatchObject({ value: 6, version: 6 });
      expect(board.seen, `commit ${at}`).toEqual({ ...end.board.seen, by: board.seen!.by });
      expect([...(board.log!.value as string[])].sort(), `commit ${at}`).toEqual(
        NAMES.map((name) => `c/f/${name}`),
      );
    }
  },
);

test("an engine without a merge function that a run needs refuses to read or resume it, and lists it", async () => {
  const world = new Processes();
  await world.run(null);
  const poor = new LocalEngine({ folder: world.folder, clock: world.clock, performers: new Map() });
  expect(() => poor.ended("r_1")).toThrow("BOARD_MERGE_UNKNOWN");
  expect(poor.list()).toHaveLength(1);
  poor.close();
});
