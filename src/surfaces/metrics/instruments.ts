import type { Counter, Gauge, Histogram, Registry } from "prom-client";

type Prom = Pick<typeof import("prom-client"), "Counter" | "Gauge" | "Histogram">;

/** Bounds of the histograms, in seconds: from a draft to a model that thinks for an hour. */
const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

const AGENT = ["template", "agent", "performer"] as const;

/** Every metric by its name (docs/reference/metrics.md), in a registry of our own. */
export type Instruments = ReturnType<typeof instruments>;

export function instruments(prom: Prom, registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new prom.Counter({ name: `abyssal_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new prom.Gauge({ name: `abyssal_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> =>
    new prom.Histogram({ name: `abyssal_${name}`, help, labelNames, buckets: SECONDS, registers });
  return {
    runsStarted: counter("runs_started_total", "Runs started here; resumed ones count as well.", []),
    runsEnded: counter("runs_ended_total", "Runs that have ended, by how.", ["status"]),
    runsActive: gauge("runs_active", "Runs that this process drives.", []),
    runsSuspended: counter("runs_suspended_total", "How often a run began to wait for people only.", []),
    runSeconds: histogram("run_duration_seconds", "From the start of a run to its end.", ["status"]),
    agents: gauge("agents", "Live agents by state; ready ones wait for a slot.", ["state"]),
    agentsEnded: counter("agents_ended_total", "Agents that have ended, by how.", [...AGENT, "status"]),
    attempts: counter("agent_attempts_total", "Attempts that agents have begun.", AGENT),
    retries: counter("agent_retries_total", "Failed attempts that are made again, by code.", [
      ...AGENT,
      "code",
    ]),
    agentSeconds: histogram("agent_duration_seconds", "First attempt to end, of agents that worked.", AGENT),
    waitSeconds: histogram("agent_queue_seconds", "How long agents waited for a slot.", []),
    failures: counter("agent_failures_total", "Agents that ended with a failure, by its code.", ["code"]),
    cachedAgents: counter("agents_cached_total", "Agents answered by an earlier result.", ["template"]),
    calls: counter("model_calls_total", "Calls to models, failed ones too.", AGENT),
    tokens: counter("model_tokens_total", "Tokens that models have read and written.", [
      ...AGENT,
      "direction",
    ]),
    cost: counter("model_cost_usd_total", "What calls to models have cost.", AGENT),
    cacheHits: counter("cache_hits_total", "Questions that the cache has answered.", ["template"]),
    cacheMisses: counter("cache_misses_total", "Questions that the cache could not answer.", ["template"]),
    cacheEntries: gauge("cache_entries", "Results that the cache holds.", []),
    cacheBytes: gauge("cache_bytes", "What the results in the cache take.", []),
    breakers: gauge("breaker_state", "1 for the state that a resource's breaker is in.", [
      "resource",
      "state",
    ]),
    breakerOpenings: counter("breaker_opened_total", "How often a breaker has opened.", ["resource"]),
    resourceCalls: counter("resource_calls_total", "Calls to a resource.", ["resource"]),
    resourceFailures: counter("resource_failures_total", "Calls that failed by its fault.", ["resource"]),
    resourceRefused: counter("resource_refused_total", "Calls that a guard did not let through.", [
      "resource",
      "guard",
    ]),
    callsActive: gauge("resource_calls_active", "Calls at work.", ["resource"]),
    callsWaiting: gauge("resource_calls_waiting", "Calls that wait for a place or a turn.", ["resource"]),
  };
}
