import { assign } from "xstate";
import { affectedBy, type SupervisorContext, type SupervisorEvent } from "../machines/supervisor.ts";
import { type From, nodesOf } from "./run-parts.ts";
import type { SupervisorRef } from "./supervision.ts";

type Of = From & { readonly context: SupervisorContext };

/** Notes the live children, of those that `affected` names, that are neither at rest nor told to stop. */
const choose = (affected: (live: readonly string[], of: Choosing) => readonly string[]) =>
  // XState types its built-in actions by the machine around them; made here, outside of one, they are cast.
  assign(({ context, event, system }) => {
    const of = { context: context as SupervisorContext, event: event as SupervisorEvent };
    const { supervision } = nodesOf({ system }).wards;
    const chosen = supervision.stoppable(of.context.path, (live) => affected(live, of));
    return { chosen, waiting: of.context.waiting + chosen.length };
  }) as never;

type Choosing = { readonly context: SupervisorContext; readonly event: SupervisorEvent };

/** What the supervisor machine names. */
export const supervisorActions = {
  enlist: (from: Of & { readonly self: SupervisorRef }): void =>
    nodesOf(from).wards.open(from.context.path, from.self),
  chooseAffected: choose((live, { context, event }) =>
    event.type === "child.crashed" ? affectedBy(context.strategy, live, event.path) : [],
  ),
  chooseAll: choose((live) => live),
  stopChosen: (from: Of): void =>
    nodesOf(from).wards.supervision.stop(from.context.path, from.context.chosen),
  startHeld: (from: Of): void => nodesOf(from).wards.supervision.startHeld(from.context.path),
  reportStopped: (from: Of): void => nodesOf(from).wards.supervision.reportStopped(from.context.path),
  escalate: (from: Of): void =>
    nodesOf(from).wards.supervision.escalate(from.context.path, from.context.failure!),
  abandonChildren: (from: Of): void => nodesOf(from).wards.abandon(from.context.path, from.context.failure!),
};
