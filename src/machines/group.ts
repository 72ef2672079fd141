import { type AnyActorLogic, assign, fromCallback, setup } from "xstate";
import type { Failure } from "../plan/outcome.ts";
import { addTally, type NodeOutput, type Tally } from "./preparation.ts";

/** One child that a group may start now; `kind` names the machine that runs it. */
export type ChildStart = { readonly kind: "agent" | "fork" | "chain"; readonly path: string };

/** What a group (fork or chain) knows when it is made. */
export type GroupInput = {
  readonly path: string;
  /** How many children it will have in all. */
  readonly total: number;
  /** Children that may start at once; none once they have. */
  readonly ready: readonly ChildStart[];
  /** Children that ended before they could start (skipped). */
  readonly settled: Tally;
  /** Share of the children that must be satisfied, above 0 to 1; a chain needs them all. */
  readonly threshold: number;
  /** A shard carries part of a wide fork's children and reports their tally as it is. */
  readonly shard: boolean;
};

/** `live` and `tally` count children; the children of a shard count one by one. */
export type GroupContext = Omit<GroupInput, "settled"> & {
  readonly live: number;
  readonly tally: Tally;
  readonly cancelled: boolean;
};

/** What a fork or chain hears. */
export type GroupEvent =
  /** Children whose needs have settled since. */
  | { readonly type: "children.ready"; readonly children: readonly ChildStart[] }
  /** Children that ended without ever being started. */
  | { readonly type: "children.skipped"; readonly tally: Tally }
  /** Nothing is under way that could ever start what still waits. */
  | { readonly type: "group.stalled" }
  /** The supervisor of its agents has failed. */
  | { readonly type: "supervision.exceeded"; readonly failure: Failure }
  | { readonly type: "cancel"; readonly reason: string }
  /** A child's machine ended: XState's own event, its type ends in the child's id. */
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string; readonly output: NodeOutput };

/** How a fork or chain ends. */
export type GroupStatus = "succeeded" | "failed" | "cancelled";

/** The entry action of a group's final state. */
export const recordGroup = <S extends GroupStatus>(status: S) =>
  ({ type: "recordGroup", params: { status } }) as const;

/** Stands in for actors that only `provide` can supply; running it is a mistake in the wiring. */
const unsupplied = fromCallback(() => {
  throw new Error("group machine: its children's machines were not provided");
}) as unknown as AnyActorLogic;

const noop = (): void => {};

const NONE: readonly ChildStart[] = [];

/** What forks and chains share: how children are counted. The two machines differ in their states. */
export const groupSetup = setup({
  types: {
    input: {} as GroupInput,
    context: {} as GroupContext,
    events: {} as GroupEvent,
    output: {} as NodeOutput,
  },
  actors: { agent: unsupplied, fork: unsupplied, chain: unsupplied, supervisor: unsupplied },
  actions: {
    /** Starts the supervisor of the agents below, if there is to be one; supplied by the actors, like the next ones. */
    spawnSupervisor: noop,
    /** Starts `startingChildren`. */
    spawnChildren: noop,
    /** Lets go of a child that has ended. */
    dropChild: noop,
    cancelChildren: noop,
    /** Records how the children that were never started ended. */
    settleUnstarted: noop,
    recordGroup: (_, _params: { readonly status: GroupStatus }) => {},
    /** Makes the actor reachable by its path. */
    enlist: noop,
    noteSpawned: assign(({ context, event }) => ({
      live: context.live + startingChildren(context, event).length,
      ready: NONE,
    })),
    noteSkipped: assign(({ context, event }) =>
      event.type === "children.skipped" ? { tally: addTally(context.tally, event.tally) } : {},
    ),
    noteEnded: assign(({ context, event }) =>
      "output" in event
        ? {
            live: context.live - event.output.tally.total,
            tally: addTally(context.tally, event.output.tally),
          }
        : {},
    ),
    noteUnstarted: assign(({ context, event }) => {
      const unstarted = context.total - context.tally.total - context.live;
      const cancelled = event.type === "cancel";
      return {
        ready: NONE,
        cancelled: context.cancelled || cancelled,
        tally: addTally(context.tally, {
          total: unstarted,
          satisfied: 0,
          cancelled: cancelled ? unstarted : 0,
        }),
      };
    }),
  },
  guards: {
    /** Whether any child is neither started nor ended: after a cancellation none is. */
    hasUnstarted: ({ context }) => context.tally.total + context.live + context.ready.length < context.total,
    hasReady: ({ context }) => context.ready.length > 0,
    hasLive: ({ context }) => context.live > 0,
    allEnded: ({ context }) => context.tally.total >= context.total,
    isCancelled: ({ context }) => context.cancelled,
    meetsThreshold: ({ context }) => meetsThreshold(context.tally, context.threshold),
  },
});

/** Who starts now: the children that an event tells of, or those that were ready when the group was made. */
export function startingChildren(context: GroupContext, event: GroupEvent): readonly ChildStart[] {
  return event.type === "children.ready" ? event.children : context.ready;
}

/** The context that a group begins with. */
export function groupContext({ input }: { input: GroupInput }): GroupContext {
  const { settled, ...rest } = input;
  return { ...rest, live: 0, tally: settled, cancelled: false };
}

/** Whether enough children ended well; a group without children has. */
export function meetsThreshold(tally: Tally, threshold: number): boolean {
  return tally.total === 0 || tally.satisfied / tally.total >= threshold - 1e-9;
}

/** The machine's output: its own end counts as one, a shard passes on its children's. */
export function groupOutput({ context, event }: { context: GroupContext; event: unknown }): NodeOutput {
  return { path: context.path, tally: context.shard ? context.tally : (event as { output: Tally }).output };
}
