import type { Clock } from "../shared/clock.ts";

/** How often the clock is looked at while a wake is waited for, ms. */
const LOOK_MS = 1_000;

/** What goes by between two looks beyond this, ms, is no time: the clock was set, or the process was held or the machine asleep. */
const SLOWEST_LOOK_MS = 2 * LOOK_MS;

/**
 * Purpose: the time of one run: it goes on evenly when the clock under it is set, and what waits does not notice.
 * Owns: how far it is ahead of that clock. Does not own: what time it is.
 * Invariants:
 * Y1 it never goes back, and begins no earlier than it is told.
 * Y2 a wake comes when its span is over, at most SLOWEST_LOOK_MS sooner or later for each time the clock was set; so it is for each of
 *    many that wait.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #lastMs: number;
  #aheadMs = 0;
  /** Wakes that are waited for: while there is one, the clock is looked at. */
  #waiting = 0;

  constructor(clock: Clock, fromMs = 0) {
    this.#clock = clock;
    this.#lastMs = fromMs;
  }

  nowMs(): number {
    const goneMs = this.#clock.nowMs() + this.#aheadMs - this.#lastMs;
    const isSet = goneMs < 0 || (goneMs > SLOWEST_LOOK_MS && this.#waiting > 0);
    const spanMs = isSet ? Math.min(Math.max(goneMs, 0), LOOK_MS) : goneMs;
    this.#aheadMs += spanMs - goneMs;
    this.#lastMs += spanMs;
    return this.#lastMs;
  }

  at(atMs: number, wake: () => void): () => void {
    let isWaiting = true;
    this.#waiting++;
    const end = (): void => {
      if (isWaiting) this.#waiting--;
      isWaiting = false;
    };
    const arm = (nowMs: number): (() => void) =>
      this.#clock.at(nowMs - this.#aheadMs + Math.min(atMs - nowMs, LOOK_MS), () => {
        const lookedAtMs = this.nowMs();
        if (lookedAtMs < atMs) {
          disarm = arm(lookedAtMs);
          return;
        }
        end();
        wake();
      });
    let disarm = arm(this.nowMs());
    return () => {
      end();
      disarm();
    };
  }

  nextTurn(work: () => void): () => void {
    return this.#clock.nextTurn(work);
  }
}
