import type { Problem } from "./problem.ts";
import { AMOUNT_TOLERANCE } from "./resource-profile.ts";

/** How far a schedule has come: activities not in `state` 0 are left as they are. */
export type Progress = {
  readonly now: number;
  /** By activity: 0 has not started, 1 is at work since `startedAt`, 2 has ended. */
  readonly state: Uint8Array;
  readonly startedAt: Float64Array;
};

/**
 * Parallel schedule generation (Kolisch 1996): time moves from end to end, and whatever fits of what may start is started,
 * lowest rank first. It is what a dispatcher does that never leaves a resource idle while work waits that fits.
 */
export class ParallelScheduler {
  readonly #problem: Problem;
  readonly #missing: Int32Array;
  readonly #first: Uint8Array;
  readonly #free: Float64Array;
  readonly #least: Float64Array;
  /** Who may start, by rank; who is at work, the next to end last. */
  readonly #ready: Int32Array;
  readonly #running: Int32Array;
  readonly #ends: Float64Array;
  #readyCount = 0;
  #runningCount = 0;
  #now = 0;
  #progress: Progress | undefined;

  constructor(problem: Problem) {
    const { size, capacity } = problem;
    this.#problem = problem;
    this.#missing = new Int32Array(size);
    this.#first = new Uint8Array(size);
    this.#free = new Float64Array(capacity.length);
    this.#least = leastAmounts(problem);
    this.#ready = new Int32Array(size);
    this.#running = new Int32Array(size);
    this.#ends = new Float64Array(size);
  }

  /**
   * Writes the start of every activity into `starts`. Equal ranks, and all without `ranks`, go in order of arrival: first
   * come, first served. With `progress` it goes on from there: what is at work ends as expected, or at once when it is overdue.
   * The end of the last activity.
   */
  run(ranks: Float64Array | undefined, starts: Float64Array, progress?: Progress): number {
    const { size, order, capacity } = this.#problem;
    this.#free.set(capacity);
    this.#readyCount = 0;
    this.#runningCount = 0;
    this.#progress = progress;
    this.#now = progress?.now ?? 0;
    for (let at = 0; at < size; at++) {
      this.#missing[at] = this.#needsLeft(at);
      this.#first[at] = this.#missing[at] === 0 ? 1 : 0;
    }
    for (let at = 0; at < size; at++) if (progress?.state[at] === 1) this.#goOn(at, progress);
    // The order of `order` is the order of arrival at the start.
    for (const activity of order) if (this.#first[activity] === 1) this.#arrive(activity, ranks, starts);
    for (;;) {
      this.#startWhatFits(starts);
      if (this.#runningCount === 0) break;
      this.#now = this.#ends[this.#running[this.#runningCount - 1]!]!;
      while (this.#runningCount > 0 && this.#ends[this.#running[this.#runningCount - 1]!]! === this.#now)
        this.#finish(this.#running[--this.#runningCount]!, ranks, starts);
    }
    return this.#now;
  }

  #needsLeft(activity: number): number {
    const { from, to } = this.#problem.before;
    let left = from[activity + 1]! - from[activity]!;
    if (!this.#progress) return left;
    for (let link = from[activity]!; link < from[activity + 1]!; link++)
      if (this.#progress.state[to[link]!] === 2) left--;
    return left;
  }

  #goOn(activity: number, { startedAt, now }: Progress): void {
    const end = startedAt[activity]! + this.#problem.duration[activity]!;
    if (this.#problem.duration[activity]! > 0) this.#occupy(activity, Math.max(now, end));
  }

  #arrive(activity: number, ranks: Float64Array | undefined, starts: Float64Array): void {
    if (this.#progress && this.#progress.state[activity] !== 0) return;
    // Work of no length is over as it begins: what waits for it comes in the same moment.
    if (this.#problem.duration[activity] === 0) {
      starts[activity] = this.#now;
      this.#release(activity, ranks, starts);
      return;
    }
    const ready = this.#ready;
    let at = this.#readyCount++;
    if (ranks) {
      const rank = ranks[activity]!;
      for (; at > 0 && ranks[ready[at - 1]!]! > rank; at--) ready[at] = ready[at - 1]!;
    }
    ready[at] = activity;
  }

  #startWhatFits(starts: Float64Array): void {
    const ready = this.#ready;
    let kept = 0;
    let at = 0;
    for (; at < this.#readyCount && this.#anythingFits(); at++) {
      const activity = ready[at]!;
      if (this.#fits(activity)) this.#start(activity, starts);
      else ready[kept++] = activity;
    }
    if (kept < at) {
      ready.copyWithin(kept, at, this.#readyCount);
      this.#readyCount -= at - kept;
    }
  }

  /** False when every activity asks for more than is left of something: there is nothing to look for then. */
  #anythingFits(): boolean {
    for (let name = 0; name < this.#free.length; name++)
      if (this.#free[name]! + AMOUNT_TOLERANCE < this.#least[name]!) return false;
    return true;
  }

  #fits(activity: number): boolean {
    const { from, resource, amount } = this.#problem.claims;
    for (let claim = from[activity]!; claim < from[activity + 1]!; claim++)
      if (this.#free[resource[claim]!]! + AMOUNT_TOLERANCE < amount[claim]!) return false;
    return true;
  }

  #start(activity: number, starts: Float64Array): void {
    starts[activity] = this.#now;
    this.#occupy(activity, this.#now + this.#problem.duration[activity]!);
  }

  #occupy(activity: number, end: number): void {
    const { from, resource, amount } = this.#problem.claims;
    for (let claim = from[activity]!; claim < from[activity + 1]!; claim++)
      this.#free[resource[claim]!]! -= amount[claim]!;
    const ends = this.#ends;
    const running = this.#running;
    ends[activity] = end;
    let at = this.#runningCount++;
    for (; at > 0 && ends[running[at - 1]!]! <= end; at--) running[at] = running[at - 1]!;
    running[at] = activity;
  }

  #finish(activity: number, ranks: Float64Array | undefined, starts: Float64Array): void {
    const { claims } = this.#problem;
    for (let claim = claims.from[activity]!; claim < claims.from[activity + 1]!; claim++)
      this.#free[claims.resource[claim]!]! += claims.amount[claim]!;
    this.#release(activity, ranks, starts);
  }

  #release(activity: number, ranks: Float64Array | undefined, starts: Float64Array): void {
    const { after } = this.#problem;
    for (let link = after.from[activity]!; link < after.from[activity + 1]!; link++) {
      const next = after.to[link]!;
      this.#missing[next]!--;
      if (this.#missing[next] === 0) this.#arrive(next, ranks, starts);
    }
  }
}

/** Of each resource, what every activity takes at least. */
function leastAmounts({ capacity, claims, duration }: Problem): Float64Array {
  const working = duration.reduce((count, length) => (length > 0 ? count + 1 : count), 0);
  const least = new Float64Array(capacity.length).fill(Number.POSITIVE_INFINITY);
  const users = new Int32Array(capacity.length);
  claims.resource.forEach((name, claim) => {
    least[name] = Math.min(least[name]!, claims.amount[claim]!);
    users[name]!++;
  });
  for (let name = 0; name < least.length; name++) if (users[name]! < working) least[name] = 0;
  return least;
}
