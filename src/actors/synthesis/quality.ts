import { type AgentResult, isUsable } from "../../plan/outcome.ts";
import type { Quality } from "./answer.ts";
import type { Findings } from "./conflicts.ts";
import { round } from "./round.ts";

const WEIGHTS = { validity: 0.4, agreement: 0.3, confidence: 0.3 } as const;

/** Content that nothing has checked is worth half of what was checked. */
const UNCHECKED_VALIDITY = 0.5;

/**
 * Measures an answer (docs/reference/synthesis.md): `coverage x (0.4 validity + 0.3 agreement + 0.3 confidence)`, without
 * the agreement, and the weights scaled up to 1, when no two results speak on one subject. Results skipped by their own
 * condition count neither for nor against coverage. `hasSchema` tells whether a result's data had to pass a schema.
 */
export function assessQuality(
  results: readonly AgentResult[],
  findings: Pick<Findings, "compared" | "agreed">,
  hasSchema: (path: string) => boolean,
): Quality {
  let [wanted, usable, valid, sure] = [0, 0, 0, 0];
  for (const result of results) {
    if (result.status === "skipped" && result.failure === undefined) continue;
    wanted++;
    if (!isUsable(result)) continue;
    usable++;
    valid += validityOf(result, hasSchema);
    sure += result.confidence?.value ?? 0;
  }
  const coverage = ratio(usable, wanted);
  const validity = ratio(valid, usable);
  const agreement = findings.compared === 0 ? null : findings.agreed / findings.compared;
  const confidence = ratio(sure, usable);
  const known = WEIGHTS.validity * validity + WEIGHTS.confidence * confidence;
  const inner = agreement === null ? known / (1 - WEIGHTS.agreement) : known + WEIGHTS.agreement * agreement;
  return {
    value: round(coverage * inner),
    coverage: round(coverage),
    validity: round(validity),
    agreement: agreement === null ? null : round(agreement),
    confidence: round(confidence),
  };
}

function validityOf(result: AgentResult, hasSchema: (path: string) => boolean): number {
  const hasContent = result.output.trim() !== "" || result.data !== null || result.artifacts.length > 0;
  const isDone = result.status === "succeeded" || result.provenance.alternative !== undefined;
  if (!isDone || !hasContent) return 0;
  return result.confidence?.source === "checked" || hasSchema(result.path) ? 1 : UNCHECKED_VALIDITY;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
