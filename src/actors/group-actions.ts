import {
  type ActorRef,
  type AnyActorRef,
  type EventObject,
  enqueueActions,
  type Snapshot,
  stopChild,
} from "xstate";
import {
  type ChildStart,
  type GroupContext,
  type GroupEvent,
  type GroupInput,
  type GroupStatus,
  startingChildren,
} from "../machines/group.ts";
import { EMPTY_TALLY } from "../machines/preparation.ts";
import { LIMITS } from "../shared/limits.ts";
import type { Nodes } from "./nodes.ts";
import { type From, nodesOf } from "./run-parts.ts";

type GroupSelf = ActorRef<
  Snapshot<unknown> & { children: Record<string, AnyActorRef | undefined> },
  GroupEvent,
  EventObject
>;

type Of = From & { readonly context: GroupContext; readonly event: GroupEvent };

/**
 * What forks and chains name: starting, stopping and counting children.
 * Children's ids are the lowest free numbers, so that the few event types `xstate.done.actor.N` are used again and
 * again (each distinct one costs memory for ever); their identity is the path in their input.
 * XState types its built-in actions by the machine around them; made here, outside of one, they are cast.
 */
export const groupActions = {
  enlist: (from: Of & { readonly self: object }): void => {
    const { shard, path } = from.context;
    if (!shard) nodesOf(from).enlistGroup(path, from.self as GroupSelf);
  },
  spawnSupervisor: enqueueActions(({ context, enqueue, system }) => {
    const { path, shard, tally, total } = context as GroupContext;
    // A group that ends as it begins has nobody to supervise: what it spawned then, XState would start all the same.
    const policy = shard || tally.total >= total ? undefined : nodesOf({ system }).supervisionOf(path);
    if (policy)
      enqueue.spawnChild("supervisor" as never, { id: "supervisor", input: { ...policy, path } } as never);
  }) as never,
  spawnChildren: enqueueActions(({ context, event, enqueue, self, system }) => {
    const own = slotsOf(self);
    const group = context as GroupContext;
    const children = startingChildren(group, event as unknown as GroupEvent);
    for (const child of childrenToSpawn(nodesOf({ system }), group, children)) {
      enqueue.spawnChild(child.src as never, { id: own.take(), input: child.input } as never);
    }
  }) as never,
  dropChild: stopChild(({ event, self }) => {
    const { actorId } = event as unknown as { actorId: string };
    slotsOf(self).give(actorId);
    return actorId;
  }) as never,
  cancelChildren: ({ event, self }: { event: GroupEvent; self: object }): void => {
    const children = Object.values((self as GroupSelf).getSnapshot().children);
    const reason = reasonOf(event);
    for (const child of children.reverse()) child?.send({ type: "cancel", reason });
  },
  settleUnstarted: (from: Of): void => {
    const { shard, path } = from.context;
    if (!shard) nodesOf(from).settleUnstarted(path, from.event);
  },
  recordGroup: (from: Of, { status }: { status: GroupStatus }): void => {
    const { shard, path } = from.context;
    if (!shard) nodesOf(from).recordGroup(path, status);
  },
};

const slots = new WeakMap<object, Slots>();

function slotsOf(self: object): Slots {
  const known = slots.get(self);
  if (known) return known;
  const made = new Slots();
  slots.set(self, made);
  return made;
}

/** Hands out the lowest numbers that are free. */
class Slots {
  readonly #free: number[] = [];
  #next = 0;

  take(): string {
    return String(this.#free.pop() ?? this.#next++);
  }

  give(id: string): void {
    this.#free.push(Number(id));
  }
}

function reasonOf(event: GroupEvent): string {
  if (event.type === "cancel") return event.reason;
  return event.type === "supervision.exceeded" ? event.failure.message : "cancelled";
}

type Spawn = { readonly src: ChildStart["kind"]; readonly input: unknown };

/** The machines to start for some children: the children themselves, or shards of them when they are many. */
function childrenToSpawn(
  nodes: Nodes,
  context: GroupContext,
  ready: readonly ChildStart[],
): readonly Spawn[] {
  if (ready.length <= LIMITS.actorChildren) {
    return ready.map(({ kind, path }) => ({
      src: kind,
      input: kind === "agent" ? nodes.agentInput(path) : nodes.groupInput(path),
    }));
  }
  let size: number = LIMITS.actorChildren;
  while (size * LIMITS.actorChildren < ready.length) size *= LIMITS.actorChildren;
  const shards: Spawn[] = [];
  for (let from = 0; from < ready.length; from += size) {
    shards.push({ src: "fork", input: shardInput(context, ready.slice(from, from + size)) });
  }
  return shards;
}

function shardInput(context: GroupContext, ready: readonly ChildStart[]): GroupInput {
  const { path, threshold } = context;
  return { path, total: ready.length, ready, settled: EMPTY_TALLY, threshold, shard: true };
}
