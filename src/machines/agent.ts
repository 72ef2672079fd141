import { and, assign, setup } from "xstate";
import {
  type AskedOutcome,
  type CompletedOutcome,
  type Failure,
  isCrash,
  isShut,
  type NodeStatus,
  type Usage,
} from "../plan/outcome.ts";
import { failureOf } from "./agent-failure.ts";
import { type Escalation, isAnyLeft, isUnsure } from "./escalation.ts";
import type { NodeOutput, Preparation, Tally } from "./preparation.ts";

/**
 * Purpose: the life of one piece of work, over all its attempts.
 * Owns: which state the work is in, how many attempts were made. Does not own: results, slots, timers, the work itself.
 * Invariants:
 * A1 exactly one terminal state is ever reached, and nothing follows it.
 * A2 at most `attemptsMax` attempts at its own work are dispatched, and then of each alternative at most as many as it may
 *    have, in order, not counting those that crashed or were stopped under a supervisor; each after a granted slot that is
 *    given back when it ends.
 * A3 an outcome counts only for the attempt under way; one of an earlier attempt changes nothing.
 * A4 after `cancel` no attempt is dispatched.
 * A5 where a person is asked for an answer, no slot is requested and no attempt dispatched.
 * A6 `held` is left only by its supervisor's word, or by `cancel`; a person's decision that comes after its supervisor has stopped it leads there.
 * A7 an alternative is begun only after an attempt has failed for good, or has given an answer of too little confidence: never after a
 *    person's no, or when its supervisor gives it up. What an alternative has done in place of work that failed is `degraded`.
 * A8 an attempt that asks a person has ended: its slot is free while the person is waited for, the next attempt follows the
 *    decision, whatever it is, and neither counts against `attemptsMax`.
 * A9 an answer of too little confidence is kept, and only the alternatives that may be surer follow it; where these fail, or it is given up,
 *    it stands: it ends as `degraded`, never as `failed`.
 */

/** What an agent's machine is given. */
export type AgentInput = {
  readonly path: string;
  readonly attemptsMax: number;
  /** How many attempts each piece of other work may have that stands in when it fails for good, in order. */
  readonly alternatives: readonly number[];
  /** What a person is asked before anything is done; an answer stands for the work itself. */
  readonly asks: "nothing" | "approval" | "answer";
  readonly hasFallback: boolean;
  /** When an answer calls for an alternative though it is one; null: never. */
  readonly escalation: Escalation | null;
  /** Whether a supervisor decides about its crashes; else a crash is a failed attempt. */
  readonly supervised: boolean;
  /** Null while something it needs has not settled. */
  readonly preparation: Preparation | null;
};

/**
 * What the machine remembers: its input, the attempt under way (from 1; 0 before the first), the last failure. `attemptsMax`
 * grows with each alternative, by the attempts that it may have after those that were made.
 */
export type AgentContext = AgentInput & {
  /** Which alternative is under way, from 1; 0: its own work. */
  readonly alternative: number;
  readonly attempt: number;
  /** Whether its own work has failed for good, so that an alternative stands in for it. */
  readonly isReplaced: boolean;
  /** Whether an answer is kept that was not sure enough. */
  readonly isKept: boolean;
  /** Attempts that crashed or were stopped under a supervisor, or ended with a question. */
  readonly begunAnew: number;
  /** Whether what a person is asked came up while it was at work. */
  readonly asksMidway: boolean;
  /** Whether its supervisor has stopped it while a person was asked. */
  readonly isStopped: boolean;
  readonly failure: Failure | null;
};

/** Facts and grants that concern one agent. */
export type AgentEvent =
  | { readonly type: "needs.settled"; readonly preparation: Preparation }
  | { readonly type: "slot.granted" }
  | {
      readonly type: "approval.decided";
      readonly approved: boolean;
      readonly answer?: string;
      readonly by?: string;
      /** Why a decision that was made cannot count; with `approved` false. */
      readonly refusal?: Failure;
    }
  | {
      readonly type: "agent.completed";
      readonly attempt: number;
      readonly outcome: CompletedOutcome;
      readonly cached?: boolean;
    }
  | {
      readonly type: "agent.failed";
      readonly attempt: number;
      readonly failure: Failure;
      readonly usage?: Usage;
    }
  | {
      readonly type: "agent.asked";
      readonly attempt: number;
      readonly asked: Omit<AskedOutcome, "kind" | "usage">;
      readonly usage?: Usage;
    }
  | {
      readonly type: "timer.fired";
      readonly purpose: "timeout" | "backoff" | "grace";
      readonly attempt: number;
    }
  /** An attempt that was to stop has done so. */
  | { readonly type: "agent.stopped"; readonly attempt: number }
  /** Its supervisor's word: come to rest, go on, end for good. */
  | { readonly type: "stop" }
  | { readonly type: "restart" }
  | { readonly type: "abandon"; readonly failure: Failure }
  | { readonly type: "cancel"; readonly reason: string };

const SATISFIED: Tally = { total: 1, satisfied: 1, cancelled: 0 };
const UNSATISFIED: Tally = { total: 1, satisfied: 0, cancelled: 0 };
const CANCELLED: Tally = { total: 1, satisfied: 0, cancelled: 1 };

const noop = (): void => {};

const record = <S extends NodeStatus>(status: S) => ({ type: "recordResult", params: { status } }) as const;

/** The statechart of one agent; its actions are no-ops until supplied. */
export const agentMachine = setup({
  types: {
    input: {} as AgentInput,
    context: {} as AgentContext,
    events: {} as AgentEvent,
    output: {} as NodeOutput,
  },
  actions: {
    keepPreparation: assign(({ event }) =>
      event.type === "needs.settled" ? { preparation: event.preparation } : {},
    ),
    keepFailure: assign(({ context, event }) => failureOf(context, event)),
    countAttempt: assign(({ context }) => ({ attempt: context.attempt + 1 })),
    countBegunAnew: assign(({ context }) => ({ begunAnew: context.begunAnew + 1 })),
    takeAlternative: assign(({ context, event }) => {
      const { alternative, alternatives, attempt, begunAnew } = context;
      return {
        alternative: alternative + 1,
        attemptsMax: attempt - begunAnew + alternatives[alternative]!,
        isReplaced: context.isReplaced || !(context.isKept || event.type === "agent.completed"),
      };
    }),
    noteKept: assign({ isKept: true }),
    /** Keeps an answer that was not sure enough. */
    keepAnswer: noop,
    beginAsking: assign({ asksMidway: true }),
    endAsking: assign({ asksMidway: false }),
    noteStopped: assign({ isStopped: true }),
    noteRestart: assign({ isStopped: false }),
    /** Keeps what an attempt has asked, and where it stopped. */
    keepAsked: noop,
    requestSlot: noop,
    withdrawRequest: noop,
    askApproval: noop,
    /** Lets go of the question and of its deadline. */
    closeQuestion: noop,
    dispatchTask: noop,
    cancelTask: noop,
    /** As cancelTask, and `agent.stopped` tells when its performer has returned. */
    stopTask: noop,
    armGrace: noop,
    disarmGrace: noop,
    /** To its supervisor. */
    reportCrash: noop,
    reportStopped: noop,
    armBackoff: noop,
    disarmBackoff: noop,
    /** Lets go of the timeout, and gives back the slot unless the work is still to stop. */
    leaveWork: noop,
    recordResult: (_, _params: { readonly status: NodeStatus }) => {},
    /** Makes the actor reachable by its path. */
    enlist: noop,
  },
  guards: {
    isSkipped: ({ context }) => context.preparation?.kind === "skip",
    isInvalid: ({ context }) => context.preparation?.kind === "invalid",
    mustAsk: ({ context }) => context.preparation?.kind === "run" && context.asks !== "nothing",
    hasSlot: ({ context }) => context.preparation?.kind === "run" && context.preparation.hasSlot === true,
    mayRun: ({ context }) => context.preparation?.kind === "run",
    isCurrent: ({ context, event }) => "attempt" in event && event.attempt === context.attempt,
    isTimeout: ({ context, event }) =>
      event.type === "timer.fired" && event.purpose === "timeout" && event.attempt === context.attempt,
    isGraceOver: ({ context, event }) =>
      event.type === "timer.fired" && event.purpose === "grace" && event.attempt === context.attempt,
    isCrash: ({ context, event }) =>
      context.supervised && event.type === "agent.failed" && isCrash(event.failure),
    isBackoffOver: ({ context, event }) =>
      event.type === "timer.fired" && event.purpose === "backoff" && event.attempt === context.attempt,
    isStopped: ({ context }) => context.isStopped,
    isMidway: ({ context }) => context.asksMidway,
    isAnswered: ({ context, event }) =>
      event.type === "approval.decided" && event.approved && context.asks === "answer",
    isApproved: ({ event }) => event.type === "approval.decided" && event.approved,
    mayRetry: ({ context, event }) => {
      const { failure } = failureOf(context, event);
      // What cannot be called for a while is not waited for where something else can do the work.
      if (!failure?.retryable || (isShut(failure) && isAnyLeft(context))) return false;
      return context.attempt - context.begunAnew < context.attemptsMax;
    },
    hasAlternative: ({ context }) => isAnyLeft(context),
    isUnsure: ({ context, event }) => event.type === "agent.completed" && isUnsure(context, event.outcome),
    isReplaced: ({ context }) => context.isReplaced,
    hasFallback: ({ context }) => context.hasFallback || context.isKept,
    isKept: ({ context }) => context.isKept,
  },
}).createMachine({
  id: "agent",
  // Written out: what follows a spread makes the object grow, at twice the memory, and there is one for each agent.
  context: ({ input }) => ({
    path: input.path,
    attemptsMax: input.attemptsMax,
    alternatives: input.alternatives,
    asks: input.asks,
    hasFallback: input.hasFallback,
    escalation: input.escalation,
    supervised: input.supervised,
    preparation: input.preparation,
    alternative: 0,
    attempt: 0,
    isReplaced: false,
    isKept: false,
    begunAnew: 0,
    asksMidway: false,
    isStopped: false,
    failure: null,
  }),
  entry: "enlist",
  initial: "blocked",
  output: ({ context, event }) => ({
    path: context.path,
    tally: (event as unknown as { output: Tally }).output,
  }),
  states: {
    blocked: {
      always: [
        { guard: "isSkipped", target: "skipped" },
        { guard: "isInvalid", target: "failed", actions: "keepFailure" },
        { guard: "mustAsk", target: "awaitingApproval" },
        { guard: "hasSlot", target: "running" },
        { guard: "mayRun", target: "ready" },
      ],
      on: {
        "needs.settled": { actions: "keepPreparation" },
        cancel: "cancelled",
        // Nothing is under way that could stop.
        stop: { actions: "reportStopped" },
        abandon: { target: "failed", actions: "keepFailure" },
      },
    },
    awaitingApproval: {
      entry: "askApproval",
      exit: "closeQuestion",
      on: {
        "approval.decided": [
          { guard: and(["isStopped", "isMidway"]), target: "held", actions: "endAsking" },
          { guard: "isMidway", target: "ready", actions: "endAsking" },
          { guard: "isAnswered", target: "succeeded" },
          { guard: and(["isStopped", "isApproved"]), target: "held" },
          { guard: "isApproved", target: "ready" },
          { guard: "hasFallback", target: "degraded", actions: "keepFailure" },
          { target: "failed", actions: "keepFailure" },
        ],
        cancel: "cancelled",
        stop: { actions: ["noteStopped", "reportStopped"] },
        restart: { actions: "noteRestart" },
        abandon: [
          { guard: "isKept", target: "degraded", actions: "keepFailure" },
          { target: "failed", actions: "keepFailure" },
        ],
      },
    },
    ready: {
      entry: "requestSlot",
      on: {
        "slot.granted": "running",
        cancel: { target: "cancelled", actions: "withdrawRequest" },
        stop: { target: "held", actions: ["withdrawRequest", "reportStopped"] },
      },
    },
    running: {
      entry: ["countAttempt", "dispatchTask"],
      exit: "leaveWork",
      on: {
        "agent.completed": [
          {
            guard: and(["isCurrent", "isUnsure"]),
            target: "ready",
            actions: ["keepFailure", "keepAnswer", "takeAlternative", "noteKept"],
          },
          { guard: and(["isCurrent", "isReplaced"]), target: "degraded" },
          { guard: "isCurrent", target: "succeeded" },
        ],
        "agent.failed": [
          {
            guard: and(["isCurrent", "isCrash"]),
            target: "held",
            actions: ["keepFailure", "countBegunAnew", "reportCrash"],
          },
          { guard: and(["isCurrent", "mayRetry"]), target: "backingOff", actions: "keepFailure" },
          {
            guard: and(["isCurrent", "hasAlternative"]),
            target: "ready",
            actions: ["keepFailure", "takeAlternative"],
          },
          { guard: and(["isCurrent", "hasFallback"]), target: "degraded", actions: "keepFailure" },
          { guard: "isCurrent", target: "failed", actions: "keepFailure" },
        ],
        "agent.asked": {
          guard: "isCurrent",
          target: "awaitingApproval",
          actions: ["countBegunAnew", "beginAsking", "keepAsked"],
        },
        "timer.fired": [
          {
            guard: and(["isTimeout", "mayRetry"]),
            target: "backingOff",
            actions: ["cancelTask", "keepFailure"],
          },
          {
            guard: and(["isTimeout", "hasAlternative"]),
            target: "ready",
            actions: ["cancelTask", "keepFailure", "takeAlternative"],
          },
          {
            guard: and(["isTimeout", "hasFallback"]),
            target: "degraded",
            actions: ["cancelTask", "keepFailure"],
          },
          { guard: "isTimeout", target: "failed", actions: ["cancelTask", "keepFailure"] },
        ],
        cancel: { target: "cancelled", actions: "cancelTask" },
        stop: { target: "stopping", actions: "stopTask" },
      },
    },
    stopping: {
      entry: "armGrace",
      exit: ["disarmGrace", "leaveWork"],
      on: {
        // It was done before it could be stopped: recorded work is not done again, however sure it is.
        "agent.completed": [
          { guard: and(["isCurrent", "isReplaced"]), target: "degraded" },
          { guard: "isCurrent", target: "succeeded" },
        ],
        "agent.failed": { guard: "isCurrent", target: "held", actions: ["countBegunAnew", "reportStopped"] },
        // What it wanted to know is asked by the attempt that begins anew.
        "agent.asked": { guard: "isCurrent", target: "held", actions: ["countBegunAnew", "reportStopped"] },
        "agent.stopped": { guard: "isCurrent", target: "held", actions: ["countBegunAnew", "reportStopped"] },
        // By force: it is left behind, and heard no more.
        "timer.fired": { guard: "isGraceOver", target: "held", actions: ["countBegunAnew", "reportStopped"] },
        cancel: "cancelled",
      },
    },
    held: {
      on: {
        restart: { target: "ready", actions: "noteRestart" },
        abandon: [
          { guard: "hasFallback", target: "degraded", actions: "keepFailure" },
          { target: "failed", actions: "keepFailure" },
        ],
        cancel: "cancelled",
      },
    },
    backingOff: {
      entry: "armBackoff",
      on: {
        "timer.fired": { guard: "isBackoffOver", target: "ready" },
        cancel: { target: "cancelled", actions: "disarmBackoff" },
        stop: { target: "held", actions: ["disarmBackoff", "reportStopped"] },
      },
    },
    succeeded: { type: "final", entry: record("succeeded"), output: SATISFIED },
    degraded: { type: "final", entry: record("degraded"), output: SATISFIED },
    failed: { type: "final", entry: record("failed"), output: UNSATISFIED },
    cancelled: { type: "final", entry: record("cancelled"), output: CANCELLED },
    skipped: {
      type: "final",
      entry: record("skipped"),
      output: ({ context }: { context: AgentContext }) =>
        context.preparation?.kind === "skip" && context.preparation.reason === "condition"
          ? SATISFIED
          : UNSATISFIED,
    },
  },
});
