import type { RetrySettings } from "./rules.ts";

/**
 * Purpose: keep retries from multiplying the load on a resource that fails.
 * Owns: the counts of one run and resource. Does not own: which attempts are made (the run's).
 * Invariants:
 * Y1 at every moment the calls made are at most the first attempts offered + max(`reserve`, `ratio` x offered).
 * Y2 an attempt that was admitted and then not made gives its admission back, to whichever retry asks next.
 */
export class RetryBudget {
  readonly #settings: RetrySettings;
  #offered = 0;
  #retries = 0;
  /** Admissions of attempts that were not made. */
  #unused = 0;

  constructor(settings: RetrySettings) {
    this.#settings = settings;
  }

  get offered(): number {
    return this.#offered;
  }

  get retries(): number {
    return this.#retries;
  }

  /** Whether a retry could be admitted now. */
  get hasRoom(): boolean {
    const { ratio, reserve } = this.#settings;
    return this.#unused > 0 || this.#retries + 1 <= Math.max(reserve, ratio * this.#offered);
  }

  /** Admits an attempt; a retry only while there is room. */
  admit(isRetry: boolean): void {
    if (!isRetry) this.#offered++;
    else if (this.#unused > 0) this.#unused--;
    else this.#retries++;
  }

  /** An admitted attempt was not made. */
  giveBack(): void {
    this.#unused++;
  }
}
