import type { Confidence } from "../../plan/outcome.ts";
import { round } from "./round.ts";

const SOURCES_WEAKEST_FIRST: readonly Confidence["source"][] = ["draft", "declared", "agreement", "checked"];

/** The mean of some results' confidence; its source is the weakest one among them. */
export function meanConfidence(
  results: readonly { readonly confidence: Confidence | null }[],
): Confidence | null {
  let [known, sum, weakest] = [0, 0, SOURCES_WEAKEST_FIRST.length - 1];
  for (const { confidence } of results) {
    if (!confidence) continue;
    known++;
    sum += confidence.value;
    weakest = Math.min(weakest, SOURCES_WEAKEST_FIRST.indexOf(confidence.source));
  }
  return known === 0 ? null : { value: round(sum / known), source: SOURCES_WEAKEST_FIRST[weakest]! };
}

/**
 * What an agreement of `votes` out of `voters` is worth: Laplace's rule of succession, (votes + 1) / (voters + 2), so that
 * two of two are not yet certain.
 */
export function votedConfidence(votes: number, voters: number): Confidence {
  return { value: round((votes + 1) / (voters + 2)), source: "agreement" };
}
