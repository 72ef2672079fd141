import type { Fact } from "../../actors/ports.ts";
import type { Clock } from "../../shared/clock.ts";
import { Fifo } from "../../shared/fifo.ts";
import type { Writable } from "../../shared/writable.ts";
import type { Driver } from "../engine.ts";

/** An unrecorded fact: the driver stamps it with the time at which it takes its place in the order. */
export type Happening = Fact extends infer F ? (F extends Fact ? Omit<F, "atMs"> : never) : never;

/** Facts applied in a row before timers, input and signals are looked at. */
const FACTS_A_TURN = 128;

/**
 * Purpose: put facts in one order, in memory.
 * Owns: the facts that were not applied yet. Does not own: where they come from.
 * Invariants:
 * M1 facts are given in the order in which they were recorded, each once.
 * M2 work that never waits does not keep the process from anything else: now and then the event loop has its turn.
 * M3 their times never go back, even when the clock does.
 */
export class MemoryDriver implements Driver {
  readonly #clock: Clock;
  readonly #queue = new Fifo<Fact>();
  #lastMs = 0;
  #sinceTurn = 0;
  #waiting: ((fact: Fact) => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes over what has happened, and stamps it. */
  record(happening: Happening): void {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.nowMs());
    const fact = happening as Writable<Fact>;
    fact.atMs = this.#lastMs;
    const wake = this.#waiting;
    if (wake) {
      this.#waiting = null;
      wake(fact);
    } else {
      this.#queue.push(fact);
    }
  }

  next(): Promise<Fact> {
    const fact = this.#queue.shift();
    if (fact === undefined) {
      return new Promise((resolve) => {
        this.#waiting = resolve;
      });
    }
    this.#sinceTurn++;
    if (this.#sinceTurn < FACTS_A_TURN) return Promise.resolve(fact);
    this.#sinceTurn = 0;
    return new Promise((resolve) => this.#clock.nextTurn(() => resolve(fact)));
  }
}
