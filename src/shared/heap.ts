import { Fifo } from "./fifo.ts";

/**
 * A priority queue: `before(a, b)` says that `a` must come out sooner than `b`. What is pushed in order, as agents of a plan
 * and deadlines of one length mostly are, goes in and out in constant time; for the rest a binary heap takes O(log n).
 */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #inOrder = new Fifo<T>();
  readonly #others: T[] = [];

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#inOrder.size + this.#others.length;
  }

  peek(): T | undefined {
    return this.#isOtherNext() ? this.#others[0] : this.#inOrder.first;
  }

  push(entry: T): void {
    const { last } = this.#inOrder;
    if (last !== undefined && this.#before(entry, last)) this.#raise(entry);
    else this.#inOrder.push(entry);
  }

  pop(): T | undefined {
    return this.#isOtherNext() ? this.#sink() : this.#inOrder.shift();
  }

  #isOtherNext(): boolean {
    if (this.#others.length === 0) return false;
    return this.#inOrder.size === 0 || this.#before(this.#others[0]!, this.#inOrder.first!);
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
