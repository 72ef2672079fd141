import type { NodeStatus } from "../plan/outcome.ts";
import type { PlanIndex } from "./plan-index.ts";

/** How a node ended; `satisfied` tells whether what needs it may go on. */
export type Settlement = { readonly status: NodeStatus; readonly satisfied: boolean };

/**
 * Purpose: know which nodes have ended and which ones that makes due.
 * Owns: settlements, and for each node how many of its needs are unsettled. Does not own: actors, results.
 * Invariants:
 * L1 a node settles once.
 * L2 a node becomes due exactly once, when the last of its needs settles; one without needs is always due.
 */
export class Ledger {
  readonly #index: PlanIndex;
  readonly #settlements = new Map<string, Settlement>();
  /** Only nodes with needs that have begun to settle. */
  readonly #unsettledNeeds = new Map<string, number>();
  #due: string[] = [];

  constructor(index: PlanIndex) {
    this.#index = index;
  }

  settlement(path: string): Settlement | undefined {
    return this.#settlements.get(path);
  }

  get settledCount(): number {
    return this.#settlements.size;
  }

  settle(path: string, settlement: Settlement): void {
    if (this.#settlements.has(path)) throw new Error(`ledger: ${path} settled twice`);
    this.#settlements.set(path, settlement);
    for (const dependent of this.#index.dependents(path)) {
      const left = (this.#unsettledNeeds.get(dependent) ?? this.#index.node(dependent).needs.length) - 1;
      this.#unsettledNeeds.set(dependent, left);
      if (left === 0) this.#due.push(dependent);
    }
  }

  isDue(path: string): boolean {
    const needs = this.#index.node(path).needs;
    return this.#unsettledNeeds.get(path) === 0 || needs.every((need) => this.#settlements.has(need));
  }

  /** The nodes that have become due since the last call, in order. */
  takeDue(): readonly string[] {
    if (this.#due.length === 0) return NONE;
    const due = this.#due;
    this.#due = [];
    return due;
  }

  /** The needs of a node that settled without being satisfied. */
  brokenNeeds(path: string): readonly string[] {
    return this.#index.node(path).needs.filter((need) => this.#settlements.get(need)?.satisfied === false);
  }
}

const NONE: readonly string[] = [];
