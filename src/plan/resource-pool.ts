import { Heap } from "../shared/heap.ts";

/**
 * Purpose: hand out limited resources to waiting claims in order of rank.
 * Owns: what is in use, and the queue of those who wait. Does not own: the work, or time.
 * Invariants:
 * I1 no resource is ever used beyond its capacity.
 * I2 among the claims that fit, the one with the lowest rank goes first; equal ranks in order of arrival.
 * I3 what is released is exactly what was taken.
 */
export type Amounts = Readonly<Record<string, number>>;

type Waiting<T> = { readonly rank: number; readonly arrival: number; readonly item: T };

/** Claims of one shape (the same amounts) wait in one heap, so that a grant looks at shapes, not at claims. */
type Shape<T> = { readonly amounts: Amounts; readonly heap: Heap<Waiting<T>> };

export class ResourcePool<T> {
  readonly #capacity: Amounts;
  readonly #used = new Map<string, number>();
  readonly #shapes = new Map<string, Shape<T>>();
  #arrivals = 0;
  #waiting = 0;

  constructor(capacity: Amounts) {
    this.#capacity = capacity;
  }

  get waiting(): number {
    return this.#waiting;
  }

  used(resource: string): number {
    return this.#used.get(resource) ?? 0;
  }

  /** Names of the resources of which `amounts` asks for more than there will ever be. */
  impossible(amounts: Amounts): readonly string[] {
    return Object.keys(amounts).filter((name) => amounts[name]! > (this.#capacity[name] ?? 0));
  }

  /** Queues a claim; the lower `rank`, the sooner. */
  wait(amounts: Amounts, rank: number, item: T): void {
    const key = shapeKey(amounts);
    let shape = this.#shapes.get(key);
    if (!shape) {
      shape = { amounts, heap: new Heap<Waiting<T>>(before) };
      this.#shapes.set(key, shape);
    }
    shape.heap.push({ rank, arrival: this.#arrivals++, item });
    this.#waiting++;
  }

  /** Takes the first claim that fits (I2) and marks its amounts as used; `undefined` when none fits. */
  grant(): T | undefined {
    if (this.#waiting === 0) return undefined;
    let best: Shape<T> | undefined;
    let bestKey = "";
    for (const [key, shape] of this.#shapes) {
      if (!this.#fits(shape.amounts)) continue;
      if (best && !before(shape.heap.peek()!, best.heap.peek()!)) continue;
      best = shape;
      bestKey = key;
    }
    if (!best) return undefined;
    for (const name of Object.keys(best.amounts)) this.#used.set(name, this.used(name) + best.amounts[name]!);
    this.#waiting--;
    const { item } = best.heap.pop()!;
    // Only shapes that somebody waits in are looked at.
    if (best.heap.size === 0) this.#shapes.delete(bestKey);
    return item;
  }

  /** Gives every waiting claim a new rank; equal ranks keep their order of arrival. */
  rerank(rankOf: (item: T) => number): void {
    for (const { heap } of this.#shapes.values()) {
      const waiting: Waiting<T>[] = [];
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) waiting.push(next);
      for (const { arrival, item } of waiting) heap.push({ rank: rankOf(item), arrival, item });
    }
  }

  release(amounts: Amounts): void {
    for (const name of Object.keys(amounts)) {
      const left = this.used(name) - amounts[name]!;
      if (left < -1e-9) throw new Error(`resource pool: released more ${name} than was taken`);
      this.#used.set(name, left);
    }
  }

  #fits(amounts: Amounts): boolean {
    for (const name of Object.keys(amounts)) {
      if (amounts[name]! > 0 && this.used(name) + amounts[name]! > (this.#capacity[name] ?? 0) + 1e-9)
        return false;
    }
    return true;
  }
}

function shapeKey(amounts: Amounts): string {
  let key = "";
  for (const name of Object.keys(amounts)) key += `${name}=${amounts[name]};`;
  return key;
}

function before<T>(a: Waiting<T>, b: Waiting<T>): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.arrival < b.arrival);
}
