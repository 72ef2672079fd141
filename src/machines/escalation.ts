import type { CompletedOutcome } from "../plan/outcome.ts";
import type { AgentContext } from "./agent.ts";

/** An answer below `least` is followed by the next alternative, as far as that is among the first `alternatives` of them. */
export type Escalation = { readonly least: number; readonly alternatives: number };

/** Whether an alternative is left that may follow: once an answer is kept, only those that may be surer. */
export function isAnyLeft({ alternative, alternatives, isKept, escalation }: AgentContext): boolean {
  return alternative < (isKept ? escalation!.alternatives : alternatives.length);
}

/** Whether an answer calls for the alternative after it. */
export function isUnsure(
  { alternative, escalation }: Pick<AgentContext, "alternative" | "escalation">,
  { confidence }: CompletedOutcome,
): boolean {
  return escalation !== null && alternative < escalation.alternatives && confidence.value < escalation.least;
}
