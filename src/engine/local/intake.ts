import type { Clock } from "../../shared/clock.ts";
import type { Draft, Journal } from "../journal.ts";
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
  readonly journal: () => Pick<Journal, "enrol">;
  readonly failed: (error: unknown) => void;
};

/**
 * Purpose: take on what comes in one turn of the event loop in one transaction, so that many runs share one write.
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
  #stopped: { readonly error: unknown } | null = null;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  add(draft: Draft): Promise<boolean> {
    if (this.#stopped) return Promise.reject(this.#stopped.error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      this.#disarm ??= this.#ports.clock.nextTurn(() => this.#flush());
    });
  }

  stop(error: unknown): void {
    this.#stopped ??= { error };
    this.#disarm?.();
    this.#disarm = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  #flush(): void {
    this.#disarm = null;
    try {
      const known = new Set(this.#ports.journal().enrol(this.#waiting.map(({ draft }) => draft)));
      const taken = this.#waiting;
      this.#waiting = [];
      this.#patience.renew();
      for (const { draft, resolve } of taken) resolve(!known.has(draft));
    } catch (error) {
      const { clock, failed } = this.#ports;
      if (this.#patience.bears(error, clock.nowMs())) {
        this.#disarm = clock.at(clock.nowMs() + RETRY_MS, () => this.#flush());
        return;
      }
      this.stop(error);
      failed(error);
    }
  }
}
