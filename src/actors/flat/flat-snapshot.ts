import { type AnyActorRef, type AnyEventObject, type AnyStateMachine, matchesState } from "xstate";
import type { StateNodeView } from "./state-node-view.ts";

type Children = Record<string, AnyActorRef>;

/** What a snapshot of a flat machine is made from. */
export type SnapshotParts = {
  readonly status: "active" | "done";
  readonly output: unknown;
  readonly context: object;
  readonly value: string;
  readonly nodes: readonly StateNodeView[];
  readonly tags: ReadonlySet<string>;
  readonly children: Children;
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

  constructor(machine: AnyStateMachine, parts: SnapshotParts) {
    this.status = parts.status;
    this.output = parts.output;
    this.machine = machine;
    this.context = parts.context;
    this._nodes = parts.nodes;
    this.value = parts.value;
    this.tags = parts.tags;
    this.children = parts.children;
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
