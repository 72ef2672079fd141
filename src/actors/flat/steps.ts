import type { AnyActorRef, AnyEventObject, AnyStateMachine } from "xstate";
import { FlatActor } from "./flat-actor.ts";
import type { Macrostep } from "./macrostep.ts";
import type { ActionCode, ActionView, GuardCode, GuardView, Named } from "./state-node-view.ts";

/** XState's `ProcessingStatus.Stopped`. */
const STOPPED = 2;

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
  const { check } = code;
  if (check) return (run) => check(run.snapshot(), { context: run.context, event: run.event }, code);
  const params = paramsOf(guard);
  return (run) => code({ context: run.context, event: run.event }, params(run));
}

/** The action that a machine means by a name, an object or a function; one that is not supplied does nothing. */
export function stepOf(machine: AnyStateMachine, action: ActionView): Step {
  const type = typeof action === "function" ? (action.type ?? action.name) : nameOf(action);
  const code = (typeof action === "function" ? action : machine.implementations.actions[type]) as
    | ActionCode
    | undefined;
  if (!code) return () => {};
  const params = paramsOf(action);
  if (code.resolve) return (run) => own(run, code, params(run));
  return (run) => {
    const info = argsOf(run);
    // Before an actor is started XState keeps its actions back; afterwards they are done at once.
    if (run.isInitial) run.scope.actionExecutor({ type, info, params: params(run), exec: code });
    else code(info, params(run));
  };
}

/** One of XState's own actions. The frequent ones are done here, without copies of the snapshot and its children. */
function own(run: Macrostep, code: ActionCode, params: unknown): void {
  if (code.type === "xstate.assign" && typeof code.assignment === "function") {
    const change = (code.assignment as (args: object, params: unknown) => object)(argsOf(run), params);
    run.context = { ...run.context, ...change };
  } else if (
    code.type === "xstate.spawnChild" &&
    typeof code.src === "string" &&
    typeof code.id === "string"
  ) {
    spawn(run, code.src, code.id, code);
  } else if (code.type === "xstate.stopChild" && typeof code.actorRef === "string") {
    stop(run, code.actorRef, code);
  } else {
    general(run, code, params);
  }
}

/** As XState does it, on a snapshot made for the occasion. */
function general(run: Macrostep, code: ActionCode, params: unknown): void {
  const before = run.snapshot();
  const extra = { internalQueue: run.raised, deferredActorIds: undefined };
  const [after, resolved, actions] = code.resolve!(run.scope, before, argsOf(run), params, code, extra);
  if (after !== before) run.adopt(after as ReturnType<Macrostep["snapshot"]>);
  code.retryResolve?.(run.scope, run.snapshot(), resolved);
  const { execute } = code;
  if (execute) keptBack(run, () => execute(run.scope, resolved));
  for (const action of actions ?? []) {
    if (action.resolve) own(run, action, undefined);
    else stepOf(run.machine, action)(run);
  }
}

function spawn(run: Macrostep, src: string, id: string, code: ActionCode): void {
  const logic = run.machine.implementations.actors[src];
  const { systemId, syncSnapshot } = code;
  if (!logic || systemId !== undefined || syncSnapshot === true) {
    general(run, code, undefined);
    return;
  }
  const { context, event, scope } = run;
  const input =
    typeof code.input === "function" ? code.input({ context, event, self: scope.self }) : code.input;
  const child = FlatActor.for(logic as AnyStateMachine, { id, src, parent: scope.self, input });
  run.addChild(id, child);
  const start = (): void => {
    // It may have been started with its parent and be over by now, or stopped in the same step before it was started.
    if ((child as unknown as { _processingStatus: number })._processingStatus !== STOPPED) child.start();
  };
  keptBack(run, () => scope.defer(start));
}

function stop(run: Macrostep, id: string, code: ActionCode): void {
  const child = run.children[id];
  if (!child) return;
  delete run.children[id];
  // One that has ended has already left the system.
  if (child.getSnapshot().status === "active") keptBack(run, () => code.execute!(run.scope, child));
}

function keptBack(run: Macrostep, act: () => void): void {
  if (run.isInitial) run.scope.defer(act);
  else act();
}

function argsOf({ context, event, scope }: Macrostep): object {
  return { context, event, self: scope.self, system: scope.system };
}

function nameOf(named: string | Named): string {
  return typeof named === "string" ? named : named.type;
}

function paramsOf(named: unknown): (run: Macrostep) => unknown {
  if (typeof named !== "object" || named === null || !("params" in named)) return () => undefined;
  const { params } = named;
  if (typeof params !== "function") return () => params;
  return ({ context, event }) => params({ context, event });
}

/** What XState hands to an actor's logic: internals of 5.33.3. */
export type ScopeView = {
  readonly self: AnyActorRef;
  readonly system: unknown;
  readonly defer: (act: () => void) => void;
  readonly actionExecutor: (action: { type: string; info: object; params: unknown; exec: unknown }) => void;
};

export type EventView = AnyEventObject & { readonly input?: unknown };
