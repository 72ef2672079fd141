import type { Clock } from "../shared/clock.ts";
import { Heap } from "../shared/heap.ts";

type Deadline<T> = { readonly timer: T; readonly atMs: number; readonly order: number };

/**
 * Purpose: many deadlines over one timer of the clock.
 * Owns: the set deadlines, each by the timer that it was set for. Does not own: what timers are.
 * Invariants:
 * Q1 a deadline fires once, never before its time, in order of time, then of setting; a cleared one never fires.
 * Q2 memory follows the deadlines that are set, not those that ever were.
 */
export class TimerQueue<T> {
  readonly #clock: Clock;
  readonly #fire: (timer: T, atMs: number) => void;
  readonly #live = new Map<T, Deadline<T>>();
  #heap = new Heap<Deadline<T>>(sooner);
  #armed: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #order = 0;

  constructor(clock: Clock, fire: (timer: T, atMs: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(timer: T, atMs: number): void {
    const deadline = { timer, atMs, order: this.#order++ };
    this.#live.set(timer, deadline);
    this.#heap.push(deadline);
    if (!this.#armed || atMs < this.#armed.atMs) this.#arm();
  }

  clear(timer: T): void {
    this.#live.delete(timer);
    if (this.#live.size === 0) this.clearAll();
    else if (this.#heap.size > 64 && this.#heap.size > 2 * this.#live.size) this.#compact();
  }

  clearAll(): void {
    this.#armed?.cancel();
    this.#armed = null;
    this.#live.clear();
    this.#heap = new Heap<Deadline<T>>(sooner);
  }

  #compact(): void {
    this.#heap = new Heap<Deadline<T>>(sooner);
    for (const deadline of this.#live.values()) this.#heap.push(deadline);
  }

  #arm(): void {
    this.#armed?.cancel();
    this.#armed = null;
    let next = this.#heap.peek();
    while (next && this.#live.get(next.timer) !== next) {
      this.#heap.pop();
      next = this.#heap.peek();
    }
    if (next) this.#armed = { atMs: next.atMs, cancel: this.#clock.at(next.atMs, () => this.#wake()) };
  }

  #wake(): void {
    this.#armed = null;
    const nowMs = this.#clock.nowMs();
    for (let next = this.#heap.peek(); next && next.atMs <= nowMs; next = this.#heap.peek()) {
      this.#heap.pop();
      if (this.#live.get(next.timer) !== next) continue;
      this.#live.delete(next.timer);
      this.#fire(next.timer, nowMs);
    }
    this.#arm();
  }
}

type Due = { readonly atMs: number; readonly order: number };

function sooner(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
