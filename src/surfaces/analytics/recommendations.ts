import { formatSpan } from "../../shared/quantity.ts";
import type { AnalyticsReport } from "./analytics.ts";
import type { WorkFigures, WorkTally } from "./tally.ts";

/** Something that may be worth changing, with the figures that say so. */
export type Recommendation = {
  /** Stable: which rule has found it. */
  readonly rule: string;
  /** An agent kind and its performer as `AGENT/PERFORMER`, or `runs`. */
  readonly about: string;
  readonly text: string;
  readonly figures: Readonly<Record<string, number | string>>;
};

type Given = Omit<AnalyticsReport, "recommendations">;
type Found = Recommendation | null;

/** What the rules hold against (docs/reference/analytics.md). */
const RULES = {
  /** Fewer than this prove nothing. */
  agentsMin: 5,
  runsMin: 3,
  successRateMin: 0.8,
  efficiencyMin: 0.75,
  timeoutShare: 0.9,
  plannedFactor: 2,
  slotsFull: 0.7,
  slotsIdle: 0.2,
  costShare: 0.5,
  costMicrosMin: 10_000,
} as const;

/** Of the runs first, then kind by kind. */
export function recommendations(
  given: Given,
  tallies: ReadonlyMap<string, WorkTally>,
): readonly Recommendation[] {
  const ofKinds = given.agents.flatMap((figures) => {
    const about = `${figures.agent}/${figures.performer}`;
    const tally = tallies.get(about);
    if (!tally) return [];
    return [
      failsOften(about, figures),
      retriesMuch(about, figures, tally),
      nearTimeout(about, figures, tally),
      misplanned(about, figures, tally),
      costsMost(about, figures, given.work),
    ];
  });
  return [slotsFull(given), slotsIdle(given), ...ofKinds].filter((found) => found !== null);
}

function slotsFull({ runs, work }: Given): Found {
  const { slotsUsed, ended } = runs;
  const { meanWaitMs, meanMs } = work;
  if (ended < RULES.runsMin || slotsUsed === null || meanWaitMs === null || meanMs === null) return null;
  if (slotsUsed < RULES.slotsFull || meanWaitMs <= meanMs) return null;
  return {
    rule: "SLOTS_FULL",
    about: "runs",
    text: `agents wait ${formatSpan(meanWaitMs)} for ${formatSpan(meanMs)} of work, and ${percent(slotsUsed)} of the slots are in use: raise execution.max_concurrent_agents, if what they call bears it`,
    figures: { slotsUsed, meanWaitMs, meanMs, runs: ended },
  };
}

function slotsIdle({ runs, work }: Given): Found {
  const { slotsUsed, ended } = runs;
  const { meanWaitMs } = work;
  if (ended < RULES.runsMin || slotsUsed === null || meanWaitMs === null) return null;
  if (slotsUsed > RULES.slotsIdle || meanWaitMs > (work.meanMs ?? 0) / 20) return null;
  return {
    rule: "SLOTS_IDLE",
    about: "runs",
    text: `${percent(slotsUsed)} of the agent slots are in use and nobody waits for one: several runs may share them, or more of a program may run at once (\`&\`, parallelism)`,
    figures: { slotsUsed, meanWaitMs, runs: ended },
  };
}

function failsOften(about: string, { agents, successRate, failures }: WorkFigures): Found {
  if (agents < RULES.agentsMin || successRate === null || successRate >= RULES.successRateMin) return null;
  const [first] = failures;
  const most = first ? `, most often with ${first.code} (${first.count} times)` : "";
  return {
    rule: "FAILS_OFTEN",
    about,
    text: `${percent(successRate)} of ${agents} agents succeed${most}: look at that first, or give the step a fallback`,
    figures: { successRate, agents, ...(first ? { code: first.code, count: first.count } : {}) },
  };
}

function retriesMuch(
  about: string,
  { efficiency, workedMs, attempts }: WorkFigures,
  { workers }: WorkTally,
): Found {
  if (workers < RULES.agentsMin || efficiency === null || efficiency >= RULES.efficiencyMin) return null;
  const wastedMs = workedMs * (1 - efficiency);
  return {
    rule: "WORK_WASTED",
    about,
    text: `${percent(1 - efficiency)} of ${formatSpan(workedMs)} of work was for nothing, ${(attempts / workers).toFixed(1)} attempts an agent: fewer attempts, longer waits between them, or a breaker`,
    figures: { efficiency, wastedMs, attemptsPerAgent: attempts / workers },
  };
}

function nearTimeout(
  about: string,
  { p95Ms, failures }: WorkFigures,
  { timeoutMs, workers }: WorkTally,
): Found {
  const timeouts = failures.find(({ code }) => code === "TIMEOUT")?.count ?? 0;
  if (workers < RULES.agentsMin || p95Ms === null) return null;
  if (timeouts === 0 && p95Ms < timeoutMs * RULES.timeoutShare) return null;
  return {
    rule: "NEAR_TIMEOUT",
    about,
    text: `5% of its agents take ${formatSpan(p95Ms)} or longer, ${timeouts} timed out, and the shortest timeout is ${formatSpan(timeoutMs)}: raise it, or split the work`,
    figures: { p95Ms, timeoutMs, timeouts },
  };
}

function misplanned(about: string, { meanMs }: WorkFigures, { plannedMs, workers }: WorkTally): Found {
  if (workers < RULES.agentsMin || meanMs === null || meanMs < 1) return null;
  const planned = plannedMs / workers;
  const factor = planned / meanMs;
  if (factor < RULES.plannedFactor && factor > 1 / RULES.plannedFactor) return null;
  return {
    rule: "DURATION_OFF",
    about,
    text: `plans expect ${formatSpan(planned)} and it takes ${formatSpan(meanMs)}: set \`duration\` of its steps, so that schedules and bounds are right`,
    figures: { plannedMs: planned, meanMs, agents: workers },
  };
}

function costsMost(about: string, { costMicros, calls }: WorkFigures, all: WorkFigures): Found {
  if (all.costMicros < RULES.costMicrosMin || costMicros < all.costMicros * RULES.costShare) return null;
  const share = costMicros / all.costMicros;
  return {
    rule: "COSTS_MOST",
    about,
    text: `${percent(share)} of all money ($${(costMicros / 1_000_000).toFixed(2)} for ${calls} calls) goes here: a cheaper model, a shorter prompt or \`cache: true\` count most`,
    figures: { share, costMicros, calls },
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
