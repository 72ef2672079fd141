import { assign, setup } from "xstate";

/**
 * Purpose: decide whether a resource (a model, a host, a command) is called, by how the calls before went.
 * Owns: the state, and until when it is open. Does not own: the counts that lead from one state to another, calls, time.
 * It is told of edges only: a call that changes nothing does not reach it, so that calls stay cheap.
 * Invariants:
 * B1 it opens only when the counted failures reach a threshold, or a probe fails.
 * B2 while it is open nothing changes its state before `untilMs`, `openMs` after it opened, but a person's word.
 * B3 it closes only from half open, when every probe has succeeded, or by a person's word.
 * B4 it counts its openings in a row: closing begins the count anew.
 */

/** What a breaker is given. */
export type BreakerInput = {
  readonly resource: string;
  /** How long it stays open before a call may try the resource again. */
  readonly openMs: number;
};

/** What the breaker remembers; `untilMs` counts while it is open, ms since the epoch. */
export type BreakerContext = BreakerInput & { readonly untilMs: number; readonly openings: number };

/** What a breaker hears; times in ms since the epoch. */
export type BreakerEvent =
  /** The failures among the calls of late are too many. */
  | { readonly type: "threshold.reached"; readonly atMs: number }
  /** A call is about to try the resource again. */
  | { readonly type: "probe.begun"; readonly atMs: number }
  | { readonly type: "probe.failed"; readonly atMs: number }
  /** As many probes as are asked for have succeeded, and none has failed. */
  | { readonly type: "probes.succeeded"; readonly atMs: number }
  /** A person knows that the resource is well again. */
  | { readonly type: "reset.ordered"; readonly atMs: number };

const noop = (): void => {};

/** The statechart of one circuit breaker; its actions are no-ops until supplied. */
export const breakerMachine = setup({
  types: {
    input: {} as BreakerInput,
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
  },
  actions: {
    setDeadline: assign(({ context, event }) => ({
      untilMs: event.atMs + context.openMs,
      openings: context.openings + 1,
    })),
    forgetOpenings: assign({ openings: 0 }),
    announceOpened: noop,
    announceHalfOpened: noop,
    announceClosed: noop,
  },
  guards: { isDue: ({ context, event }) => event.atMs >= context.untilMs },
}).createMachine({
  id: "breaker",
  context: ({ input }) => ({ ...input, untilMs: 0, openings: 0 }),
  initial: "closed",
  states: {
    closed: {
      on: { "threshold.reached": { target: "open", actions: ["setDeadline", "announceOpened"] } },
    },
    open: {
      on: {
        "probe.begun": { guard: "isDue", target: "halfOpen", actions: "announceHalfOpened" },
        "reset.ordered": { target: "closed", actions: ["forgetOpenings", "announceClosed"] },
      },
    },
    halfOpen: {
      on: {
        "probe.failed": { target: "open", actions: ["setDeadline", "announceOpened"] },
        // Calls that began before it opened still count: they tell of the resource as well.
        "threshold.reached": { target: "open", actions: ["setDeadline", "announceOpened"] },
        "probes.succeeded": { target: "closed", actions: ["forgetOpenings", "announceClosed"] },
        "reset.ordered": { target: "closed", actions: ["forgetOpenings", "announceClosed"] },
      },
    },
  },
});
