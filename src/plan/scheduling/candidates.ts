import { Justifier } from "./justify.ts";
import { lowerBound } from "./lower-bound.ts";
import { ParallelScheduler } from "./parallel-schedule.ts";
import { listByKeys } from "./priority-rules.ts";
import type { Problem } from "./problem.ts";

/** A schedule under consideration, its activities also in the order of their starts. */
export type Candidate = {
  readonly list: Int32Array;
  readonly starts: Float64Array;
  readonly makespan: number;
};

/** What counts as a schedule that may be answered. */
export type Demand =
  | { readonly kind: "any" }
  /** Only what a dispatcher makes of it that starts whatever fits, higher `priority` first (by activity), then in order. */
  | { readonly kind: "dispatched"; readonly priority: Float64Array };

/**
 * Purpose: make schedules and keep the best.
 * Owns: the best schedule so far, how many were made. Does not own: where candidates come from.
 * Invariants:
 * K1 the best never gets longer.
 * K2 under the demand "dispatched", the best is the very schedule that its own order gives when it is dispatched.
 */
export class Candidates {
  readonly problem: Problem;
  /** None is shorter. */
  readonly bound: number;
  readonly #demand: Demand;
  readonly #justifier: Justifier;
  readonly #parallel: ParallelScheduler;
  readonly #list: Int32Array;
  readonly #ranks: Float64Array;
  readonly #best: Float64Array;
  #makespan = Number.POSITIVE_INFINITY;
  #made = 0;

  constructor(problem: Problem, demand: Demand) {
    this.problem = problem;
    this.bound = lowerBound(problem);
    this.#demand = demand;
    this.#justifier = new Justifier(problem);
    this.#parallel = new ParallelScheduler(problem);
    this.#list = new Int32Array(problem.size);
    this.#ranks = new Float64Array(problem.size);
    this.#best = new Float64Array(problem.size);
  }

  get makespan(): number {
    return this.#makespan;
  }

  /** Whether the best schedule is a shortest one, sums of fractions allowed for. */
  get done(): boolean {
    return this.#makespan <= this.bound * (1 + 1e-8);
  }

  get best(): Float64Array {
    return this.#best;
  }

  get made(): number {
    return this.#made;
  }

  /** First come, first served: in order of arrival, as a dispatcher without a plan does. */
  firstCome(): Candidate {
    const starts = new Float64Array(this.problem.size);
    const priority =
      this.#demand.kind === "dispatched" ? this.#demand.priority.map((own) => -own) : undefined;
    const makespan = this.#parallel.run(priority, starts);
    this.#made++;
    if (makespan < this.#makespan) this.#keep(starts, makespan);
    return this.#justified(starts, makespan);
  }

  /** Dispatches by `keys`, the lowest first, and justifies. */
  dispatched(keys: Float64Array): Candidate {
    const starts = new Float64Array(this.problem.size);
    this.#made++;
    return this.#justified(starts, this.#parallel.run(keys, starts));
  }

  /** Places one activity after the other by `keys`, the lowest first, and justifies. */
  placed(keys: Float64Array): Candidate {
    listByKeys(this.problem, keys, this.#list);
    return this.listed(this.#list);
  }

  /** Places the activities in the order of a list that respects their needs, and justifies. */
  listed(list: Int32Array): Candidate {
    const starts = new Float64Array(this.problem.size);
    this.#made++;
    return this.#justified(starts, this.#justifier.build(list, starts));
  }

  /** Justifies a candidate until it gets no shorter, or the best one cannot. */
  settled(candidate: Candidate): Candidate {
    let last = candidate;
    for (;;) {
      if (this.done) return last;
      const next = this.#justified(last.starts.slice(), last.makespan);
      if (next.makespan >= last.makespan) return last;
      last = next;
    }
  }

  #justified(starts: Float64Array, before: number): Candidate {
    this.#offered(starts, before);
    if (this.done) return { list: this.problem.order, starts, makespan: before };
    const justified = this.#justifier.justify(starts);
    this.#made += 2;
    const makespan = this.#offered(starts, justified);
    const list = new Int32Array(this.problem.size);
    this.#justifier.orderOf(starts, list);
    return { list, starts, makespan };
  }

  /** Makes of `starts` what the demand asks for, and keeps it when it is shorter than the best; its makespan. */
  #offered(starts: Float64Array, before: number): number {
    const makespan = this.#demand.kind === "any" ? before : this.#replay(starts, this.#demand.priority);
    if (makespan < this.#makespan) this.#keep(starts, makespan);
    return makespan;
  }

  #replay(starts: Float64Array, priority: Float64Array): number {
    this.#justifier.orderOf(starts, this.#list);
    this.#list.forEach((activity, at) => {
      this.#ranks[activity] = at - priority[activity]! * this.problem.size;
    });
    this.#made++;
    return this.#parallel.run(this.#ranks, starts);
  }

  #keep(starts: Float64Array, makespan: number): void {
    this.#best.set(starts);
    this.#makespan = makespan;
  }
}
