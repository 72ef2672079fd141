import type { Resilience } from "../engine/resilience/resilience.ts";
import { NO_CACHE, type ResultCache } from "../engine/result-cache.ts";
import type { Clock } from "../shared/clock.ts";
import { Secrets } from "../shared/secrets.ts";
import type { Config } from "./config.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { Observatory } from "./observatory.ts";

/** What an embedder says about being watched. */
export type ObservatoryOptions = {
  /** Whether runs are counted for `observatory.renderMetrics`; default: no, nothing is loaded or counted. */
  readonly metrics?: boolean;
  /** What is hidden from whoever watches; default: what the environment and the configuration name. */
  readonly secrets?: Secrets;
};

type Parts = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  readonly clock: Clock;
  readonly cache: ResultCache | undefined;
  readonly resilience: Pick<Resilience, "status" | "events$">;
};

/** Opens what was asked for, and loads nothing else. */
export async function openObservatory(options: ObservatoryOptions, parts: Parts): Promise<Observatory> {
  const secrets = options.secrets ?? new Secrets({ env: parts.env });
  return new Observatory({ secrets, metrics: await openMetricsFor(options, secrets, parts), observers: [] });
}

async function openMetricsFor(
  { metrics }: ObservatoryOptions,
  secrets: Secrets,
  { clock, cache, resilience }: Parts,
): Promise<Metrics | null> {
  if (!metrics) return null;
  const { openMetrics } = await import("./metrics/metrics.ts");
  return openMetrics({
    clock,
    secrets,
    cacheStats: () => cache?.stats() ?? NO_CACHE,
    resources: () => resilience.status(),
    resilience$: resilience.events$,
  });
}
