import type { Claims } from "./problem.ts";

/** Sums of fractions of resources are off by less than this; whoever counts them allows for it. */
export const AMOUNT_TOLERANCE = 1e-9;

/**
 * Purpose: say when a piece of work fits beside what is placed already, and place it.
 * Owns: what is free from each event to the next, as a linked list of events in order of time.
 * Does not own: who waits for whom.
 * Invariants:
 * F1 nothing free falls below zero.
 * F2 `place` takes the earliest start from the given event on at which the whole work fits.
 */
export class ResourceProfile {
  readonly #claims: Claims;
  readonly #capacity: Float64Array;
  readonly #duration: Float64Array;
  readonly #time: Float64Array;
  readonly #next: Int32Array;
  readonly #free: Float64Array;
  #events = 0;
  #placedAt = 0;

  constructor(claims: Claims, capacity: Float64Array, duration: Float64Array) {
    // One event for the beginning, at most one for the end of each piece of work.
    const events = duration.length + 1;
    this.#claims = claims;
    this.#capacity = capacity;
    this.#duration = duration;
    this.#time = new Float64Array(events);
    this.#next = new Int32Array(events);
    this.#free = new Float64Array(events * capacity.length);
    this.clear();
  }

  clear(): void {
    this.#events = 1;
    this.#time[0] = 0;
    this.#next[0] = -1;
    this.#free.set(this.#capacity);
  }

  /** When the activity that was placed last starts. */
  get placedAt(): number {
    return this.#placedAt;
  }

  timeOf(event: number): number {
    return this.#time[event]!;
  }

  /** Places an activity as early as it fits from event `earliest` on; the event at which it ends. */
  place(activity: number, earliest: number): number {
    const time = this.#time;
    const next = this.#next;
    const length = this.#duration[activity]!;
    let start = earliest;
    let last = start;
    let at = start;
    let endsAt = time[start]! + length;
    while (at >= 0 && (time[at]! < endsAt || at === start)) {
      if (this.#fits(activity, at)) {
        last = at;
        at = next[at]!;
      } else {
        at = next[at]!;
        start = at;
        last = at;
        endsAt = time[start]! + length;
      }
    }
    this.#placedAt = time[start]!;
    if (length === 0) return start;
    const end = at >= 0 && time[at] === endsAt ? at : this.#insert(last, endsAt);
    this.#take(activity, start, end);
    return end;
  }

  #fits(activity: number, event: number): boolean {
    const { from, resource, amount } = this.#claims;
    const base = event * this.#capacity.length;
    const until = from[activity + 1]!;
    for (let claim = from[activity]!; claim < until; claim++) {
      if (this.#free[base + resource[claim]!]! + AMOUNT_TOLERANCE < amount[claim]!) return false;
    }
    return true;
  }

  #insert(previous: number, atTime: number): number {
    const event = this.#events++;
    const width = this.#capacity.length;
    this.#time[event] = atTime;
    this.#next[event] = this.#next[previous]!;
    this.#next[previous] = event;
    for (let name = 0; name < width; name++)
      this.#free[event * width + name] = this.#free[previous * width + name]!;
    return event;
  }

  #take(activity: number, start: number, end: number): void {
    const { from, resource, amount } = this.#claims;
    const until = from[activity + 1]!;
    for (let event = start; event !== end; event = this.#next[event]!) {
      const base = event * this.#capacity.length;
      for (let claim = from[activity]!; claim < until; claim++)
        this.#free[base + resource[claim]!]! -= amount[claim]!;
    }
  }
}
