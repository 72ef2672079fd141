import type { Clock } from "../shared/clock.ts";

/** What the clock may gain or lose between two looks, ms; more, and it was set, or the machine was asleep. */
const DRIFT_MAX_MS = 1_000;

/**
 * Purpose: the time of one run: it goes on evenly when the clock under it is set, and what waits does not notice.
 * Owns: how far it is ahead of that clock. Does not own: what time it is.
 * Invariants:
 * Y1 it never goes back, and begins no earlier than it is told.
 * Y2 a wake comes when its span is over, at most DRIFT_MAX_MS sooner or later for each time the clock was set; what the machine slept through is no
 *    part of a span, what the process was busy for is.
 */
export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #lastMs: number;
  #aheadMs: number;
  #elapsedMs: number | undefined;

  constructor(clock: Clock, fromMs = 0) {
    const nowMs = clock.nowMs();
    this.#clock = clock;
    this.#lastMs = Math.max(nowMs, fromMs);
    this.#aheadMs = this.#lastMs - nowMs;
    this.#elapsedMs = clock.elapsedMs?.();
  }

  nowMs(): number {
    const goneMs = this.#clock.nowMs() + this.#aheadMs - this.#lastMs;
    const passedMs = this.#passedMs() ?? Math.max(goneMs, 0);
    const isSet = goneMs < 0 || Math.abs(goneMs - passedMs) > DRIFT_MAX_MS;
    const spanMs = isSet ? passedMs : goneMs;
    this.#aheadMs += spanMs - goneMs;
    this.#lastMs += spanMs;
    return this.#lastMs;
  }

  at(atMs: number, wake: () => void): () => void {
    const arm = (): (() => void) => {
      const leftMs = atMs - this.nowMs();
      return this.#clock.at(this.#clock.nowMs() + leftMs, () => {
        if (this.nowMs() < atMs) disarm = arm();
        else wake();
      });
    };
    let disarm = arm();
    return () => disarm();
  }

  nextTurn(work: () => void): () => void {
    return this.#clock.nextTurn(work);
  }

  /** What has gone by since the last look, by the clock that nobody sets; undefined: there is none. */
  #passedMs(): number | undefined {
    const elapsedMs = this.#clock.elapsedMs?.();
    if (elapsedMs === undefined || this.#elapsedMs === undefined) return undefined;
    const passedMs = Math.round(elapsedMs - this.#elapsedMs);
    this.#elapsedMs = elapsedMs;
    return passedMs;
  }
}
