import { ParallelScheduler, type Progress } from "./parallel-schedule.ts";
import { PRIORITY_RULES } from "./priority-rules.ts";
import type { Problem } from "./problem.ts";

/** How often the order is chosen again in one run at most: what it costs grows with the work, not with its square. */
const CHOICES_MAX = 24;

/**
 * Purpose: choose again in which order work is to start, once it takes another time than was expected.
 * Owns: what is known of each activity's progress, and which order holds. Does not own: the work, or time.
 * Invariants:
 * O1 the same progress gives the same order.
 * O2 as long as every activity takes exactly its time, the planned order holds.
 */
export class Reorder {
  readonly #problem: Problem;
  readonly #scheduler: ParallelScheduler;
  /** The planned order first; then the priority rules. Lower ranks go first. */
  readonly #orders: readonly Float64Array[];
  readonly #state: Uint8Array;
  readonly #startedAt: Float64Array;
  readonly #starts: Float64Array;
  #current: Float64Array;
  #astray = false;
  #endedSince = 0;

  /** `planned` the starts of the plan's schedule, `priority` goes before any order; both by activity. */
  constructor(problem: Problem, planned: Float64Array, priority: Float64Array) {
    this.#problem = problem;
    this.#scheduler = new ParallelScheduler(problem);
    const rules = PRIORITY_RULES.map((rule) => rule(problem));
    this.#orders = distinct([planned, ...rules].map((keys) => ranksOf(keys, priority)));
    this.#current = this.#orders[0]!;
    this.#state = new Uint8Array(problem.size);
    this.#startedAt = new Float64Array(problem.size);
    this.#starts = new Float64Array(problem.size);
  }

  /** The rank of every activity in the order that holds. */
  get ranks(): Float64Array {
    return this.#current;
  }

  started(activity: number, now: number): void {
    this.#state[activity] = 1;
    this.#startedAt[activity] = now;
  }

  ended(activity: number, now: number): void {
    if (this.#state[activity] === 1 && now - this.#startedAt[activity]! !== this.#problem.duration[activity])
      this.#astray = true;
    this.#state[activity] = 2;
    this.#endedSince++;
  }

  /** An activity may start (again): everything that it needs is over, whatever was heard of it. */
  ready(activity: number): void {
    this.#state[activity] = 0;
    const { from, to } = this.#problem.before;
    const waiting = [activity];
    for (const at of waiting) {
      for (let link = from[at]!; link < from[at + 1]!; link++) {
        if (this.#state[to[link]!] === 2) continue;
        this.#state[to[link]!] = 2;
        waiting.push(to[link]!);
      }
    }
  }

  /**
   * Tries the rest of the work in every order from where things have come to, and keeps the shortest; true when it is another.
   * Does nothing while all goes to plan, or too little has happened since the last time.
   */
  choose(now: number): boolean {
    const due = this.#endedSince * CHOICES_MAX >= this.#problem.size;
    if (!this.#astray || !due || this.#orders.length === 1) return false;
    this.#endedSince = 0;
    const progress: Progress = { now, state: this.#state, startedAt: this.#startedAt };
    let chosen = this.#current;
    let shortest = this.#scheduler.run(chosen, this.#starts, progress);
    for (const order of this.#orders) {
      const makespan = this.#scheduler.run(order, this.#starts, progress);
      if (makespan >= shortest) continue;
      shortest = makespan;
      chosen = order;
    }
    const changed = chosen !== this.#current;
    this.#current = chosen;
    return changed;
  }
}

/** Positions by priority, highest first, then by key, lowest first, then by number. */
function ranksOf(keys: Float64Array, priority: Float64Array): Float64Array {
  const order = [...keys.keys()].sort((a, b) => priority[b]! - priority[a]! || keys[a]! - keys[b]! || a - b);
  const ranks = new Float64Array(keys.length);
  order.forEach((activity, rank) => {
    ranks[activity] = rank;
  });
  return ranks;
}

function distinct(orders: readonly Float64Array[]): Float64Array[] {
  return orders.filter(
    (order, at) => !orders.slice(0, at).some((other) => other.every((rank, index) => rank === order[index])),
  );
}
