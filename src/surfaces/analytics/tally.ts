import type { NodeStatus } from "../../plan/outcome.ts";
import type { AgentFigures } from "./run-figures.ts";
import { Sketch } from "./sketch.ts";

/** Shares are from 0 to 1, null of nothing; times are ms. */
export type WorkFigures = {
  /** Agents that ended after they had worked, or had been answered by the cache. */
  readonly agents: number;
  readonly cached: number;
  /** Of those that nobody stopped: succeeded, or an alternative did the work. */
  readonly successRate: number | null;
  /** Time of all attempts of an agent that worked. */
  readonly meanMs: number | null;
  readonly p95Ms: number | null;
  readonly meanWaitMs: number | null;
  readonly attempts: number;
  /** All working time, and the share of it that was spent on attempts whose results count. */
  readonly workedMs: number;
  readonly efficiency: number | null;
  /** The same for what was reserved meanwhile. */
  readonly coreHours: number;
  readonly memoryGbHours: number;
  readonly calls: number;
  readonly tokens: number;
  readonly costMicros: number;
  /** The most frequent codes of failures. */
  readonly failures: readonly { readonly code: string; readonly count: number }[];
};

const HOUR_MS = 3_600_000;
const CODES_KEPT = 50;
const CODES_SHOWN = 5;

/** Adds up agents, whatever their number, in a bounded place. */
export class WorkTally {
  readonly #worked = new Sketch();
  readonly #waited = new Sketch();
  readonly #codes = new Map<string, number>();
  #agents = 0;
  #cached = 0;
  #judged = 0;
  #good = 0;
  #attempts = 0;
  #usefulMs = 0;
  #coreMs = 0;
  #memoryMbMs = 0;
  #calls = 0;
  #tokens = 0;
  #costMicros = 0;
  /** What the plans had expected of those that worked, and the shortest time that they were allowed. */
  plannedMs = 0;
  timeoutMs = Number.POSITIVE_INFINITY;

  add({ node, status, cached, attempts, waitedMs, workedMs, usefulMs, usage, failure }: AgentFigures): void {
    if (attempts === 0 && !cached && status !== "failed") return;
    this.#agents++;
    if (cached) this.#cached++;
    if (isJudged(status)) this.#judged++;
    if (status === "succeeded" || usefulMs > 0) this.#good++;
    if (failure) {
      const code = this.#codes.has(failure.code) || this.#codes.size < CODES_KEPT ? failure.code : "OTHER";
      this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    }
    this.#attempts += attempts;
    this.#calls += usage.calls;
    this.#tokens += usage.inputTokens + usage.outputTokens;
    this.#costMicros += usage.costMicros;
    if (cached || attempts === 0) return;
    this.#worked.add(workedMs);
    this.#waited.add(waitedMs);
    this.#usefulMs += usefulMs;
    this.#coreMs += workedMs * node.resources.cpu;
    this.#memoryMbMs += workedMs * node.resources.memoryMb;
    this.plannedMs += node.durationMs;
    this.timeoutMs = Math.min(this.timeoutMs, node.timeoutMs);
  }

  /** How many have worked themselves. */
  get workers(): number {
    return this.#worked.count;
  }

  get figures(): WorkFigures {
    return {
      agents: this.#agents,
      cached: this.#cached,
      successRate: share(this.#good, this.#judged),
      meanMs: this.#worked.mean,
      p95Ms: this.#worked.quantile(0.95),
      meanWaitMs: this.#waited.mean,
      attempts: this.#attempts,
      workedMs: this.#worked.sum,
      efficiency: share(this.#usefulMs, this.#worked.sum),
      coreHours: this.#coreMs / HOUR_MS,
      memoryGbHours: this.#memoryMbMs / 1024 / HOUR_MS,
      calls: this.#calls,
      tokens: this.#tokens,
      costMicros: this.#costMicros,
      failures: [...this.#codes]
        .map(([code, count]) => ({ code, count }))
        .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
        .slice(0, CODES_SHOWN),
    };
  }
}

function isJudged(status: NodeStatus): boolean {
  return status === "succeeded" || status === "degraded" || status === "failed";
}

export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
