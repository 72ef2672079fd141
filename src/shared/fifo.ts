/** Places of entries that are gone which are not worth moving the others for. */
const GONE_KEPT = 64;

/** A queue, first in, first out, in constant time; its memory follows what is in it. */
export class Fifo<T> {
  /** In order from `#head` on; what stands before it is gone. */
  #entries: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** Undefined when there is none. */
  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  get last(): T | undefined {
    return this.size === 0 ? undefined : this.#entries[this.#entries.length - 1];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  /** Takes the first out. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const first = this.#entries[this.#head];
    this.#entries[this.#head++] = undefined;
    if (this.#head >= GONE_KEPT && 2 * this.#head >= this.#entries.length) {
      // Each entry is moved at most once for each that has gone.
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}
