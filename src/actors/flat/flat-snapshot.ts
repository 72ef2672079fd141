import { type AnyActorRef, type AnyEventObject, type AnyStateMachine, matchesState } from "xstate";
import type { StateNodeView } from "./state-node-view.ts";

type Children = Record<string, AnyActorRef>;

/** What a state gives to every snapshot in it. */
export type SnapshotState = {
  readonly value: string;
  readonly nodes: readonly StateNodeView[];
  readonly tags: ReadonlySet<string>;
};

const NO_HISTORY = {};

/**
 * A machine's snapshot as XState knows it (5.33.3, `createMachineSnapshot`), with its methods on the prototype and the
 * tags of a state shared. `children` is the live record, not a copy.
 */
export class FlatSnapshot {
  readonly status: "active" | "done";
  readonly output: unknown;
  readonly error = undefined;
  readonly machine: AnyStateMachine;
  readonly context: object;
  readonly _nodes: readonly StateNodeView[];
  readonly value: string;
  readonly tags: ReadonlySet<string>;
  readonly children: Children;
  readonly historyValue = NO_HISTORY;

  constructor(
    machine: AnyStateMachine,
    state: SnapshotState,
    context: object,
    children: Children,
    end: { readonly output: unknown } | null,
  ) {
    this.status = end ? "done" : "active";
    this.output = end?.output;
    this.machine = machine;
    this.context = context;
    this._nodes = state.nodes;
    this.value = state.value;
    this.tags = state.tags;
    this.children = children;
  }

  matches(value: string): boolean {
    return matchesState(value, this.value);
  }

  hasTag(tag: string): boolean {
    return this.tags.has(tag);
  }

  can(event: AnyEventObject): boolean {
    const found = this.machine.getTransitionData(this as never, event);
    return found.some(({ target, actions }) => target !== undefined || actions.length > 0);
  }

  getMeta(): Record<string, unknown> {
    return Object.fromEntries(
      this._nodes.flatMap(({ id, meta }) => (meta === undefined ? [] : [[id, meta] as const])),
    );
  }

  toJSON(): object {
    const { _nodes, machine, tags, ...plain } = this;
    return { ...plain, tags: [...tags] };
  }
}
