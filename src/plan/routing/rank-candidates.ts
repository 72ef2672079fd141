import { expectedLogMs, expectedSuccess, type Levels, meanLogMs } from "./experience.ts";
import { ROUTE_PARTS, type RouteCandidate, type RouteWeights } from "./routing.ts";

/** Who could do a step's work, with all that speaks for it but its load, which changes from node to node. */
export type Judged = {
  readonly agent: string;
  readonly performer: string;
  /** 1: a rule prefers it; -1: a rule avoids it. */
  readonly tier: -1 | 0 | 1;
  /** The rule that says so; null for none. */
  readonly tierBy: number | null;
  readonly capability: number;
  readonly priority: number;
  readonly success: number;
  readonly duration: number;
};

/** A candidate before anything is known of how it does. */
export type Candidate = Pick<
  Judged,
  "agent" | "performer" | "tier" | "tierBy" | "capability" | "priority"
> & {
  readonly levels: Levels;
};

/** What was learned as parts: the expected share of successes; the shortest expected time among all / its own. */
export function judgeCandidates(candidates: readonly Candidate[]): readonly Judged[] {
  const pooled = meanLogMs(candidates.map(({ levels }) => levels));
  const logMs = candidates.map(({ levels }) => (pooled === null ? 0 : expectedLogMs(levels, pooled)));
  const shortest = Math.min(...logMs);
  return candidates.map(({ levels, ...candidate }, index) => ({
    ...candidate,
    success: expectedSuccess(levels),
    duration: Math.exp(shortest - logMs[index]!),
  }));
}

/** 1 for whom nothing waits, 1/2 with as many agents as may work at once, and on towards 0. */
export function loadPart(assigned: number, capacity: number): number {
  return 1 / (1 + assigned / Math.max(1, capacity));
}

type Ranked = { readonly judged: Judged; readonly load: number; readonly score: number };

/**
 * The candidates, best first: by tier, then by score; equal scores by success, duration, and the order in which they came.
 * `loadOf` gives how many agents each one has already.
 */
export function rankCandidates(
  candidates: readonly Judged[],
  weights: RouteWeights,
  loadOf: (candidate: Judged) => number,
  capacity: number,
): readonly Ranked[] {
  const ranked = candidates.map((judged) => {
    const load = loadPart(loadOf(judged), capacity);
    return { judged, load, score: scoreOf({ ...judged, load }, weights) };
  });
  return ranked.sort(
    (a, b) =>
      b.judged.tier - a.judged.tier ||
      b.score - a.score ||
      b.judged.success - a.judged.success ||
      b.judged.duration - a.judged.duration,
  );
}

function scoreOf(parts: RouteWeights, weights: RouteWeights): number {
  let sum = 0;
  let weight = 0;
  for (const part of ROUTE_PARTS) {
    sum += weights[part] * parts[part];
    weight += weights[part];
  }
  return weight > 0 ? sum / weight : 0;
}

/** As the plan shows it. */
export function shownCandidate({ judged, load, score }: Ranked): RouteCandidate {
  const { agent, performer, capability, priority, success, duration } = judged;
  const parts = { capability, priority, load, success, duration };
  return {
    agent,
    performer,
    score: rounded(score),
    parts: Object.fromEntries(ROUTE_PARTS.map((part) => [part, rounded(parts[part])])) as RouteWeights,
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
