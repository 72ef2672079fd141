import { describe, expect, test } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import type { RunEnd, RunHandle } from "../../../src/engine/engine.ts";
import { readRun } from "../../../src/engine/journal.ts";
import { LEASE_MS } from "../../../src/engine/local/leases.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, chain, fork, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Crash, crashingJournal } from "./crashing-journal.ts";

const PLAN = plan([
  chain("c", [
    agent("first"),
    fork("f", [agent("x"), agent("flaky", { attempts: 3, backoff: "none" }), agent("bug"), agent("y")], {
      needs: ["first"],
      supervision: {},
    }),
    agent("last", { needs: ["f"] }),
  ]),
]);

/** Every process that works on one folder, one after the other. */
class Processes {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();
  /** Idempotency keys in the order in which work was begun. */
  readonly begun: string[] = [];
  commits = 0;
  crashes = 0;

  engine(crash: Crash | null): LocalEngine {
    // The process before may be the same one that runs this test: its lease must have run out.
    this.clock.advance(LEASE_MS + 1);
    return new LocalEngine({
      folder: this.folder,
      clock: this.clock,
      performers: new Map([["scripted", this.#performer()]]),
      openJournal: () =>
        crashingJournal(new SqliteJournal(this.folder, this.clock), crash, () => this.commits++),
    });
  }

  /** Runs the plan with a crash in the first process, then without; gives the end. */
  async run(crash: Crash): Promise<RunEnd> {
    const first = this.engine(crash);
    try {
      return await first.start(PLAN, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
    } catch (error) {
      if ((error as Error).name !== "CrashError") throw error;
      this.crashes++;
      return await this.#again(first);
    }
  }

  /** What is recorded as done. */
  recorded(): ReadonlySet<string> {
    const journal = new SqliteJournal(this.folder, this.clock);
    try {
      const facts = readRun(journal.read("r_1")).facts;
      return new Set(
        facts.flatMap((fact) =>
          fact.type === "agent.completed" || fact.type === "agent.failed"
            ? [`r_1/${fact.path}#${fact.attempt}`]
            : [],
        ),
      );
    } finally {
      journal.close();
    }
  }

  problems(): readonly unknown[] {
    const journal = new SqliteJournal(this.folder, this.clock);
    const { problems } = journal.verify();
    journal.close();
    return problems;
  }

  async #again(crashed: LocalEngine): Promise<RunEnd> {
    crashed.close();
    const engine = this.engine(null);
    const known = engine.list();
    if (known.length === 0) return engine.start(PLAN, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
    if (known[0]!.endedAtMs !== null) return engine.ended("r_1");
    const recorded = this.recorded();
    const begunBefore = this.begun.length;
    const handle: RunHandle = engine.resume("r_1");
    const end = await handle.ended;
    engine.close();
    const again = this.begun.slice(begunBefore).filter((key) => recorded.has(key));
    expect(again, "recorded work that was done again").toEqual([]);
    return end;
  }

  #performer(): Performer {
    return {
      name: "scripted",
      perform: async (task, { idempotencyKey }) => {
        this.begun.push(idempotencyKey);
        if (task.path.endsWith("flaky") && task.attempt < 3)
          return { kind: "failed", failure: { code: "FLAKY", message: "not yet", retryable: true } };
        if (task.path.endsWith("bug") && task.attempt === 1) throw new Error("a bug");
        return { kind: "completed", output: `did ${task.path}`, confidence: { value: 1, source: "checked" } };
      },
    };
  }
}

/** What an answer says, times left out: an interrupted run takes longer. */
function saidBy(end: RunEnd): unknown {
  return {
    status: end.status,
    results: end.answer!.results.map(({ path, status, output, attempts }) => ({
      path,
      status,
      output,
      attempts,
    })),
  };
}

describe("a process that dies at a commit", () => {
  test.each(["before", "after"] as const)("just %s it: the run ends as if it had not", async (when) => {
    const whole = new Processes();
    const end = await whole.engine(null).start(PLAN, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
    expect(whole.commits).toBeGreaterThan(6);
    expect(whole.begun.length).toBe(9);
    expect(new Set(whole.begun).size).toBe(9);
    for (let at = 1; at <= whole.commits; at++) {
      const world = new Processes();
      const after = await world.run({ at, when });
      expect(world.crashes, `commit ${at}`).toBe(1);
      expect(saidBy(after), `commit ${at}`).toEqual(saidBy(end));
      // What was begun twice was in flight, and has the key that it had.
      expect(new Set(world.begun), `commit ${at}`).toEqual(new Set(whole.begun));
      expect(world.problems(), `commit ${at}`).toEqual([]);
    }
  });
});
