import type { Clock } from "../../shared/clock.ts";

/** How long work may be begun within one turn of the event loop, ms. */
const TURN_MS = 3;

/**
 * Purpose: have what many want done a few at a time, so that what was done goes on its way while the rest is done.
 * Owns: who waits. Does not own: the work.
 * Invariants:
 * Q1 who came first is served first, each once; what one throws is told to him alone.
 * Q2 nothing is begun in a turn of the event loop that has served for `TURN_MS`; something is in each.
 */
export class Turns {
  readonly #clock: Pick<Clock, "nowMs" | "nextTurn">;
  readonly #waiting: (() => void)[] = [];
  /** When the first of this turn was served; null: nobody was yet. */
  #servedSinceMs: number | null = null;

  constructor(clock: Pick<Clock, "nowMs" | "nextTurn">) {
    this.#clock = clock;
  }

  /** Gives what the work gives, at once where nobody waits. */
  serve<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      if (this.#waiting.length === 1) this.#go();
    });
  }

  #go(): void {
    const nowMs = this.#clock.nowMs();
    const isFirst = this.#servedSinceMs === null;
    this.#servedSinceMs ??= nowMs;
    for (let atMs = nowMs; atMs - this.#servedSinceMs < TURN_MS; atMs = this.#clock.nowMs()) {
      const next = this.#waiting[0];
      if (!next) break;
      next();
      this.#waiting.shift();
    }
    // Set after what the work has set for the next turn: that comes before more of it.
    if (isFirst)
      this.#clock.nextTurn(() => {
        this.#servedSinceMs = null;
        if (this.#waiting.length > 0) this.#go();
      });
  }
}
