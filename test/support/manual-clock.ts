import { type Clock, systemClock } from "../../src/shared/clock.ts";

type Wake = { readonly atMs: number; readonly order: number; readonly wake: () => void };

/**
 * A clock that stands still until it is told to go on; what is set for a time that has passed is called at once, but not
 * before the caller has returned. Starts at 2026-01-01T00:00:00Z.
 */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  #elapsedMs = 0;
  #order = 0;
  #armed = Promise.withResolvers<void>();
  readonly #wakes = new Set<Wake>();

  nowMs(): number {
    return this.#nowMs;
  }

  /** As it was moved on; what it was set to is no part of that. */
  elapsedMs(): number {
    return this.#elapsedMs;
  }

  at(atMs: number, wake: () => void): () => void {
    const entry = { atMs, order: this.#order++, wake };
    this.#wakes.add(entry);
    if (atMs <= this.#nowMs) queueMicrotask(() => this.#wakes.delete(entry) && wake());
    else this.#armed.resolve();
    return () => this.#wakes.delete(entry);
  }

  /** The event loop's own next turn: it needs no time. */
  nextTurn(work: () => void): () => void {
    return systemClock.nextTurn(work);
  }

  /** How many wakes are still to come. */
  get pending(): number {
    return this.#wakes.size;
  }

  /** Resolves when the next wake is set for a time to come. */
  nextArmed(): Promise<void> {
    this.#armed = Promise.withResolvers<void>();
    return this.#armed.promise;
  }

  /** Moves on by a span; calls what falls due on the way, each at its own time, those it sets too. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(); next && next.atMs <= untilMs; next = this.#next()) {
      this.#wakes.delete(next);
      this.#goTo(Math.max(this.#nowMs, next.atMs));
      next.wake();
    }
    this.#goTo(untilMs);
  }

  /** Sets the time, also back, and calls nothing. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #goTo(nowMs: number): void {
    this.#elapsedMs += nowMs - this.#nowMs;
    this.#nowMs = nowMs;
  }

  #next(): Wake | undefined {
    let first: Wake | undefined;
    for (const wake of this.#wakes) {
      if (!first || wake.atMs < first.atMs || (wake.atMs === first.atMs && wake.order < first.order))
        first = wake;
    }
    return first;
  }
}
