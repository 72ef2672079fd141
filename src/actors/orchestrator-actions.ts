import { assign, enqueueActions, sendTo, stopChild } from "xstate";
import type { OrchestratorContext, OrchestratorEvent } from "../machines/orchestrator.ts";
import type { RunPorts } from "./build-machines.ts";
import type { Nodes } from "./nodes.ts";
import { ROOT_PATH } from "./plan-index.ts";

/**
 * What the orchestrator names: its two children, the deadline, and the end.
 * XState types its built-in actions by the machine around them; made here, outside of one, they are cast.
 */
export function orchestratorActions(nodes: Nodes, ports: RunPorts) {
  return {
    spawnSynthesis: enqueueActions(({ enqueue }) => {
      enqueue.spawnChild("synthesis" as never, { id: "synthesis" } as never);
    }) as never,
    spawnRoot: enqueueActions(({ enqueue }) => {
      enqueue.spawnChild("chain" as never, { id: "root", input: nodes.groupInput(ROOT_PATH) } as never);
    }) as never,
    armDeadline: ports.armDeadline,
    disarmDeadline: ports.disarmDeadline,
    cancelRoot: sendTo("root", ({ context }) => ({
      type: "cancel",
      reason: (context as OrchestratorContext).stopped?.message ?? "cancelled",
    })) as never,
    closeCollection: sendTo("synthesis", { type: "collection.closed" }) as never,
    dropChild: enqueueActions(({ enqueue, event }) => {
      enqueue(stopChild((event as unknown as { actorId: string }).actorId));
    }) as never,
    recordRun: (_: unknown, { status }: { status: Parameters<RunPorts["recordRun"]>[0] }): void =>
      ports.recordRun(status),
    judge: assign(({ event }) => ({
      verdict: verdictOf(event as unknown as OrchestratorEvent, nodes),
    })) as never,
  };
}

/** Whether everything, something or nothing of the plan ended well. */
function verdictOf(event: OrchestratorEvent, nodes: Nodes): OrchestratorContext["verdict"] {
  if (event.type !== "xstate.done.actor.root") return null;
  if (event.output.tally.satisfied === event.output.tally.total) return "all";
  return nodes.anySucceeded ? "some" : "none";
}
