import type { Task } from "../../actors/ports.ts";
import type { Confidence } from "../../plan/outcome.ts";
import { contextLines, upstreamOf } from "./drafting.ts";

/**
 * The confidence of a draft, 0.10 to 0.50, two decimals: 0.10 + 0.04 for each parameter given (at most 4) + 0.04 for each member of the
 * context (at most 3) + 0.06 for each result upstream (at most 2). A fallback without a rule of its own for the step gets half.
 */
export function draftConfidence(task: Task, specific: boolean): Confidence {
  const given = Object.values(task.parameters).filter(
    (value) => value !== null && value !== "" && !(Array.isArray(value) && value.length === 0),
  ).length;
  const sum =
    0.1 +
    0.04 * Math.min(given, 4) +
    0.04 * Math.min(contextLines(task).length, 3) +
    0.06 * Math.min(upstreamOf(task).length, 2);
  return { value: Math.round((specific ? sum : sum / 2) * 100) / 100, source: "draft" };
}
