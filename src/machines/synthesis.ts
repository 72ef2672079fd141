import { setup } from "xstate";
import type { AgentResult } from "../plan/outcome.ts";

/**
 * Purpose: turn collected results into one answer (rule R5), one explicit stage after the other.
 * Owns: the order of the stages. Does not own: the results and the answer, which stand on the actors' workbench.
 * Invariants:
 * S1 a result is taken in only while collecting; none is taken in after the collection is closed.
 * S2 the stages run in the order resolve, assess, refine, format, each at most once.
 * S3 it ends in `done` only if every stage was done, else in `failed`.
 */

/** What a synthesis hears. */
export type SynthesisEvent =
  | { readonly type: "results.recorded"; readonly results: readonly AgentResult[] }
  | { readonly type: "collection.closed" }
  | { readonly type: "stage.done" }
  | { readonly type: "stage.failed"; readonly message: string };

const noop = (): void => {};

/** The statechart of the synthesis; its actions are no-ops until supplied. */
export const synthesisMachine = setup({
  types: { events: {} as SynthesisEvent, output: {} as { readonly answered: boolean } },
  actions: {
    /** Has every recorded result sent to this actor, those recorded before too. */
    subscribeResults: noop,
    unsubscribeResults: noop,
    collectResults: noop,
    /** The four stages raise `stage.done` or `stage.failed`; supplied by the actors. */
    resolveConflicts: noop,
    assessQuality: noop,
    refineResults: noop,
    formatAnswer: noop,
    noteFailure: noop,
  },
}).createMachine({
  id: "synthesis",
  initial: "collecting",
  output: ({ event }) => (event as unknown as { output: { answered: boolean } }).output,
  states: {
    collecting: {
      entry: "subscribeResults",
      exit: "unsubscribeResults",
      on: { "results.recorded": { actions: "collectResults" }, "collection.closed": "resolving" },
    },
    resolving: {
      entry: "resolveConflicts",
      on: { "stage.done": "assessing", "stage.failed": { target: "failed", actions: "noteFailure" } },
    },
    assessing: {
      entry: "assessQuality",
      on: { "stage.done": "refining", "stage.failed": { target: "failed", actions: "noteFailure" } },
    },
    refining: {
      entry: "refineResults",
      on: { "stage.done": "formatting", "stage.failed": { target: "failed", actions: "noteFailure" } },
    },
    formatting: {
      entry: "formatAnswer",
      on: { "stage.done": "done", "stage.failed": { target: "failed", actions: "noteFailure" } },
    },
    done: { type: "final", output: { answered: true } },
    failed: { type: "final", output: { answered: false } },
  },
});
