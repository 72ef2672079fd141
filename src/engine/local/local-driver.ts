import type { Fact } from "../../actors/ports.ts";
import type { Clock } from "../../shared/clock.ts";
import { Fifo } from "../../shared/fifo.ts";
import type { Driver } from "../engine.ts";

/** Facts applied in a row before timers, input and signals are looked at. */
const FACTS_A_TURN = 128;

/**
 * Purpose: hand a run its committed facts.
 * Owns: the facts that were not applied yet. Does not own: their order, their durability.
 * Invariants:
 * F1 facts are given in the order of their delivery, each once.
 * F2 after `fail` nothing is given any more, not even what was delivered before.
 */
export class LocalDriver implements Driver {
  readonly #clock: Clock;
  /** How many facts it has handed out. */
  given = 0;
  /** The time of the fact that it handed out last. */
  givenAtMs: number | null = null;
  #queue = new Fifo<Fact>();
  #sinceTurn = 0;
  #wake: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  deliver(fact: Fact): void {
    if (this.#failure) return;
    this.#queue.push(fact);
    this.#awaken();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#queue = new Fifo();
    this.#awaken();
  }

  next(): Promise<Fact> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const fact = this.#queue.shift();
    if (fact === undefined) {
      // What comes next has been committed, in a turn of its own.
      this.#sinceTurn = 0;
      // Whoever waits looks again when it is woken: it may have been let go between the delivery and its turn.
      return new Promise<void>((resolve) => (this.#wake = resolve)).then(() => this.next());
    }
    this.given++;
    this.givenAtMs = fact.atMs;
    if (++this.#sinceTurn < FACTS_A_TURN) return Promise.resolve(fact);
    this.#sinceTurn = 0;
    return new Promise((resolve, reject) =>
      this.#clock.nextTurn(() => (this.#failure ? reject(this.#failure.error) : resolve(fact))),
    );
  }

  #awaken(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
