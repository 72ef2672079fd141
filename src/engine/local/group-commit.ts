import type { Clock } from "../../shared/clock.ts";
import type { Draft, Suspension } from "../journal.ts";
import { Patience } from "./patience.ts";

/** When a commit that another process's lock kept out is tried again, ms. */
const RETRY_MS = 25;

export type Entry = Draft & {
  /** The request of another process that this record answers: it is done with the same commit. */
  readonly requestId?: number;
  /** Called once the record is durable. */
  readonly committed: () => void;
};

type Group = { readonly entries: readonly Entry[]; readonly suspensions: readonly Suspension[] };

export type GroupCommitPorts = {
  readonly clock: Clock;
  /** `Journal.commit`, at once or by a thread. */
  readonly commit: (
    drafts: readonly Draft[],
    requestsDone: readonly number[],
    suspensions: readonly Suspension[],
  ) => readonly string[] | Promise<readonly string[]>;
  readonly lost: (runId: string) => void;
  readonly failed: (error: unknown) => void;
};

/**
 * Purpose: make what happens in one turn of the event loop durable together, in one transaction; where that takes longer, one
 * transaction at a time.
 * Owns: what is not committed yet. Does not own: what is done with it afterwards.
 * Invariants:
 * C1 a record is told of after its commit, in the order in which it was added; never before, never twice.
 * C2 after a failure nothing is written and nothing told any more. A lock of another process is no failure yet.
 */
export class GroupCommit {
  readonly #ports: GroupCommitPorts;
  readonly #patience = new Patience();
  readonly #calmed: (() => void)[] = [];
  #waiting: Entry[] = [];
  #suspensions: Suspension[] = [];
  #disarm: (() => void) | null = null;
  #isWriting = false;
  #stopped = false;

  constructor(ports: GroupCommitPorts) {
    this.#ports = ports;
  }

  add(entry: Entry): void {
    if (this.#stopped) return;
    this.#waiting.push(entry);
    this.#arm();
  }

  /** Keeps with the next commit what a run waits for. */
  note(suspension: Suspension): void {
    if (this.#stopped) return;
    this.#suspensions.push(suspension);
    this.#arm();
  }

  /** Resolves when nothing is being written. */
  calm(): Promise<void> {
    return this.#isWriting ? new Promise((resolve) => this.#calmed.push(resolve)) : Promise.resolve();
  }

  /** Commits what has come so far, for the last time; what is on its way to a thread is written before it. */
  close(): void {
    this.#commit();
    this.stop();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#suspensions = [];
    this.#disarm?.();
    this.#disarm = null;
  }

  #arm(): void {
    if (this.#isWriting) return;
    this.#disarm ??= this.#ports.clock.nextTurn(() => this.#commit());
  }

  #commit(): void {
    this.#disarm?.();
    this.#disarm = null;
    const group: Group = { entries: this.#waiting, suspensions: this.#suspensions };
    if (group.entries.length + group.suspensions.length === 0) return;
    this.#waiting = [];
    this.#suspensions = [];
    const requests = group.entries.flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId]));
    try {
      const lost = this.#ports.commit(group.entries, requests, group.suspensions);
      if (lost instanceof Promise) void this.#whenWritten(group, lost);
      else this.#written(group, lost);
    } catch (error) {
      this.#notWritten(group, error);
    }
  }

  async #whenWritten(group: Group, writing: Promise<readonly string[]>): Promise<void> {
    this.#isWriting = true;
    try {
      const lost = await writing;
      this.#isWriting = false;
      if (!this.#stopped) this.#written(group, lost);
    } catch (error) {
      this.#isWriting = false;
      if (!this.#stopped) this.#notWritten(group, error);
    }
    for (const resolve of this.#calmed.splice(0)) resolve();
    if (this.#waiting.length + this.#suspensions.length > 0) this.#arm();
  }

  #written({ entries }: Group, lost: readonly string[]): void {
    this.#patience.renew();
    for (const entry of entries) if (!lost.includes(entry.runId)) entry.committed();
    for (const runId of lost) this.#ports.lost(runId);
  }

  #notWritten({ entries, suspensions }: Group, error: unknown): void {
    const nowMs = this.#ports.clock.nowMs();
    if (this.#patience.bears(error, nowMs)) {
      this.#waiting = [...entries, ...this.#waiting];
      this.#suspensions = [...suspensions, ...this.#suspensions];
      this.#disarm = this.#ports.clock.at(nowMs + RETRY_MS, () => this.#commit());
      return;
    }
    this.stop();
    this.#ports.failed(error);
  }
}
