import { WaitingLine } from "./waiting-line.ts";

export type BulkheadSettings = {
  /** Calls at work at the same time. */
  readonly atOnce: number;
  /** Calls that may wait, first come first served. */
  readonly queue: number;
};

/** `in`: the call holds a place, and must leave it; `full`: there is no place, not even to wait. */
export type Place = "in" | "full" | "aborted";

/**
 * Purpose: keep a resource from more calls than it can bear, and others from waiting for it without end.
 * Owns: the places, who waits for one. Does not own: the calls.
 * Invariants:
 * H1 at most `atOnce` calls hold a place; at most `queue` wait.
 * H2 a place that is left goes to the call that has waited longest, before any that comes later.
 * H3 a call that is aborted while it waits has left the queue at once.
 */
export class Bulkhead {
  readonly #settings: BulkheadSettings;
  readonly #line = new WaitingLine<Place>("aborted");
  #held = 0;

  constructor(settings: BulkheadSettings) {
    this.#settings = settings;
  }

  get held(): number {
    return this.#held;
  }

  get waiting(): number {
    return this.#line.length;
  }

  enter(signal: AbortSignal): Place | Promise<Place> {
    const { atOnce, queue } = this.#settings;
    if (this.#held < atOnce) {
      this.#held++;
      return "in";
    }
    return this.#line.length < queue ? this.#line.join(signal, null) : "full";
  }

  leave(): void {
    // The place goes from hand to hand: were it free in between, a newcomer could take it.
    if (!this.#line.wakeFirst("in")) this.#held--;
  }
}
