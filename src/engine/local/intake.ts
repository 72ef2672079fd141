import type { Clock } from "../../shared/clock.ts";
import type { Draft } from "../journal.ts";
import { Patience } from "./patience.ts";

/** When acceptances that another process's lock kept out are tried again, ms. */
const RETRY_MS = 25;

type Waiting = {
  readonly draft: Draft;
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
};

export type IntakePorts = {
  readonly clock: Clock;
  /** Writes runs in one transaction; gives those whose id is recorded already. */
  readonly enrol: (drafts: readonly Draft[]) => Promise<readonly Draft[]>;
  readonly failed: (error: unknown) => void;
};

/**
 * Purpose: take runs on in groups, one group at a time: whoever comes while one is written goes with the next.
 * Owns: the runs that are not taken on yet. Does not own: who drives them afterwards.
 * Invariants:
 * K1 `add` resolves after the commit, never before: true when the run is new, false when its id was recorded already.
 * K2 after a failure, or `stop`, nothing is taken on any more and everybody who waits is told. A lock is no failure yet.
 */
export class Intake {
  readonly #ports: IntakePorts;
  readonly #patience = new Patience();
  #waiting: Waiting[] = [];
  #disarm: (() => void) | null = null;
  readonly #calmed: (() => void)[] = [];
  #isWriting = false;
  #stopped: { readonly error: unknown } | null = null;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  add(draft: Draft): Promise<boolean> {
    if (this.#stopped) return Promise.reject(this.#stopped.error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      if (!this.#isWriting) this.#disarm ??= this.#ports.clock.nextTurn(() => void this.#flush());
    });
  }

  /** Resolves when no group is being written; whoever waits has his turn before the next one is. */
  calm(): Promise<void> {
    return this.#isWriting ? new Promise((resolve) => this.#calmed.push(resolve)) : Promise.resolve();
  }

  /** Whoever is being written is still told what became of it. */
  stop(error: unknown): void {
    this.#stopped ??= { error };
    this.#disarm?.();
    this.#disarm = null;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async #flush(): Promise<void> {
    this.#disarm = null;
    const { clock, enrol, failed } = this.#ports;
    const group = this.#waiting;
    this.#waiting = [];
    this.#isWriting = true;
    try {
      const known = new Set(await enrol(group.map(({ draft }) => draft)));
      this.#patience.renew();
      for (const { draft, resolve } of group) resolve(!known.has(draft));
    } catch (error) {
      if (this.#stopped || !this.#patience.bears(error, clock.nowMs())) {
        for (const { reject } of group) reject(error);
        if (!this.#stopped) failed(error);
      } else {
        this.#waiting = [...group, ...this.#waiting];
        this.#disarm = clock.at(clock.nowMs() + RETRY_MS, () => void this.#flush());
      }
    }
    this.#isWriting = false;
    for (const resolve of this.#calmed.splice(0)) resolve();
    if (this.#waiting.length > 0 && !this.#stopped) this.#disarm ??= clock.nextTurn(() => void this.#flush());
  }
}
