/** Places of entries that are gone which are not worth moving the others for. */
const GONE_KEPT = 64;

/**
 * A priority queue: `before(a, b)` says that `a` must come out sooner than `b`. What is pushed in order, as agents of a plan
 * and deadlines of one length mostly are, goes in and out in constant time; for the rest a binary heap takes O(log n).
 */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  /** In order from `#head` on; what stands before it is gone. */
  #inOrder: (T | undefined)[] = [];
  #head = 0;
  readonly #others: T[] = [];

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#inOrder.length - this.#head + this.#others.length;
  }

  peek(): T | undefined {
    return this.#isOtherNext() ? this.#others[0] : this.#inOrder[this.#head];
  }

  push(entry: T): void {
    const last = this.#inOrder.length - 1;
    if (last >= this.#head && this.#before(entry, this.#inOrder[last]!)) this.#raise(entry);
    else this.#inOrder.push(entry);
  }

  pop(): T | undefined {
    if (this.#isOtherNext()) return this.#sink();
    const first = this.#inOrder[this.#head];
    if (this.#head === this.#inOrder.length) return undefined;
    this.#inOrder[this.#head++] = undefined;
    if (this.#head === this.#inOrder.length) this.#inOrder.length = this.#head = 0;
    else if (this.#head >= GONE_KEPT && 2 * this.#head >= this.#inOrder.length) {
      // Each entry is moved at most once for each that has gone.
      this.#inOrder = this.#inOrder.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  #isOtherNext(): boolean {
    if (this.#others.length === 0) return false;
    return this.#head === this.#inOrder.length || this.#before(this.#others[0]!, this.#inOrder[this.#head]!);
  }

  #raise(entry: T): void {
    const entries = this.#others;
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(entry, entries[parent]!)) break;
      entries[index] = entries[parent]!;
      index = parent;
    }
    entries[index] = entry;
  }

  #sink(): T | undefined {
    const entries = this.#others;
    const top = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && this.#before(entries[child + 1]!, entries[child]!)) child++;
      if (!this.#before(entries[child]!, last)) break;
      entries[index] = entries[child]!;
      index = child;
    }
    entries[index] = last;
    return top;
  }
}
