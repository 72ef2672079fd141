import type { Clock } from "../../shared/clock.ts";
import type { Draft, Journal } from "../journal.ts";

export type Entry = Draft & {
  /** The request of another process that this record answers: it is done with the same commit. */
  readonly requestId?: number;
  /** Called once the record is durable. */
  readonly committed: () => void;
};

export type GroupCommitPorts = {
  readonly clock: Clock;
  /** Opened when the first record comes. */
  readonly journal: () => Journal;
  readonly lost: (runId: string) => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Purpose: make what happens in one turn of the event loop durable together, in one transaction.
 * Owns: what is not committed yet. Does not own: what is done with it afterwards.
 * Invariants:
 * C1 a record is told of after its commit, in the order in which it was added; never before, never twice.
 * C2 after a failure nothing is written and nothing told any more.
 */
export class GroupCommit {
  readonly #ports: GroupCommitPorts;
  #waiting: Entry[] = [];
  #disarm: (() => void) | null = null;
  #stopped = false;

  constructor(ports: GroupCommitPorts) {
    this.#ports = ports;
  }

  add(entry: Entry): void {
    if (this.#stopped) return;
    this.#waiting.push(entry);
    this.#disarm ??= this.#ports.clock.nextTurn(() => this.flush());
  }

  /** Commits what has come so far, now. */
  flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    if (this.#waiting.length === 0 || this.#stopped) return;
    const entries = this.#waiting;
    this.#waiting = [];
    try {
      const requests = entries.flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId]));
      const lost = new Set(this.#ports.journal().commit(entries, requests));
      for (const entry of entries) if (!lost.has(entry.runId)) entry.committed();
      for (const runId of lost) this.#ports.lost(runId);
    } catch (error) {
      this.stop();
      this.#ports.failed(error);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#disarm?.();
    this.#disarm = null;
  }
}
