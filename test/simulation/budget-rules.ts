import type { Charge } from "../../src/plan/outcome.ts";
import type { Invariant } from "./book.ts";

/**
 * Purpose: know what the calls of a world have taken, as whoever is paid for them does.
 * Owns: what was granted and not given back. Does not own: what the run believes.
 */
export class RulesOfBudgets {
  readonly #limit: number;
  readonly #say: (invariant: Invariant, detail: string) => void;
  /** Tokens: of calls that are over what they took, of all others their bound, whoever made them and is gone. */
  #tokens = 0;
  granted = 0;

  constructor(limit: number, say: (invariant: Invariant, detail: string) => void) {
    this.#limit = limit;
    this.#say = say;
  }

  /** A call may begin that takes `bound` at most. */
  grant(key: string, bound: Charge): void {
    this.granted++;
    this.#tokens += bound.tokens;
    if (this.#tokens > this.#limit)
      this.#say("within budget", `${key} makes ${this.#tokens} of ${this.#limit} tokens`);
  }

  /** It is over. */
  settle(bound: Charge, took: Charge): void {
    this.#tokens -= bound.tokens - took.tokens;
  }
}
