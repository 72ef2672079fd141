import type { AgentEvent } from "../machines/agent.ts";
import { workAt } from "../plan/alternatives.ts";
import { calibrated } from "../plan/calibration.ts";
import type { AgentNode } from "../plan/plan.ts";

/** An answer of an agent, at its own work (0) or at an alternative, as sure as experience says that it is; other events as they are. */
export function asSure(node: AgentNode, alternative: number, event: AgentEvent): AgentEvent {
  if (event.type !== "agent.completed") return event;
  if (!node.calibration && !node.alternatives) return event;
  const { confidence } = event.outcome;
  const corrected = calibrated(confidence, workAt(node, alternative).calibration);
  return corrected === confidence
    ? event
    : { ...event, outcome: { ...event.outcome, confidence: corrected } };
}
