import type { Clock } from "../../src/shared/clock.ts";
import { Heap } from "../../src/shared/heap.ts";
import type { Randomness } from "./randomness.ts";

/** Whose event it is: one that is dead takes no part, one that is frozen takes it later. */
export type Party = { readonly state: "up" | "frozen" | "dead"; readonly held: (() => void)[] };

type Happening = {
  readonly dueMs: number;
  readonly tie: number;
  readonly order: number;
  readonly run: () => void;
  readonly party: Party | null;
  live: boolean;
};

/** Where the world's clocks begin: 2026-01-01T00:00:00Z. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/**
 * Purpose: the one order of everything that happens in a simulated world.
 * Owns: what is still to happen, and what time it is. Does not own: what it is.
 * Invariants:
 * T1 nothing happens before its time; among what is due at once, the world's randomness decides.
 * T2 a jump of the wall clock moves no deadline: as with the machine's own timers, spans are spans.
 */
export class SimulatedTime {
  readonly #randomness: Randomness;
  readonly #heap = new Heap<Happening>(sooner);
  #nowMs = 0;
  #skewMs = 0;
  #order = 0;

  constructor(randomness: Randomness) {
    this.#randomness = randomness;
  }

  /** Ms since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** What the wall clock shows, ms since the Unix epoch. */
  get wallMs(): number {
    return EPOCH_MS + this.#nowMs + this.#skewMs;
  }

  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  /** Lets something happen after a span; the returned function calls it off. */
  after(delayMs: number, run: () => void, party: Party | null = null): () => void {
    const happening: Happening = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      tie: this.#randomness.tie(),
      order: this.#order++,
      run,
      party,
      live: true,
    };
    this.#heap.push(happening);
    return () => {
      happening.live = false;
    };
  }

  /** Lets the next thing happen; false when there is nothing to come. */
  step(): boolean {
    for (let next = this.#heap.pop(); next; next = this.#heap.pop()) {
      if (!next.live || next.party?.state === "dead") continue;
      this.#nowMs = next.dueMs;
      if (next.party?.state === "frozen") {
        const { run } = next;
        const held = next;
        next.party.held.push(() => held.live && run());
        continue;
      }
      next.live = false;
      next.run();
      return true;
    }
    return false;
  }

  /** The clock that one process sees. */
  clockOf(party: Party): Clock {
    return {
      nowMs: () => this.wallMs,
      elapsedMs: () => this.#nowMs,
      at: (atMs, wake) => this.after(atMs - this.wallMs, wake, party),
      nextTurn: (work) => this.after(0, work, party),
    };
  }
}

function sooner(a: Happening, b: Happening): boolean {
  if (a.dueMs !== b.dueMs) return a.dueMs < b.dueMs;
  return a.tie < b.tie || (a.tie === b.tie && a.order < b.order);
}
