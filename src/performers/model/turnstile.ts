/**
 * Purpose: have work that begins in the same turn of the event loop be prepared one after the other. Prepared at once, it takes its steps in
 * turns, promise by promise, and of a hundred questions the first is on its way when the last is ready.
 * Owns: who was first in this turn. Does not own: how many may be at work (the run's slots).
 * Invariants:
 * T1 the first of a turn does not wait; each other one has a turn of its own, in order of arrival.
 */
export class Turnstile {
  #isTaken = false;

  pass(): Promise<void> | undefined {
    if (this.#isTaken) return new Promise((resolve) => void setImmediate(resolve));
    this.#isTaken = true;
    // After all promises that are settled by now.
    process.nextTick(() => {
      this.#isTaken = false;
    });
    return undefined;
  }
}
