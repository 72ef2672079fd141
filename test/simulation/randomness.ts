/** All that is left to chance in a simulated world, from one number (mulberry32). */
export class Randomness {
  #state: number;
  readonly #tied: boolean;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    this.#tied = seed === 0;
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A place among what is due at once; always the same with seed 0, so that order of arrival decides. */
  tie(): number {
    return this.#tied ? 0 : this.next();
  }
}
