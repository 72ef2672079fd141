import type { AgentEvent } from "../machines/agent.ts";
import { workAt } from "../plan/alternatives.ts";
import { calibrated } from "../plan/calibration.ts";
import type { CompletedOutcome, Confidence } from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";
import { readBy } from "./agent-result.ts";
import type { Results } from "./results.ts";
import { meanConfidence } from "./synthesis/confidence.ts";

type Known = Pick<Results, "answer">;

/**
 * An answer of an agent, at its own work (0) or at an alternative, as sure as experience says that it is, or as what it was computed from;
 * other events as they are.
 */
export function asSure(node: AgentNode, alternative: number, event: AgentEvent, results: Known): AgentEvent {
  if (event.type !== "agent.completed") return event;
  const { outcome } = event;
  if (!node.calibration && !node.alternatives && !outcome.computed) return event;
  const confidence = sureness(node, alternative, outcome, results);
  return confidence === outcome.confidence ? event : { ...event, outcome: { ...outcome, confidence } };
}

function sureness(
  node: AgentNode,
  alternative: number,
  { confidence, computed }: CompletedOutcome,
  results: Known,
): Confidence {
  // What it was computed from is corrected already.
  if (computed) return meanConfidence(readBy(node).map((path) => results.answer(path))) ?? confidence;
  return calibrated(confidence, workAt(node, alternative).calibration);
}
