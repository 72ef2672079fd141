import { Subject } from "rxjs/internal/Subject";
import type { InspectionEvent } from "xstate";
import type { Resilience } from "../engine/resilience/resilience.ts";
import { NO_CACHE, type ResultCache } from "../engine/result-cache.ts";
import type { Clock } from "../shared/clock.ts";
import { Secrets } from "../shared/secrets.ts";
import { abyssalVersion } from "./cli/version.ts";
import type { Config } from "./config.ts";
import type { Inspector, InspectorOptions } from "./inspector/inspector-server.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { type AlertEvent, Observatory, type ObservatoryParts } from "./observatory.ts";
import type { RunObserver } from "./run-observer.ts";

type Inspect = ((event: InspectionEvent) => void) | InspectorOptions;

/** What an embedder says about being watched. */
export type ObservatoryOptions = {
  /** Whether runs are counted for `observatory.renderMetrics`; default: no, nothing is loaded or counted. */
  readonly metrics?: boolean;
  /**
   * A function sees every XState inspection event; options open the inspector on loopback, `{}` as the configuration says
   * (`observatory.inspector.url`). Nothing is made while it is absent; runs are slower with it (XState's own interpreter).
   */
  readonly inspect?: Inspect;
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
  const secrets = options.secrets ?? new Secrets({ env: {} });
  const { secrets: named, models } = parts.config;
  const keys = (models.providers ?? []).flatMap(({ keyEnv }) => keyEnv ?? []);
  secrets.include({ env: parts.env, ...named, variables: [...(named.variables ?? []), ...keys] });
  const metrics = await openMetricsFor(options, secrets, parts);
  return new Observatory({
    secrets,
    metrics,
    inspector: await openInspectorFor(options, secrets, parts),
    ...(await openAlertsFor(secrets, parts)),
    observers: await openTracing(secrets),
  });
}

/** Nothing where nobody has set up tracing. */
async function openTracing(secrets: Secrets): Promise<RunObserver[]> {
  const { isTraced, Tracing } = await import("./tracing/tracing.ts");
  if (!isTraced()) return [];
  const api = await import("@opentelemetry/api");
  return [new Tracing({ api, version: abyssalVersion(), secrets })];
}

async function openAlertsFor(
  secrets: Secrets,
  { env, config, clock, resilience: { events$ } }: Parts,
): Promise<Pick<ObservatoryParts, "alerts" | "alertEvents$">> {
  const alertEvents$ = new Subject<AlertEvent>();
  const { rules = [] } = config.alerts;
  if (rules.length === 0) return { alerts: null, alertEvents$ };
  const { openAlerts } = await import("./alerts/open-alerts.ts");
  const alerts = openAlerts(rules, {
    env,
    config,
    clock,
    secrets,
    resilience$: events$,
    notice: (notice) => alertEvents$.next({ type: `alert.${notice.state}`, notice }),
    undelivered: (notice, reason) => alertEvents$.next({ type: "alert.undelivered", notice, reason }),
  });
  return { alerts, alertEvents$ };
}

async function openInspectorFor(
  { inspect }: ObservatoryOptions,
  secrets: Secrets,
  { clock, config: { monitoring } }: Parts,
): Promise<Inspector | null> {
  if (inspect === undefined || typeof inspect === "function") return null;
  const { openInspector } = await import("./inspector/inspector-server.ts");
  const { port = monitoring.inspectorPort, page = monitoring.inspectorPage } = inspect;
  return openInspector({ port, page, secrets, clock });
}

/** What machines are created with; undefined when nobody asked. */
export function inspectOf(
  inspect: Inspect | undefined,
  { inspector }: Observatory,
): ((event: InspectionEvent) => void) | undefined {
  return typeof inspect === "function" ? inspect : inspector?.inspect;
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
