import type { Clock } from "../shared/clock.ts";
import { Heap } from "../shared/heap.ts";

type Timer = { readonly id: string; readonly atMs: number; readonly order: number };

/**
 * Purpose: many deadlines over one timer of the clock.
 * Owns: the set deadlines. Does not own: what they are for.
 * Invariants:
 * Q1 a deadline fires once, never before its time, in order of time, then of setting; a cleared one never fires.
 * Q2 memory follows the deadlines that are set, not those that ever were.
 */
export class TimerQueue {
  readonly #clock: Clock;
  readonly #fire: (id: string, atMs: number) => void;
  readonly #live = new Map<string, Timer>();
  #heap = new Heap<Timer>(sooner);
  #armed: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #order = 0;

  constructor(clock: Clock, fire: (id: string, atMs: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(id: string, atMs: number): void {
    const timer = { id, atMs, order: this.#order++ };
    this.#live.set(id, timer);
    this.#heap.push(timer);
    if (!this.#armed || atMs < this.#armed.atMs) this.#arm();
  }

  clear(id: string): void {
    this.#live.delete(id);
    if (this.#live.size === 0) this.clearAll();
    else if (this.#heap.size > 64 && this.#heap.size > 2 * this.#live.size) this.#compact();
  }

  clearAll(): void {
    this.#armed?.cancel();
    this.#armed = null;
    this.#live.clear();
    this.#heap = new Heap<Timer>(sooner);
  }

  #compact(): void {
    this.#heap = new Heap<Timer>(sooner);
    for (const timer of this.#live.values()) this.#heap.push(timer);
  }

  #arm(): void {
    this.#armed?.cancel();
    this.#armed = null;
    let next = this.#heap.peek();
    while (next && this.#live.get(next.id) !== next) {
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
      if (this.#live.get(next.id) !== next) continue;
      this.#live.delete(next.id);
      this.#fire(next.id, nowMs);
    }
    this.#arm();
  }
}

function sooner(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
