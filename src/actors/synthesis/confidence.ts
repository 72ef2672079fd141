import type { Confidence } from "../../plan/outcome.ts";
import { round } from "./round.ts";

const SOURCES_WEAKEST_FIRST: readonly Confidence["source"][] = ["draft", "declared", "agreement", "checked"];

/** The mean of some results' confidence; its source is the weakest one among them. */
export function meanConfidence(
  results: readonly { readonly confidence: Confidence | null }[],
): Confidence | null {
  const known = results.flatMap(({ confidence }) => (confidence ? [confidence] : []));
  if (known.length === 0) return null;
  const value = known.reduce((sum, confidence) => sum + confidence.value, 0) / known.length;
  const weakest = SOURCES_WEAKEST_FIRST.find((source) =>
    known.some((confidence) => confidence.source === source),
  )!;
  return { value: round(value), source: weakest };
}

/**
 * What an agreement of `votes` out of `voters` is worth: Laplace's rule of succession, (votes + 1) / (voters + 2), so that
 * two of two are not yet certain.
 */
export function votedConfidence(votes: number, voters: number): Confidence {
  return { value: round((votes + 1) / (voters + 2)), source: "agreement" };
}
