/** Neighbouring buckets differ by this much: a quantile is off by at most half of it. */
const GROWTH = 1.02;

/** Quantiles of any number of spans of time in a bounded place: counts in buckets that grow by 2%. */
export class Sketch {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  add(ms: number): void {
    const bucket = ms <= 0 ? 0 : Math.max(1, Math.ceil(Math.log(ms) / Math.log(GROWTH)) + 1);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#sum += Math.max(0, ms);
    this.#least = Math.min(this.#least, Math.max(0, ms));
    this.#most = Math.max(this.#most, ms);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Exact. Null of nothing. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  /** The value that `share` of all do not exceed, within 1%. Null of nothing. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (const bucket of [...this.#counts.keys()].sort((a, b) => a - b)) {
      left -= this.#counts.get(bucket)!;
      if (left <= 0) return this.#within(bucket === 0 ? 0 : GROWTH ** (bucket - 1.5));
    }
    return null;
  }

  /** No quantile lies beyond what was seen: that of equal values is exact. */
  #within(value: number): number {
    return Math.min(this.#most, Math.max(this.#least, value));
  }
}
