import type { PlanNode } from "../plan/plan.ts";
import type { Place, Settlement } from "./place.ts";
import type { PlanIndex } from "./plan-index.ts";

/**
 * Purpose: know which nodes have ended and which ones that makes due.
 * Owns: settlements, and for each node how many of its needs are unsettled. Does not own: actors, results.
 * Invariants:
 * L1 a node settles once.
 * L2 a node becomes due exactly once, when the last of its needs settles; one without needs is always due.
 */
export class Ledger {
  readonly #index: PlanIndex;
  #settledCount = 0;
  #due: Place[] = [];

  constructor(index: PlanIndex) {
    this.#index = index;
  }

  settlement(path: string): Settlement | undefined {
    return this.#index.find(path)?.settlement;
  }

  get settledCount(): number {
    return this.#settledCount;
  }

  settle(path: string, settlement: Settlement): void {
    const place = this.#index.place(path);
    if (place.settlement) throw new Error(`ledger: ${path} settled twice`);
    place.settlement = settlement;
    this.#settledCount++;
    for (const dependent of place.dependents) {
      dependent.unsettledNeeds--;
      if (dependent.unsettledNeeds === 0) this.#due.push(dependent);
    }
  }

  isDue({ unsettledNeeds }: Place): boolean {
    return unsettledNeeds === 0;
  }

  /** The nodes that have become due since the last call, in order. */
  takeDue(): readonly Place[] {
    if (this.#due.length === 0) return NOBODY;
    const due = this.#due;
    this.#due = [];
    return due;
  }

  /** The needs of a node that settled without being satisfied. */
  brokenNeeds({ needs }: PlanNode): readonly string[] {
    return needs.length === 0 ? NONE : needs.filter((need) => this.#isBroken(need));
  }

  #isBroken(need: string): boolean {
    return this.settlement(need)?.satisfied === false;
  }
}

const NONE: readonly string[] = [];
const NOBODY: readonly Place[] = [];
