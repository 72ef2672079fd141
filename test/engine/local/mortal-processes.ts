import { expect } from "vitest";
import type { Performer } from "../../../src/actors/ports.ts";
import type { RunEnd } from "../../../src/engine/engine.ts";
import { readRun } from "../../../src/engine/journal.ts";
import { LEASE_MS } from "../../../src/engine/local/leases.ts";
import { LocalEngine, type LocalEngineOptions } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type Crash, CrashError, crashingJournal } from "./crashing-journal.ts";

/** The run `r_1` of one plan, driven by one process after the other; the first may die at a commit. */
export class MortalProcesses {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();
  /** Idempotency keys in the order in which work was begun. */
  readonly begun: string[] = [];
  commits = 0;
  crashes = 0;
  readonly #plan: Plan;
  readonly #performer: Performer;
  readonly #merges: NonNullable<LocalEngineOptions["merges"]>;

  constructor(
    plan: Plan,
    perform: Performer["perform"],
    merges: NonNullable<LocalEngineOptions["merges"]> = {},
  ) {
    this.#plan = plan;
    this.#merges = merges;
    this.#performer = {
      name: "scripted",
      perform: (task, context) => {
        this.begun.push(context.idempotencyKey);
        return perform(task, context);
      },
    };
  }

  /** Runs the plan with a crash in the first process, then without; gives the end. */
  async run(crash: Crash | null): Promise<RunEnd> {
    const engine = this.#engine(crash);
    try {
      return await this.#start(engine);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      this.crashes++;
    } finally {
      engine.close();
    }
    return this.#again();
  }

  problems(): readonly unknown[] {
    const journal = new SqliteJournal(this.folder, this.clock);
    const { problems } = journal.verify();
    journal.close();
    return problems;
  }

  async #again(): Promise<RunEnd> {
    const engine = this.#engine(null);
    try {
      const [known] = engine.list();
      if (!known) return await this.#start(engine);
      if (known.endedAtMs !== null) return engine.ended("r_1");
      const recorded = this.#recorded();
      const begunBefore = this.begun.length;
      const end = await engine.resume("r_1").ended;
      const again = this.begun.slice(begunBefore).filter((key) => recorded.has(key));
      expect(again, "recorded work that was done again").toEqual([]);
      expect(engine.ended("r_1")).toMatchObject({ faithful: true, board: end.board });
      return end;
    } finally {
      engine.close();
    }
  }

  #engine(crash: Crash | null): LocalEngine {
    // The process before may be the same one that runs this test: its lease must have run out.
    this.clock.advance(LEASE_MS + 1);
    return new LocalEngine({
      folder: this.folder,
      clock: this.clock,
      performers: new Map([["scripted", this.#performer]]),
      merges: this.#merges,
      openJournal: () =>
        crashingJournal(new SqliteJournal(this.folder, this.clock), crash, () => this.commits++),
    });
  }

  #start(engine: LocalEngine): Promise<RunEnd> {
    return engine.start(this.#plan, { runId: "r_1", timeoutMs: 3_600_000 }).ended;
  }

  /** The idempotency keys of what is recorded as done. */
  #recorded(): ReadonlySet<string> {
    const journal = new SqliteJournal(this.folder, this.clock);
    try {
      const { facts } = readRun(journal.read("r_1"));
      return new Set(
        facts.flatMap((fact) =>
          fact.type === "agent.completed" || fact.type === "agent.failed" || fact.type === "agent.asked"
            ? [`r_1/${fact.path}#${fact.attempt}`]
            : [],
        ),
      );
    } finally {
      journal.close();
    }
  }
}
