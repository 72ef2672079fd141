import type { Clock } from "../../shared/clock.ts";
import type { Draft, Journal, Suspension } from "../journal.ts";
import { Patience } from "./patience.ts";

/** When a commit that another process's lock kept out is tried again, ms. */
const RETRY_MS = 25;

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
  /** Whether a thread of ours is writing: who asked for the journal now would stand still until it is done. */
  readonly isBarred: () => boolean;
  readonly lost: (runId: string) => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Purpose: make what happens in one turn of the event loop durable together, in one transaction.
 * Owns: what is not committed yet. Does not own: what is done with it afterwards.
 * Invariants:
 * C1 a record is told of after its commit, in the order in which it was added; never before, never twice.
 * C2 after a failure nothing is written and nothing told any more. A lock of another process is no failure yet.
 */
export class GroupCommit {
  readonly #ports: GroupCommitPorts;
  readonly #patience = new Patience();
  #waiting: Entry[] = [];
  #suspensions: Suspension[] = [];
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

  /** Keeps with the next commit what a run waits for. */
  note(suspension: Suspension): void {
    if (this.#stopped) return;
    this.#suspensions.push(suspension);
    this.#disarm ??= this.#ports.clock.nextTurn(() => this.flush());
  }

  /** Commits what has come so far, now; while that is barred, whoever bars it calls again. */
  flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    if (!this.#ports.isBarred()) this.#commit();
  }

  /** Commits for the last time. */
  close(): void {
    this.#commit();
    this.stop();
  }

  #commit(): void {
    const entries = this.#waiting;
    const suspensions = this.#suspensions;
    if (entries.length + suspensions.length === 0 || this.#stopped) return;
    try {
      const requests = entries.flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId]));
      const lost = new Set(this.#ports.journal().commit(entries, requests, suspensions));
      this.#waiting = [];
      this.#suspensions = [];
      this.#patience.renew();
      for (const entry of entries) if (!lost.has(entry.runId)) entry.committed();
      for (const runId of lost) this.#ports.lost(runId);
    } catch (error) {
      const nowMs = this.#ports.clock.nowMs();
      if (this.#patience.bears(error, nowMs)) {
        this.#disarm = this.#ports.clock.at(nowMs + RETRY_MS, () => this.flush());
        return;
      }
      this.stop();
      this.#ports.failed(error);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#suspensions = [];
    this.#disarm?.();
    this.#disarm = null;
  }
}
