import { assign, setup } from "xstate";
import type { Failure } from "../plan/outcome.ts";

/**
 * Purpose: decide what becomes of the children of one supervisor when one of them crashes (the rules are those of
 * OTP's `supervisor`: strategies, restart intensity, escalation).
 * Owns: how often children were restarted, and how many stops are awaited. Does not own: the children, their order, time.
 * Invariants:
 * S1 a child is started again only after every child that is to be restarted with it has stopped.
 * S2 more than `restartsMax` crashes within `withinMs` are not met by restarts: all children stop, and the supervisor's own
 *    supervisor decides; without one, it fails.
 * S3 a supervisor that its own supervisor restarts begins to count anew.
 * S4 nothing follows `failed`.
 */

/** What a supervisor is given; `withinMs` is the span in which crashes count. */
export type SupervisorInput = {
  readonly path: string;
  readonly strategy: SupervisionStrategy;
  readonly restartsMax: number;
  readonly withinMs: number;
};

/** Which children a crash concerns: the one, all, or it and those started after it. */
export type SupervisionStrategy = "one_for_one" | "one_for_all" | "rest_for_one";

/** What a supervisor remembers: crashes within the last `withinMs`, ms since the epoch, and stops that it waits for. */
export type SupervisorContext = SupervisorInput & {
  readonly crashes: readonly number[];
  readonly waiting: number;
  /** The children that are told to stop, in the order of their start. */
  readonly chosen: readonly string[];
  readonly failure: Failure | null;
};

/** What a supervisor hears; a child is an agent or a supervisor that has no nearer supervisor. */
export type SupervisorEvent =
  /** A child has crashed, and is at rest. */
  | {
      readonly type: "child.crashed";
      readonly path: string;
      readonly atMs: number;
      readonly failure: Failure;
    }
  /** A child that was told to stop has done so, or has ended. */
  | { readonly type: "child.stopped"; readonly path: string }
  /** Verdicts of its own supervisor; without one, it abandons its children itself. */
  | { readonly type: "stop" }
  | { readonly type: "restart" }
  | { readonly type: "abandon"; readonly failure: Failure };

const noop = (): void => {};

/** The statechart of one supervisor; its actions are no-ops until supplied. */
export const supervisorMachine = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
  },
  actions: {
    /** Makes the actor reachable by its path. */
    enlist: noop,
    countCrash: assign(({ context, event }) =>
      event.type === "child.crashed" ? { crashes: crashesWithin(context, event.atMs) } : {},
    ),
    forgetCrashes: assign({ crashes: [] }),
    keepFailure: assign(({ context, event }) => {
      if (event.type === "abandon") return { failure: event.failure };
      return event.type === "child.crashed" ? { failure: exceeded(context, event.failure) } : {};
    }),
    /** Chooses what the strategy says, without what is at rest or told already; supplied by the actors, like the next. */
    chooseAffected: assign({}),
    /** Chooses every live child, likewise. */
    chooseAll: assign({}),
    /** Stops the chosen ones, the newest first. */
    stopChosen: noop,
    noteStopped: assign(({ context }) => ({ waiting: context.waiting - 1 })),
    /** Starts the children that are at rest, in the order in which they were started first. */
    startHeld: noop,
    /** Tells its own supervisor that it has stopped as it was told. */
    reportStopped: noop,
    /** Tells its own supervisor that it cannot go on; without one, nothing can. */
    escalate: noop,
    /** Ends its children for good. */
    abandonChildren: noop,
  },
  guards: {
    mayRestart: ({ context, event }) =>
      event.type === "child.crashed" && crashesWithin(context, event.atMs).length <= context.restartsMax,
    allStopped: ({ context }) => context.waiting === 0,
  },
}).createMachine({
  id: "supervisor",
  context: ({ input }) => ({ ...input, crashes: [], waiting: 0, chosen: [], failure: null }),
  entry: "enlist",
  initial: "supervising",
  states: {
    supervising: {
      on: {
        "child.crashed": [
          {
            guard: "mayRestart",
            target: "restarting",
            actions: ["countCrash", "chooseAffected", "stopChosen"],
          },
          { target: "escalating", actions: ["countCrash", "keepFailure", "chooseAll", "stopChosen"] },
        ],
        stop: { target: "suspending", actions: ["chooseAll", "stopChosen"] },
      },
    },
    restarting: {
      always: { guard: "allStopped", target: "supervising", actions: "startHeld" },
      on: {
        "child.stopped": { actions: "noteStopped" },
        "child.crashed": [
          { guard: "mayRestart", actions: ["countCrash", "chooseAffected", "stopChosen"] },
          { target: "escalating", actions: ["countCrash", "keepFailure", "chooseAll", "stopChosen"] },
        ],
        stop: { target: "suspending", actions: ["chooseAll", "stopChosen"] },
      },
    },
    escalating: {
      always: { guard: "allStopped", target: "escalated" },
      on: {
        "child.stopped": { actions: "noteStopped" },
        stop: "suspending",
      },
    },
    escalated: {
      entry: "escalate",
      on: {
        restart: { target: "supervising", actions: ["forgetCrashes", "startHeld"] },
        abandon: { target: "failed", actions: "keepFailure" },
      },
    },
    suspending: {
      always: { guard: "allStopped", target: "suspended" },
      on: { "child.stopped": { actions: "noteStopped" } },
    },
    suspended: {
      entry: "reportStopped",
      on: {
        restart: { target: "supervising", actions: ["forgetCrashes", "startHeld"] },
        abandon: { target: "failed", actions: "keepFailure" },
      },
    },
    // Not a final state: its group counts the ends of agents and groups, not of supervisors.
    failed: { entry: "abandonChildren" },
  },
});

/** Crashes that count at `atMs`, the one of that moment included (OTP: those not longer ago than the period). */
function crashesWithin({ crashes, withinMs }: SupervisorContext, atMs: number): readonly number[] {
  return [...crashes.filter((crashMs) => atMs - crashMs <= withinMs), atMs];
}

function exceeded({ path, restartsMax, withinMs, crashes }: SupervisorContext, last: Failure): Failure {
  const times = restartsMax === 1 ? "one" : String(restartsMax);
  return {
    code: "SUPERVISION_EXCEEDED",
    message: `${crashes.length} crashes below ${path} within ${withinMs} ms, ${times} may be met by restarts; the last one: ${last.message}`,
    retryable: false,
    hint: "mend the crash, or raise `supervision.restarts`",
    detail: { lastCode: last.code },
  };
}

/**
 * Which live children a crash concerns, in the order of their start (OTP's strategies). The crashed one is always among
 * them; `live` holds the children in the order in which they were first started.
 */
export function affectedBy(
  strategy: SupervisionStrategy,
  live: readonly string[],
  crashed: string,
): readonly string[] {
  if (strategy === "one_for_one") return [crashed];
  if (strategy === "one_for_all") return live;
  return live.slice(live.indexOf(crashed));
}
