import type { AgentResult } from "../../plan/outcome.ts";
import type { Quality } from "./answer.ts";
import { round } from "./combine.ts";
import type { Findings } from "./conflicts.ts";

/**
 * Measures an answer: `coverage x (0.4 validity + 0.3 agreement + 0.3 confidence)`, each from 0 to 1.
 * Results skipped by their own condition count neither for nor against coverage.
 */
export function assessQuality(results: readonly AgentResult[], findings: Findings): Quality {
  const wanted = results.filter((result) => !(result.status === "skipped" && result.failure === undefined));
  const usable = wanted.filter((result) => result.status === "succeeded" || result.status === "degraded");
  const coverage = ratio(usable.length, wanted.length);
  const validity = ratio(usable.filter(isValid).length, usable.length);
  const agreement = findings.compared === 0 ? 1 : findings.agreed / findings.compared;
  const confidence = ratio(
    usable.reduce((sum, result) => sum + (result.confidence?.value ?? 0), 0),
    usable.length,
  );
  const value = coverage * (0.4 * validity + 0.3 * agreement + 0.3 * confidence);
  return {
    value: round(value),
    coverage: round(coverage),
    validity: round(validity),
    agreement: round(agreement),
    confidence: round(confidence),
  };
}

/** A result is valid when it says something and came from the work itself, not from a fallback. */
function isValid(result: AgentResult): boolean {
  const hasContent = result.output.trim() !== "" || result.data !== null || result.artifacts.length > 0;
  return result.status === "succeeded" && hasContent;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
