import type { Registry } from "prom-client";
import type { Observable, Subscription } from "rxjs";
import type { RunEvent } from "../../actors/run-events.ts";
import type { ResilienceEvent } from "../../engine/resilience/events.ts";
import type { ResourceStatus } from "../../engine/resilience/guard.ts";
import type { CacheStats } from "../../engine/result-cache.ts";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Secrets } from "../../shared/secrets.ts";
import { type AgentLabels, agentLabels } from "../plan-labels.ts";
import type { ObservedRun, RunObserver } from "../run-observer.ts";
import { type Instruments, instruments } from "./instruments.ts";
import { LiveAgents } from "./live-agents.ts";

/** What is asked when the metrics are read, and not before. */
export type MetricsPorts = {
  readonly clock: Pick<Clock, "nowMs">;
  readonly secrets: Pick<Secrets, "text">;
  /** May throw: then what is known of the cache is left out. */
  readonly cacheStats: () => CacheStats;
  readonly resources: () => readonly ResourceStatus[];
  readonly resilience$: Observable<ResilienceEvent>;
};

type Ended = Extract<RunEvent, { readonly type: "agent.ended" }>;

/** The package is loaded when somebody wants metrics. */
export async function openMetrics(ports: MetricsPorts): Promise<Metrics> {
  const prom = (await import("prom-client")).default;
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  return new Metrics(registry, instruments(prom, registry), ports);
}

/**
 * Purpose: count what runs do, as Prometheus reads it.
 * Owns: a registry of its own, the states of live agents. Does not own: runs, the cache, guards.
 * Invariants:
 * M1 each run, agent, attempt and call is counted once; a resumed run adds nothing for what happened before.
 * M2 labels are names of templates, kinds, performers, resources and codes: their number does not grow with the work done.
 * M3 nothing secret is in what is rendered.
 */
export class Metrics implements RunObserver {
  readonly #registry: Registry;
  readonly #made: Instruments;
  readonly #ports: MetricsPorts;
  readonly #live = new LiveAgents();
  readonly #codes = new Set<string>();
  readonly #subscription: Subscription;

  constructor(registry: Registry, made: Instruments, ports: MetricsPorts) {
    this.#registry = registry;
    this.#made = made;
    this.#ports = ports;
    this.#subscription = ports.resilience$.subscribe((event) => {
      if (event.type === "breaker.opened") made.breakerOpenings.inc({ resource: event.resource });
    });
  }

  /** The media type of what `render` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in Prometheus' text format. */
  async render(): Promise<string> {
    this.#readLive();
    this.#readCache();
    this.#readResources();
    return this.#ports.secrets.text(await this.#registry.metrics());
  }

  watch({ runId, plan, past, events$, ended }: ObservedRun): void {
    const labelsOf = agentLabels(plan);
    this.#live.begin(runId);
    for (const event of past) this.#live.note(runId, event);
    let startedAtMs = past[0]?.atMs ?? this.#ports.clock.nowMs();
    this.#made.runsStarted.inc();
    events$.subscribe((event) => {
      if (event.type === "run.started") startedAtMs = event.atMs;
      else if (event.type === "run.suspended") this.#made.runsSuspended.inc();
      else if (event.type === "run.ended") {
        this.#made.runsEnded.inc({ status: event.status });
        this.#made.runSeconds.observe({ status: event.status }, (event.atMs - startedAtMs) / 1000);
      } else this.#count(runId, event, labelsOf);
    });
    const left = (): void => this.#live.end(runId);
    ended.then(left, left);
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#registry.clear();
  }

  #count(runId: string, event: RunEvent, labelsOf: (path: string) => AgentLabels): void {
    const before = this.#live.note(runId, event);
    if (event.type === "agent.running") {
      this.#made.attempts.inc(labelsOf(event.path));
      if (before?.state === "ready") this.#made.waitSeconds.observe((event.atMs - before.sinceMs) / 1000);
    } else if (event.type === "agent.backingOff")
      this.#made.retries.inc({ ...labelsOf(event.path), code: this.#code(event.failure?.code) });
    else if (event.type === "agent.ended") this.#countEnd(event, labelsOf(event.path));
  }

  #countEnd({ status, durationMs, cached, failure, usage }: Ended, labels: AgentLabels): void {
    const made = this.#made;
    made.agentsEnded.inc({ ...labels, status });
    if (failure) made.failures.inc({ code: this.#code(failure.code) });
    if (cached) made.cachedAgents.inc({ template: labels.template });
    if (status !== "skipped" && status !== "cancelled") made.agentSeconds.observe(labels, durationMs / 1000);
    if (!usage) return;
    made.calls.inc(labels, usage.calls);
    made.tokens.inc({ ...labels, direction: "input" }, usage.inputTokens);
    made.tokens.inc({ ...labels, direction: "output" }, usage.outputTokens);
    made.cost.inc(labels, usage.costMicros / 1_000_000);
  }

  /** M2: codes come from performers too, which may write into them what they like. */
  #code(code = "UNKNOWN"): string {
    if (this.#codes.has(code)) return code;
    if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(code) || this.#codes.size >= LIMITS.metricCodes) return "OTHER";
    this.#codes.add(code);
    return code;
  }

  #readLive(): void {
    this.#made.runsActive.set(this.#live.runs);
    for (const [state, count] of this.#live.counts) this.#made.agents.set({ state }, count);
  }

  #readCache(): void {
    const { cacheHits, cacheMisses, cacheEntries, cacheBytes } = this.#made;
    let stats: CacheStats;
    try {
      stats = this.#ports.cacheStats();
    } catch {
      return;
    }
    cacheHits.reset();
    cacheMisses.reset();
    for (const { template, hits, misses } of stats.templates) {
      cacheHits.inc({ template }, hits);
      cacheMisses.inc({ template }, misses);
    }
    cacheEntries.set(stats.entries);
    cacheBytes.set(stats.bytes);
  }

  #readResources(): void {
    const made = this.#made;
    const read = [made.breakers, made.resourceCalls, made.resourceFailures, made.resourceRefused];
    for (const each of [...read, made.callsActive, made.callsWaiting]) each.reset();
    for (const { resource, breaker, atWork, waiting, calls, failed, refused } of this.#ports.resources()) {
      if (breaker)
        for (const state of ["closed", "open", "halfOpen"] as const)
          made.breakers.set({ resource, state }, state === breaker ? 1 : 0);
      made.resourceCalls.inc({ resource }, calls);
      made.resourceFailures.inc({ resource }, failed);
      for (const [guard, count] of Object.entries(refused))
        made.resourceRefused.inc({ resource, guard }, count);
      made.callsActive.set({ resource }, atWork);
      made.callsWaiting.set({ resource }, waiting);
    }
  }
}
