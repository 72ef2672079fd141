import { Heap } from "../shared/heap.ts";

/** How much of each resource. */
export type Amounts = Readonly<Record<string, number>>;

/** A claim that waits, or has been granted. */
export type Ticket<T> = {
  readonly item: T;
  readonly shape: Shape<T>;
  readonly arrival: number;
  rank: number;
  isGranted: boolean;
};

/** What one agent takes from a pool while it works: its resources and one agent slot. */
export function claimOf(resources: Amounts): Amounts {
  return { agents: 1, ...resources };
}

/** What may be claimed: the same amounts are one shape. `slots` are the pool's numbers of the resources. */
export type Shape<T> = {
  /** What the agents that claim it declare. */
  readonly resources: Amounts;
  /** Names of the resources of which it asks for more than there will ever be. */
  readonly impossible: readonly string[];
  readonly slots: readonly number[];
  readonly amounts: readonly number[];
  /** Who waits for it: a grant looks at shapes, not at claims. */
  readonly heap: Heap<Ticket<T>>;
};

/** What rounding may make of sums that are equal. */
const EPSILON = 1e-9;

/**
 * Purpose: hand out limited resources to waiting claims in order of rank.
 * Owns: what is in use, and the queue of those who wait. Does not own: the work, or time.
 * Invariants:
 * I1 no resource is ever used beyond its capacity.
 * I2 among the claims that fit, the one with the lowest rank goes first; equal ranks in order of arrival.
 * I3 what is released is exactly what was taken.
 */
export class ResourcePool<T> {
  readonly #capacity: number[] = [];
  readonly #used: number[] = [];
  readonly #slots = new Map<string, number>();
  readonly #shapes = new Map<string, Shape<T>>();
  /** Shapes that somebody waits for. */
  readonly #wanted: Shape<T>[] = [];
  /** Neighbours mostly ask for the same: a text for each claim took a tenth of a wide run. */
  #last: Shape<T> | null = null;
  #arrivals = 0;
  #waiting = 0;

  constructor(capacity: Amounts) {
    for (const [name, amount] of Object.entries(capacity)) this.#capacity[this.#slotOf(name)] = amount;
  }

  get waiting(): number {
    return this.#waiting;
  }

  used(resource: string): number {
    const slot = this.#slots.get(resource);
    return slot === undefined ? 0 : this.#used[slot]!;
  }

  /** The shape of an agent's claim. */
  shapeOf(resources: Amounts): Shape<T> {
    if (this.#last && isSame(resources, this.#last.resources)) return this.#last;
    let key = "";
    for (const name in resources) key += `${name}=${resources[name]};`;
    let shape = this.#shapes.get(key);
    if (!shape) {
      const claim = claimOf(resources);
      const names = Object.keys(claim);
      shape = {
        resources,
        impossible: names.filter((name) => claim[name]! > this.#capacity[this.#slotOf(name)]!),
        slots: names.map((name) => this.#slotOf(name)),
        amounts: names.map((name) => claim[name]!),
        heap: new Heap<Ticket<T>>(before),
      };
      this.#shapes.set(key, shape);
    }
    this.#last = shape;
    return shape;
  }

  /** Queues a claim; the lower `rank`, the sooner. */
  wait(shape: Shape<T>, rank: number, item: T): Ticket<T> {
    if (shape.heap.size === 0) this.#wanted.push(shape);
    const ticket = { item, shape, arrival: this.#arrivals++, rank, isGranted: false };
    shape.heap.push(ticket);
    this.#waiting++;
    return ticket;
  }

  /** Takes the first claim that fits (I2) and marks its amounts as used; `undefined` when none fits. */
  grant(): Ticket<T> | undefined {
    if (this.#waiting === 0) return undefined;
    let best: Shape<T> | undefined;
    for (const shape of this.#wanted) {
      if (!this.#fits(shape)) continue;
      if (!best || before(shape.heap.peek()!, best.heap.peek()!)) best = shape;
    }
    if (!best) return undefined;
    const { slots, amounts, heap } = best;
    for (let at = 0; at < slots.length; at++) this.#used[slots[at]!]! += amounts[at]!;
    this.#waiting--;
    const ticket = heap.pop()!;
    ticket.isGranted = true;
    if (heap.size === 0) this.#wanted.splice(this.#wanted.indexOf(best), 1);
    return ticket;
  }

  /** Gives every waiting claim a new rank; equal ranks keep their order of arrival. */
  rerank(rankOf: (item: T) => number): void {
    for (const { heap } of this.#wanted) {
      const waiting: Ticket<T>[] = [];
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) waiting.push(next);
      for (const ticket of waiting) {
        ticket.rank = rankOf(ticket.item);
        heap.push(ticket);
      }
    }
  }

  release({ slots, amounts }: Shape<T>): void {
    for (let at = 0; at < slots.length; at++) {
      const left = this.#used[slots[at]!]! - amounts[at]!;
      if (left < -EPSILON) throw new Error("resource pool: released more than was taken");
      this.#used[slots[at]!] = left;
    }
  }

  #fits({ slots, amounts }: Shape<T>): boolean {
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      if (amounts[at]! > 0 && this.#used[slot]! + amounts[at]! > this.#capacity[slot]! + EPSILON)
        return false;
    }
    return true;
  }

  /** A resource that nobody has named before has no capacity. */
  #slotOf(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    this.#slots.set(name, slot);
    this.#capacity[slot] = 0;
    this.#used[slot] = 0;
    return slot;
  }
}

function before<T>(a: Ticket<T>, b: Ticket<T>): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.arrival < b.arrival);
}

function isSame(a: Amounts, b: Amounts): boolean {
  if (a === b) return true;
  let more = 0;
  for (const name in a) {
    if (a[name] !== b[name]) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}
