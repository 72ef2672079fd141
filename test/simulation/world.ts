import type { Performer } from "../../src/actors/ports.ts";
import type { Draft, Journal } from "../../src/engine/journal.ts";
import { journalError } from "../../src/engine/local/journal-error.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { Book } from "./book.ts";
import { Randomness } from "./randomness.ts";
import { casePlan, type Fault, type SimCase } from "./sim-case.ts";
import { type Change, SimulatedDisk, type TornPolicy } from "./simulated-disk.ts";
import { type JournalHost, SimulatedJournal } from "./simulated-journal.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { type Party, SimulatedTime } from "./simulated-time.ts";
import { SimulatedWork } from "./simulated-work.ts";
import { Trace } from "./trace.ts";

/** The run of every simulated world. */
export const RUN_ID = "r_simulated";

/** How a world is put together; a mutant replaces parts of it. */
export type Wiring = {
  readonly journal: (host: JournalHost, disk: SimulatedDisk) => Journal;
  readonly performer: (performer: Performer, process: SimulatedProcess | null) => Performer;
  readonly clock: (clock: Clock) => Clock;
  readonly plan: (plan: Plan) => Plan;
  /** Called in place of the disk's sync before a commit is told of. */
  readonly sync: (disk: SimulatedDisk, drafts: readonly Draft[]) => void;
  readonly torn: TornPolicy;
  /** Called when the power has gone. */
  readonly cut: (disk: SimulatedDisk) => void;
};

export const SOUND: Wiring = {
  journal: (host, disk) => new SimulatedJournal(host, disk),
  performer: (performer) => performer,
  clock: (clock) => clock,
  plan: (plan) => plan,
  sync: (disk) => disk.sync(),
  torn: "discard",
  cut: () => {},
};

/**
 * Purpose: all that a simulated run can ask for: time, chance, ids, a store, performers.
 * Owns: the only sources of what is not determined by the code. Does not own: what is done with them.
 * Invariant: Z1 the same case and the same code give the same trace, byte for byte.
 */
export class World {
  readonly randomness: Randomness;
  readonly clock: SimulatedTime;
  readonly ids: { readonly runId: string; nextPid(): number };
  readonly store = new SimulatedDisk();
  readonly performers: SimulatedWork;
  readonly plan: Plan;
  readonly trace = new Trace();
  readonly book: Book;
  readonly #wiring: Wiring;
  readonly #case: SimCase;
  readonly #processes = new Map<number, SimulatedProcess>();
  #commits = 0;

  constructor(one: SimCase, wiring: Wiring = SOUND) {
    let pids = 0;
    this.#case = one;
    this.#wiring = wiring;
    this.randomness = new Randomness(one.ties);
    this.clock = new SimulatedTime(this.randomness);
    this.ids = { runId: RUN_ID, nextPid: () => ++pids };
    this.plan = casePlan(one);
    this.book = new Book(one, this.plan, this.clock, this.trace, {
      runId: RUN_ID,
      driverOf: () => this.store.lease(RUN_ID)?.owner ?? null,
    });
    this.performers = new SimulatedWork(one, this.clock, this.book);
  }

  /** The plan as the engine is given it. */
  get givenPlan(): Plan {
    return this.#wiring.plan(this.plan);
  }

  /** A process that is not there yet. */
  newProcess(): SimulatedProcess {
    const made = new SimulatedProcess({
      pid: this.ids.nextPid(),
      time: this.clock,
      clockOf: (process) => this.clockOf(process),
      performerOf: (process) => this.#wiring.performer(this.performers.performerOf(process), process),
      journalOf: (host) => this.#wiring.journal(host, this.store),
      lives: (pid) => this.#processes.get(pid)?.state !== "dead",
      write: (process, changes, drafts) => this.#write(process, changes, drafts),
    });
    this.#processes.set(made.pid, made);
    return made;
  }

  clockOf(party: Party): Clock {
    return this.#wiring.clock(this.clock.clockOf(party));
  }

  /** What an engine that keeps nothing is given for its performer. */
  performerFor(party: Party & { readonly pid: number }): Performer {
    return this.#wiring.performer(this.performers.performerOf(party), null);
  }

  /** The power goes for one process and for what was not synced. */
  cutPower(process: SimulatedProcess, cut = { kept: 0, torn: false }): void {
    this.trace.note(`${this.clock.nowMs} ${process.pid} dies`);
    process.state = "dead";
    this.store.cut(cut, this.#wiring.torn);
    this.#wiring.cut(this.store);
    this.book.over(process.pid, "dead");
    this.book.survived(this.store.durable(RUN_ID));
  }

  #write(process: SimulatedProcess, changes: readonly Change[], drafts: readonly Draft[]): void {
    const fault = drafts.length > 0 ? this.#faultOf(this.#commits++) : undefined;
    if (fault?.kind === "write.error" && !fault.written) throw fullDisk();
    if (fault?.kind === "busy") throw journalError("JOURNAL_BUSY", "simulated", "database is locked");
    if (fault?.kind === "crash" && fault.moment === "before") this.#die(process, 0);
    this.store.write(changes);
    if (fault?.kind === "crash" && fault.moment !== "synced")
      this.#die(process, fault.moment === "kept" ? 1 : 0, fault.moment === "torn");
    this.#wiring.sync(this.store, drafts);
    if (fault?.kind === "crash") this.#die(process, 0);
    if (fault?.kind === "write.error") {
      this.book.survived(this.store.durable(RUN_ID));
      throw fullDisk();
    }
    this.book.committed(process.pid, drafts);
  }

  #die(process: SimulatedProcess, kept: number, torn = false): never {
    this.cutPower(process, { kept, torn });
    return process.die();
  }

  #faultOf(commit: number): Extract<Fault, { readonly commit: number }> | undefined {
    return this.#case.faults.find((fault) => "commit" in fault && fault.commit === commit) as
      | Extract<Fault, { readonly commit: number }>
      | undefined;
  }
}

function fullDisk(): Error {
  return journalError("JOURNAL_WRITE_FAILED", "simulated", "database or disk is full");
}
