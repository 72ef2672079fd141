import type { Failure } from "../plan/outcome.ts";
import type { AgentContext, AgentEvent } from "./agent.ts";

/** Why an agent goes another way, as an event tells it. */
export function failureOf(context: AgentContext, event: AgentEvent): { failure: Failure | null } {
  switch (event.type) {
    case "agent.failed":
    case "abandon":
      return { failure: event.failure };
    case "timer.fired":
      return {
        failure: { code: "TIMEOUT", message: "the attempt took longer than its timeout", retryable: true },
      };
    case "agent.completed":
      return { failure: unsure(event.outcome.confidence.value, context.escalation!.least) };
    case "approval.decided":
      return {
        failure: event.refusal ?? {
          code: context.asks === "answer" ? "HUMAN_REFUSED" : "APPROVAL_REJECTED",
          message: `rejected${event.by ? ` by ${event.by}` : ""}${event.answer ? `: ${event.answer}` : ""}`,
          retryable: false,
        },
      };
    default:
      return { failure: context.preparation?.kind === "invalid" ? context.preparation.failure : null };
  }
}

function unsure(confidence: number, least: number): Failure {
  return {
    code: "CONFIDENCE_LOW",
    message: `the answer has a confidence of ${confidence.toFixed(2)}, and the step asks for ${least.toFixed(2)}: it is kept`,
    retryable: false,
    detail: { confidence, least },
  };
}
