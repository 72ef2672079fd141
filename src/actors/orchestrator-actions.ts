import { assign, enqueueActions, sendTo, stopChild } from "xstate";
import type { OrchestratorContext, OrchestratorEvent, RunStatus } from "../machines/orchestrator.ts";
import type { Nodes } from "./nodes.ts";
import { ROOT_PATH } from "./plan-index.ts";
import { type From, nodesOf, partsOf } from "./run-parts.ts";

/**
 * What the orchestrator names: its two children, the deadline, and the end.
 * XState types its built-in actions by the machine around them; made here, outside of one, they are cast.
 */
export const orchestratorActions = {
  spawnSynthesis: enqueueActions(({ enqueue }) => {
    enqueue.spawnChild("synthesis" as never, { id: "synthesis" } as never);
  }) as never,
  spawnRoot: enqueueActions(({ enqueue, system }) => {
    const input = nodesOf({ system }).groupInput(ROOT_PATH);
    enqueue.spawnChild("chain" as never, { id: "root", input } as never);
  }) as never,
  armDeadline: (from: From): void => partsOf(from).armDeadline(),
  disarmDeadline: (from: From): void => partsOf(from).disarmDeadline(),
  cancelRoot: sendTo("root", ({ context }) => ({
    type: "cancel",
    reason: (context as OrchestratorContext).stopped?.message ?? "cancelled",
  })) as never,
  closeCollection: enqueueActions(({ enqueue, system }) => {
    partsOf({ system }).resultStream.complete();
    enqueue.sendTo("synthesis" as never, { type: "collection.closed" } as never);
  }) as never,
  dropChild: stopChild(({ event }) => (event as unknown as { actorId: string }).actorId) as never,
  recordRun: (from: From, { status }: { status: RunStatus }): void => partsOf(from).recordRun(status),
  judge: assign(({ event, system }) => ({
    verdict: verdictOf(event as unknown as OrchestratorEvent, nodesOf({ system })),
  })) as never,
};

/** Whether everything, something or nothing of the plan ended well. */
function verdictOf(event: OrchestratorEvent, nodes: Nodes): OrchestratorContext["verdict"] {
  if (event.type !== "xstate.done.actor.root") return null;
  if (event.output.tally.satisfied === event.output.tally.total) return "all";
  return nodes.anySucceeded ? "some" : "none";
}
