import { type AnyActorRef, type AnyStateMachine, stopChild } from "xstate";
import { FlatSnapshot } from "./flat-snapshot.ts";
import type { Candidate, FlatState, Listening, StateTable } from "./state-table.ts";
import type { Args, EventView, ScopeView } from "./steps.ts";

/** Of all actors that never had one. */
const NO_CHILDREN: Record<string, AnyActorRef> = Object.freeze({});

/**
 * Purpose: one event and all that follows from it at once, as SCXML and XState order it.
 * Owns: the state between the snapshot before and the one after. Does not own: when events come.
 * Invariants (held against XState itself by test/actors/flat-machine.test.ts):
 * M1 exit actions, then the transition's, then entry actions; then `always`, then what was raised.
 * M2 actions see the context as it is at their turn; the actor's snapshot changes only when the step is over.
 */
export class Macrostep {
  readonly machine: AnyStateMachine;
  readonly scope: ScopeView;
  readonly isInitial: boolean;
  children: Record<string, AnyActorRef>;
  #raised: EventView[] | null = null;
  readonly #table: StateTable;
  #event: EventView;
  #context: object;
  #args: Args | null = null;
  #state: FlatState;
  #ended: { readonly output: unknown } | null = null;

  constructor(
    machine: AnyStateMachine,
    table: StateTable,
    scope: ScopeView,
    event: EventView,
    from: FlatSnapshot | { readonly context: object },
  ) {
    this.machine = machine;
    this.#table = table;
    this.scope = scope;
    this.#event = event;
    this.#context = from.context;
    this.isInitial = !("value" in from);
    this.children = "value" in from ? from.children : NO_CHILDREN;
    this.#state = "value" in from ? table.states.get(from.value)! : table.initial;
  }

  get event(): EventView {
    return this.#event;
  }

  get context(): object {
    return this.#context;
  }

  set context(context: object) {
    this.#context = context;
    this.#args = null;
  }

  /** What was raised and not taken yet. */
  get raised(): EventView[] {
    this.#raised ??= [];
    return this.#raised;
  }

  /** What actions are told: the same object until the context or the event changes. */
  args(): Args {
    const { self, system } = this.scope;
    this.#args ??= { context: this.#context, event: this.#event, self, system };
    return this.#args;
  }

  begin(): FlatSnapshot {
    for (const step of this.#table.entry) step(this);
    for (const step of this.#state.entry) step(this);
    if (this.#state.isFinal) this.#end();
    this.#settle();
    return this.snapshot();
  }

  /** `before` itself when the event changes nothing. */
  take(before: FlatSnapshot): FlatSnapshot {
    const chosen = this.#select(this.#event.type);
    if (chosen) this.#go(chosen);
    else if (this.#state.always.length === 0) return before;
    this.#settle();
    // Actions alone leave the snapshot as it is: its children are a live record.
    const { value, context, children } = before;
    return value === this.#state.value &&
      context === this.#context &&
      children === this.children &&
      !this.#ended
      ? before
      : this.snapshot();
  }

  /** The snapshot as it would be now. */
  snapshot(): FlatSnapshot {
    return new FlatSnapshot(this.machine, this.#state, this.context, this.children, this.#ended);
  }

  addChild(id: string, child: AnyActorRef): void {
    if (this.children === NO_CHILDREN) this.children = {};
    this.children[id] = child;
  }

  /** Takes over what one of XState's own actions has changed. */
  adopt({ context, children }: Pick<FlatSnapshot, "context" | "children">): void {
    this.context = context;
    for (const id of Object.keys(this.children)) if (!(id in children)) delete this.children[id];
    for (const [id, child] of Object.entries(children)) this.addChild(id, child);
  }

  #settle(): void {
    while (!this.#ended) {
      const onward = this.#first(this.#state.always);
      if (onward) {
        this.#go(onward);
        continue;
      }
      const next = this.#raised?.shift();
      if (next === undefined) break;
      this.#event = next;
      this.#args = null;
      const chosen = this.#select(next.type);
      if (chosen) this.#go(chosen);
    }
    if (this.#ended) this.#stopChildren();
  }

  #select(type: string): Candidate | null {
    return this.#selectOf(this.#state.own, type) ?? this.#selectOf(this.#table.everywhere, type);
  }

  #selectOf({ exact, patterns }: Listening, type: string): Candidate | null {
    const found = this.#first(exact.get(type));
    if (found || patterns.length === 0) return found;
    for (const { matches, candidates } of patterns) {
      const other = matches(type) ? this.#first(candidates) : null;
      if (other) return other;
    }
    return null;
  }

  #first(candidates: readonly Candidate[] | undefined): Candidate | null {
    if (!candidates) return null;
    for (const candidate of candidates)
      if (candidate.guard === null || candidate.guard(this)) return candidate;
    return null;
  }

  #go({ target, steps }: Candidate): void {
    if (target) for (const step of this.#state.exit) step(this);
    for (const step of steps) step(this);
    if (!target) return;
    this.#state = target;
    for (const step of target.entry) step(this);
    if (target.isFinal) this.#end();
  }

  #end(): void {
    const { node, doneType: type } = this.#state;
    const { output } = this.machine.root as { readonly output?: unknown };
    if (output === undefined) {
      this.#ended = { output };
      return;
    }
    const own = this.#valueOf(node.output, this.event);
    this.#ended = { output: this.#valueOf(output, { type, output: own }) };
  }

  #valueOf(output: unknown, event: object): unknown {
    return typeof output === "function"
      ? output({ context: this.context, event, self: this.scope.self })
      : output;
  }

  #stopChildren(): void {
    for (const child of Object.values(this.children)) {
      const { execute } = stopChild(child) as unknown as {
        execute(scope: ScopeView, child: AnyActorRef): void;
      };
      if (this.isInitial) this.scope.defer(() => execute(this.scope, child));
      else execute(this.scope, child);
    }
  }
}
