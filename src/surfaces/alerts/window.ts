/** How finely a window forgets. */
const SLICES = 60;

type Slice = { readonly beginMs: number; count: number; sum: number };

/** Counts and adds up what happened within the last `lengthMs`, in sixty slices: what leaves it leaves a slice at a time. */
export class Window {
  readonly #lengthMs: number;
  readonly #sliceMs: number;
  readonly #slices: Slice[] = [];

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
    this.#sliceMs = Math.max(1, lengthMs / SLICES);
  }

  add(nowMs: number, count: number, sum: number): void {
    const last = this.#slices.at(-1);
    if (last && nowMs < last.beginMs + this.#sliceMs) {
      last.count += count;
      last.sum += sum;
    } else this.#slices.push({ beginMs: nowMs, count, sum });
    this.#forget(nowMs);
  }

  /** What is in it, and when the oldest of it leaves; infinite: nothing is. */
  at(nowMs: number): { readonly count: number; readonly sum: number; readonly untilMs: number } {
    this.#forget(nowMs);
    const [first] = this.#slices;
    const count = this.#slices.reduce((total, slice) => total + slice.count, 0);
    const sum = this.#slices.reduce((total, slice) => total + slice.sum, 0);
    return { count, sum, untilMs: first ? first.beginMs + this.#lengthMs : Number.POSITIVE_INFINITY };
  }

  #forget(nowMs: number): void {
    while (this.#slices[0] && this.#slices[0].beginMs + this.#lengthMs <= nowMs) this.#slices.shift();
  }
}
