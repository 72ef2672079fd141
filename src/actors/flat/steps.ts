import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  and,
  spawnChild,
  stopChild,
} from "xstate";
import { enqueued, SpawnOrder } from "./enqueued.ts";
import { FlatActor } from "./flat-actor.ts";
import type { Macrostep } from "./macrostep.ts";
import type { ActionCode, ActionView, GuardCode, GuardView, Named } from "./state-node-view.ts";

/** XState's `ProcessingStatus.Stopped`. */
const STOPPED = 2;

/** What all of XState's `and` guards have in common. */
const AND = (and([]) as unknown as GuardCode).check;

type Members = Record<string, unknown>;

/** One action, ready to be done. */
export type Step = (run: Macrostep) => void;
/** One guard, ready to be asked. */
export type Guard = (run: Macrostep) => boolean;

/** The guard that a machine means by a name, an object or a function. */
export function guardOf(machine: AnyStateMachine, guard: GuardView): Guard {
  const code = (typeof guard === "function" ? guard : machine.implementations.guards[nameOf(guard)]) as
    | GuardCode
    | GuardView
    | undefined;
  if (code === undefined)
    throw new Error(`${machine.id}: guard ${nameOf(guard as Named)} is not implemented`);
  if (typeof code !== "function") return guardOf(machine, code);
  const { check, guards } = code;
  if (guards && check === AND) {
    const all = guards.map((one) => guardOf(machine, one));
    return (run) => {
      for (const holds of all) if (!holds(run)) return false;
      return true;
    };
  }
  if (check) return (run) => check(run.snapshot(), run.args(), code);
  const params = paramsOf(guard);
  return (run) => code(run.args(), params(run));
}

/** The action that a machine means by a name, an object or a function; one that is not supplied does nothing. */
export function stepOf(machine: AnyStateMachine, action: ActionView): Step {
  const type = typeof action === "function" ? (action.type ?? action.name) : nameOf(action);
  const code = (typeof action === "function" ? action : machine.implementations.actions[type]) as
    | ActionCode
    | undefined;
  if (!code) return () => {};
  const params = paramsOf(action);
  if (code.resolve) return ownStep(code, params);
  return (run) => {
    const info = run.args();
    const given = params(run);
    // Before an actor is started XState keeps its actions back; afterwards they are done at once.
    if (run.isInitial) run.scope.defer(() => code(info, given));
    else code(info, given);
  };
}

/** One of XState's own actions. The frequent ones are done here, without copies of the snapshot and its children. */
function ownStep(code: ActionCode, params: Params): Step {
  const { type, src, id, actorRef, assignment } = code;
  if (type === "xstate.assign" && typeof assignment === "function")
    return (run) => assigned(run, assignment(run.args(), params(run)));
  if (type === "xstate.enqueueActions") return (run) => enqueuedStep(run, code, params(run));
  const isPlain = code.systemId === undefined && code.syncSnapshot !== true;
  if (type === "xstate.spawnChild" && typeof src === "string" && typeof id === "string" && isPlain) {
    const order = new SpawnOrder(src, id, code.input);
    return (run) => spawn(run, order);
  }
  if (type === "xstate.stopChild" && typeof actorRef === "string") return (run) => stop(run, actorRef);
  if (type === "xstate.stopChild" && typeof actorRef === "function")
    return (run) => {
      const named = actorRef(run.args(), params(run));
      if (typeof named === "string") stop(run, named);
      else general(run, stopChild(named) as unknown as ActionCode, undefined);
    };
  return (run) => general(run, code, params(run));
}

function assigned(run: Macrostep, change: Members): void {
  const context: Members = { ...run.context };
  // Twice as quick as a second spread.
  for (const name in change) context[name] = change[name];
  run.context = context;
}

function enqueuedStep(run: Macrostep, code: ActionCode, params: unknown): void {
  const check = (guard: GuardView): boolean => guardOf(run.machine, guard)(run);
  for (const action of enqueued(code, run.args(), check, params))
    if (action instanceof SpawnOrder) spawn(run, action);
    else again(run, action);
}

/** An action that only its event has made. */
function again(run: Macrostep, action: ActionCode): void {
  if (action.resolve) ownStep(action, none)(run);
  else stepOf(run.machine, action)(run);
}

/** As XState does it, on a snapshot made for the occasion. */
function general(run: Macrostep, code: ActionCode, params: unknown): void {
  const before = run.snapshot();
  const extra = { internalQueue: run.raised, deferredActorIds: undefined };
  const [after, resolved, actions] = code.resolve!(run.scope, before, run.args(), params, code, extra);
  if (after !== before) run.adopt(after as ReturnType<Macrostep["snapshot"]>);
  code.retryResolve?.(run.scope, run.snapshot(), resolved);
  const { execute } = code;
  if (execute) keptBack(run, () => execute(run.scope, resolved));
  for (const action of actions ?? []) again(run, action);
}

function spawn(run: Macrostep, { src, id, input: given }: SpawnOrder): void {
  const logic = run.machine.implementations.actors[src];
  if (!logic) {
    general(run, spawnChild(src as never, { id, input: given } as never) as unknown as ActionCode, undefined);
    return;
  }
  const { context, event, scope } = run;
  const input = typeof given === "function" ? given({ context, event, self: scope.self }) : given;
  const child = FlatActor.for(logic as AnyStateMachine, { id, src, parent: scope.self, input });
  run.addChild(id, child);
  const start = (): void => {
    // It may have been started with its parent and be over by now, or stopped in the same step before it was started.
    if ((child as unknown as { _processingStatus: number })._processingStatus !== STOPPED) child.start();
  };
  if (run.isInitial) scope.defer(() => scope.defer(start));
  else scope.defer(start);
}

function stop(run: Macrostep, id: string): void {
  const child = run.children[id];
  if (!child) return;
  delete run.children[id];
  // One that has ended has already left the system.
  if (child.getSnapshot().status === "active") keptBack(run, () => NATIVE_STOP.execute!(run.scope, child));
}

const NATIVE_STOP = stopChild("") as unknown as ActionCode;

function keptBack(run: Macrostep, act: () => void): void {
  if (run.isInitial) run.scope.defer(act);
  else act();
}

function nameOf(named: string | Named): string {
  return typeof named === "string" ? named : named.type;
}

type Params = (run: Macrostep) => unknown;

const none: Params = () => undefined;

function paramsOf(named: unknown): Params {
  if (typeof named !== "object" || named === null || !("params" in named)) return none;
  const { params } = named;
  if (typeof params !== "function") return () => params;
  return ({ context, event }) => params({ context, event });
}

/** What XState tells actions and guards. */
export type Args = {
  readonly context: object;
  readonly event: EventView;
  readonly self: AnyActorRef;
  readonly system: unknown;
};

/** What XState hands to an actor's logic: internals of 5.33.3. */
export type ScopeView = {
  readonly self: AnyActorRef;
  readonly system: unknown;
  readonly defer: (act: () => void) => void;
};

export type EventView = AnyEventObject & { readonly input?: unknown };
