import type { AgentContext, AgentEvent } from "../machines/agent.ts";
import type { NodeStatus } from "../plan/outcome.ts";
import { type From, nodesOf } from "./run-parts.ts";

type Of = From & { readonly context: AgentContext; readonly event: AgentEvent };
type OfSelf = Of & { readonly self: Parameters<ReturnType<typeof nodesOf>["enlistAgent"]>[1] };

/** What the agent machine names. */
export const agentActions = {
  enlist: (from: OfSelf): void => nodesOf(from).enlistAgent(from.context.path, from.self),
  requestSlot: (from: Of): void => nodesOf(from).desk.requestSlot(from.context, from.event),
  withdrawRequest: (from: Of): void => nodesOf(from).desk.withdraw(from.context.path),
  askApproval: (from: Of): void => nodesOf(from).desk.askApproval(from.context.path),
  keepAsked: (from: Of): void => nodesOf(from).desk.midway.keep(from.context, from.event),
  keepAnswer: (from: Of): void => nodesOf(from).desk.keepAnswer(from.context, from.event),
  closeQuestion: (from: Of): void => nodesOf(from).desk.closeQuestion(from.context.path, from.event),
  dispatchTask: (from: OfSelf): void => nodesOf(from).desk.dispatch(from.context, from.self),
  cancelTask: (from: Of): void => nodesOf(from).desk.cancelTask(from.context.path, from.event),
  stopTask: (from: Of): void => nodesOf(from).desk.stopTask(from.context.path, from.context.attempt),
  armGrace: (from: Of): void => {
    const { path, attempt } = from.context;
    const { desk, wards } = nodesOf(from);
    desk.armGrace(path, attempt, wards.graceMs(path));
  },
  disarmGrace: (from: Of): void => nodesOf(from).desk.disarmGrace(from.context.path),
  reportCrash: (from: Of): void => {
    const { path, attempt, failure } = from.context;
    const { desk, wards } = nodesOf(from);
    desk.hold(path, attempt, failure);
    wards.crashed(path, failure!);
  },
  reportStopped: (from: Of): void => {
    const { path, attempt } = from.context;
    const { desk, wards } = nodesOf(from);
    desk.hold(path, attempt, null);
    wards.stopped(path);
  },
  leaveWork: (from: Of): void => nodesOf(from).desk.leave(from.context.path, from.event),
  armBackoff: (from: Of): void => nodesOf(from).desk.armBackoff(from.context),
  disarmBackoff: (from: Of): void => nodesOf(from).desk.disarmBackoff(from.context.path),
  recordResult: (from: Of, { status }: { readonly status: NodeStatus }): void =>
    nodesOf(from).desk.record(from.context, status, from.event),
};
