import type { Performer } from "../../src/actors/ports.ts";
import type { Journal } from "../../src/engine/journal.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import type { Clock } from "../../src/shared/clock.ts";
import type { JournalHost } from "./simulated-journal.ts";
import type { Party, SimulatedTime } from "./simulated-time.ts";

/** The process is gone, as far as whoever runs in it can tell. */
export class ProcessGone extends Error {
  override readonly name = "ProcessGone";
}

export type ProcessParts = {
  readonly pid: number;
  readonly time: SimulatedTime;
  readonly performerOf: (process: SimulatedProcess) => Performer;
  readonly clockOf: (process: SimulatedProcess) => Clock;
  readonly journalOf: (host: JournalHost) => Journal;
  readonly lives: (pid: number) => boolean;
  readonly write: (process: SimulatedProcess, ...parts: Parameters<JournalHost["write"]>) => void;
};

/**
 * Purpose: one process of the simulated world, with a durable engine in it.
 * Owns: whether it is up. Does not own: what befalls it.
 * Invariants:
 * P1 a dead process does nothing that anybody could notice: it hears, reads, writes and calls no more.
 * P2 a frozen one does nothing until it thaws; then it does what it should have done, in order.
 */
export class SimulatedProcess implements Party {
  readonly pid: number;
  readonly engine: LocalEngine;
  readonly held: (() => void)[] = [];
  readonly #time: SimulatedTime;
  state: "up" | "frozen" | "dead" = "up";

  constructor(parts: ProcessParts) {
    this.pid = parts.pid;
    this.#time = parts.time;
    const clock = parts.clockOf(this);
    const host: JournalHost = {
      pid: parts.pid,
      clock,
      alive: () => {
        if (this.state === "dead") throw new ProcessGone();
      },
      lives: parts.lives,
      write: (transaction, drafts) => parts.write(this, transaction, drafts),
    };
    const performer = parts.performerOf(this);
    this.engine = new LocalEngine({
      folder: "/simulated",
      clock,
      performers: new Map([[performer.name, performer]]),
      openJournal: () => parts.journalOf(host),
    });
  }

  die(): never {
    this.state = "dead";
    throw new ProcessGone();
  }

  thaw(): void {
    if (this.state !== "frozen") return;
    this.state = "up";
    // One at a time, as an event loop does it: what follows from one comes before the next.
    for (const run of this.held.splice(0)) this.#time.after(0, run, this);
  }
}
