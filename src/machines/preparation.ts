import type { Failure } from "../plan/outcome.ts";

/** What is known about a node once everything it needs has settled. */
export type Preparation =
  /** `hasSlot`: it waited for its slot before it had an actor, and has been granted it. */
  | { readonly kind: "run"; readonly hasSlot?: true }
  /** Its condition is false, or something it needs did not end well. */
  | { readonly kind: "skip"; readonly reason: string }
  /** Its input could not be made, e.g. an expression failed. */
  | { readonly kind: "invalid"; readonly failure: Failure };

/** How a node ended, as its parent needs to know it. */
export type Tally = {
  readonly total: number;
  /** Succeeded, degraded, or skipped by its own condition. */
  readonly satisfied: number;
  readonly cancelled: number;
};

/** No children have ended. */
export const EMPTY_TALLY: Tally = { total: 0, satisfied: 0, cancelled: 0 };

/** The sum of two tallies. */
export function addTally(a: Tally, b: Tally): Tally {
  return {
    total: a.total + b.total,
    satisfied: a.satisfied + b.satisfied,
    cancelled: a.cancelled + b.cancelled,
  };
}

/** What every node's machine hands to its parent when it ends. */
export type NodeOutput = { readonly path: string; readonly tally: Tally };
