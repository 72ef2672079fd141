import { and, assign, setup } from "xstate";
import type { Failure } from "../plan/outcome.ts";
import type { NodeOutput } from "./preparation.ts";

/**
 * Purpose: the life of one run: admit it, run the plan's root, then have one answer made.
 * Owns: the run's state and why it was stopped. Does not own: the plan, the results, time.
 * Invariants:
 * O1 exactly one terminal state is reached, and only after the root ended (or was never started).
 * O2 whatever has ended before a cancellation or the deadline still reaches the synthesis.
 * O3 after `run.cancelRequested` or the deadline the root is told to cancel exactly once.
 * O4 no deadline is set while suspended: what people take is not the run's time.
 */

/** What a run's machine is given. */
export type OrchestratorInput = { readonly runId: string };

/** What a run remembers. */
export type OrchestratorContext = {
  readonly runId: string;
  /** Why the run was stopped, if it was. */
  readonly stopped: Failure | null;
  /** Whether everything, or anything at all, ended well; known when the root has ended. */
  readonly verdict: "all" | "some" | "none" | null;
};

/** What a run hears. */
export type OrchestratorEvent =
  | { readonly type: "run.started"; readonly refusal: Failure | null }
  | { readonly type: "run.cancelRequested"; readonly reason: string }
  | { readonly type: "timer.fired"; readonly purpose: "deadline" }
  /** Everything under way waits for a person. */
  | { readonly type: "run.idle" }
  | { readonly type: "run.woken" }
  | { readonly type: "xstate.done.actor.root"; readonly output: NodeOutput; readonly actorId: string }
  | {
      readonly type: "xstate.done.actor.synthesis";
      readonly output: { readonly answered: boolean };
      readonly actorId: string;
    };

/** How a run ends. */
export type RunStatus = "succeeded" | "partial" | "failed" | "cancelled";

const noop = (): void => {};

const record = <S extends RunStatus>(status: S) => ({ type: "recordRun", params: { status } }) as const;

/** The statechart of one run; its actions are no-ops until supplied. */
export const orchestratorMachine = setup({
  types: {
    input: {} as OrchestratorInput,
    context: {} as OrchestratorContext,
    events: {} as OrchestratorEvent,
  },
  actions: {
    spawnSynthesis: noop,
    spawnRoot: noop,
    /** Sets the deadline to what is left of the run's time. */
    armDeadline: noop,
    disarmDeadline: noop,
    cancelRoot: noop,
    dropChild: noop,
    closeCollection: noop,
    recordRun: (_, _params: { readonly status: RunStatus }) => {},
    keepStop: assign(({ context, event }) => ({ stopped: context.stopped ?? stopOf(event) })),
    /** Supplied by the actors: reads the recorded results. */
    judge: assign({ verdict: "none" }),
  },
  guards: {
    isRefused: ({ event }) => event.type === "run.started" && event.refusal !== null,
    wasAnswered: ({ event }) => event.type === "xstate.done.actor.synthesis" && event.output.answered,
    isCancelled: ({ context }) => context.stopped?.code === "RUN_CANCELLED",
    isWhole: ({ context }) => context.stopped === null && context.verdict === "all",
    isPartial: ({ context }) => context.verdict !== "none",
  },
}).createMachine({
  id: "orchestrator",
  context: ({ input }) => ({ runId: input.runId, stopped: null, verdict: null }),
  initial: "admitting",
  states: {
    admitting: {
      on: {
        "run.started": [
          { guard: "isRefused", target: "failed", actions: "keepStop" },
          { target: "running", actions: ["spawnSynthesis", "armDeadline", "spawnRoot"] },
        ],
        "run.cancelRequested": { target: "cancelled", actions: "keepStop" },
      },
    },
    running: {
      on: {
        "run.idle": "suspended",
        "run.cancelRequested": { target: "cancelling", actions: "keepStop" },
        "timer.fired": { target: "cancelling", actions: "keepStop" },
        "xstate.done.actor.root": { target: "synthesising", actions: ["dropChild", "judge"] },
      },
    },
    suspended: {
      entry: "disarmDeadline",
      on: {
        "run.woken": { target: "running", actions: "armDeadline" },
        "run.cancelRequested": { target: "cancelling", actions: "keepStop" },
      },
    },
    cancelling: {
      entry: "cancelRoot",
      on: { "xstate.done.actor.root": { target: "synthesising", actions: ["dropChild", "judge"] } },
    },
    synthesising: {
      entry: ["disarmDeadline", "closeCollection"],
      on: {
        "xstate.done.actor.synthesis": [
          { guard: "isCancelled", target: "cancelled", actions: "dropChild" },
          { guard: and(["wasAnswered", "isWhole"]), target: "succeeded", actions: "dropChild" },
          { guard: and(["wasAnswered", "isPartial"]), target: "partial", actions: "dropChild" },
          { target: "failed", actions: "dropChild" },
        ],
      },
    },
    succeeded: { type: "final", entry: record("succeeded") },
    partial: { type: "final", entry: record("partial") },
    failed: { type: "final", entry: record("failed") },
    cancelled: { type: "final", entry: record("cancelled") },
  },
});

function stopOf(event: OrchestratorEvent): Failure | null {
  switch (event.type) {
    case "run.started":
      return event.refusal;
    case "run.cancelRequested":
      return { code: "RUN_CANCELLED", message: event.reason, retryable: false };
    case "timer.fired":
      return { code: "RUN_TIMEOUT", message: "the run took longer than its timeout", retryable: true };
    default:
      return null;
  }
}
