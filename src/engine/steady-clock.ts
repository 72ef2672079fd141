import type { Clock } from "../shared/clock.ts";

/** How often the clock is looked at while a wake is waited for, ms: so much may a span change when the clock is set. */
const LOOK_MS = 1_000;

/**
 * Purpose: the time of one run: it goes on when the clock under it is set back, and what waits does not notice.
 * Owns: how far it is ahead of that clock. Does not own: what time it is.
 * Invariants:
 * Y1 it never goes back, and begins no earlier than it is told.
 * Y2 a wake comes when its span is over, at most LOOK_MS sooner or later for each time the clock was set.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #lastMs: number;
  #aheadMs = 0;

  constructor(clock: Clock, fromMs = 0) {
    this.#clock = clock;
    this.#lastMs = fromMs;
  }

  nowMs(): number {
    const nowMs = this.#clock.nowMs() + this.#aheadMs;
    this.#aheadMs += Math.max(0, this.#lastMs - nowMs);
    this.#lastMs = Math.max(this.#lastMs, nowMs);
    return this.#lastMs;
  }

  at(atMs: number, wake: () => void): () => void {
    let sinceMs = this.nowMs();
    let leftMs = atMs - sinceMs;
    const look = (): void => {
      const nowMs = this.nowMs();
      leftMs -= Math.min(nowMs - sinceMs, 2 * LOOK_MS);
      sinceMs = nowMs;
      if (leftMs <= 0) wake();
      else disarm = arm();
    };
    const arm = (): (() => void) => {
      const nextMs = sinceMs - this.#aheadMs + Math.min(leftMs, LOOK_MS);
      return this.#clock.at(nextMs, look);
    };
    let disarm = arm();
    return () => disarm();
  }

  nextTurn(work: () => void): () => void {
    return this.#clock.nextTurn(work);
  }
}
