import type { JsonObject } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";

/** Points of complexity, 0 to 100, for the words that templates use. */
const POINTS: Readonly<Record<string, number>> = { simple: 10, low: 10, medium: 20, complex: 40, high: 40 };

/** How complex a command is, in points from 0 to 100: its parameter `complexity`, as a word or a number; 10 without one. */
export function complexityOf(parameters: JsonObject): number {
  const stated = parameters.complexity;
  if (typeof stated === "number") return Math.min(100, Math.max(0, stated));
  return typeof stated === "string" ? (POINTS[stated] ?? 10) : 10;
}

/**
 * How many agents share one node (rule P4): min(cores / 2, complexity / 10), halved where the node has
 * dependencies, at least 1, at most 10.
 */
export function autoParallelism(cores: number, complexity: number, hasDependencies: boolean): number {
  const warranted = Math.min(cores / 2, complexity / 10) / (hasDependencies ? 2 : 1);
  return Math.min(LIMITS.parallelismMax, Math.max(1, Math.floor(warranted)));
}
