import type { Observable, Subject } from "rxjs";
import type { RunEvent } from "../actors/run-events.ts";
import type { RunHandle } from "../engine/engine.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
import type { Secrets } from "../shared/secrets.ts";
import type { AlertNotice } from "./alerts/alert.ts";
import type { AlertEvaluator } from "./alerts/alert-evaluator.ts";
import type { Inspector } from "./inspector/inspector-server.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { MetricsListener } from "./metrics/metrics-listener.ts";
import type { RunObserver } from "./run-observer.ts";

export type ObservatoryParts = {
  readonly secrets: Secrets;
  /** Null when nobody asked for them. */
  readonly metrics: Metrics | null;
  /** Null when nobody asked for it. */
  readonly inspector: Inspector | null;
  /** Null when no rules are configured. */
  readonly alerts: AlertEvaluator | null;
  /** Emits what becomes of alerts; completed by `close`. */
  readonly alertEvents$: Subject<AlertEvent>;
  /** Whoever else watches runs. */
  readonly observers: readonly RunObserver[];
};

/** `undelivered`: nobody took the notice, for this reason. */
export type AlertEvent = {
  readonly type: "alert.firing" | "alert.resolved" | "alert.undelivered";
  readonly notice: AlertNotice;
  readonly reason?: string;
};

/** Whoever watches the runs of a runtime, and what must not be shown of them. */
export class Observatory {
  /** What is hidden wherever something of a run is shown, logged or sent. */
  readonly secrets: Secrets;
  /** Where running machines can be watched, if that was asked for. */
  readonly inspector: Inspector | null;
  readonly #metrics: Metrics | null;
  readonly #alerts: AlertEvaluator | null;
  readonly #alertEvents$: Subject<AlertEvent>;
  readonly #observers: readonly RunObserver[];
  readonly #listeners: MetricsListener[] = [];

  constructor({ secrets, metrics, inspector, alerts, alertEvents$, observers }: ObservatoryParts) {
    this.secrets = secrets;
    this.inspector = inspector;
    this.#metrics = metrics;
    this.#alerts = alerts;
    this.#alertEvents$ = alertEvents$;
    this.#observers = [metrics, alerts, ...observers].filter((observer) => observer !== null);
  }

  /** The alerts that are on, oldest first. */
  get alerts(): readonly AlertNotice[] {
    return this.#alerts?.active ?? [];
  }

  /** Alerts that begin, are over, or could not be told. */
  get alertEvents$(): Observable<AlertEvent> {
    return this.#alertEvents$.asObservable();
  }

  /** Shows a run to everybody, before anything of it happens here. */
  watch({ runId, plan, events$, ended }: RunHandle, past: readonly RunEvent[] = []): void {
    this.learn(plan);
    for (const observer of this.#observers) observer.watch({ runId, plan, past, events$, ended });
  }

  /** What a plan's commands were given under the names of secrets is hidden from now on. */
  learn({ nodes }: Plan): void {
    const given = nodes.flatMap((node) => (node.kind !== "agent" && node.scope ? [node.scope] : []));
    if (given.length > 0) this.secrets.learn(given);
  }

  /** The metrics in Prometheus' text format. Rejects with AbyssalError METRICS_OFF. */
  async renderMetrics(): Promise<string> {
    return this.#asked().render();
  }

  /** The media type of the metrics. Throws AbyssalError METRICS_OFF. */
  get metricsContentType(): string {
    return this.#asked().contentType;
  }

  /**
   * Answers `GET /metrics` on a port of its own until this is closed; 0 takes a free one. Rejects with AbyssalError METRICS_OFF,
   * METRICS_PORT_BUSY.
   */
  async offerMetrics(port: number, host?: string): Promise<MetricsListener> {
    const { contentType } = this.#asked();
    const { listenForMetrics } = await import("./metrics/metrics-listener.ts");
    const render = () => this.renderMetrics();
    const listener = await listenForMetrics({ port, contentType, render, ...(host ? { host } : {}) });
    this.#listeners.push(listener);
    return listener;
  }

  /** Ends the inspector, the listeners and whoever else observes. */
  close(): void {
    this.inspector?.close();
    for (const listener of this.#listeners.splice(0)) void listener.close();
    for (const observer of this.#observers) observer.close();
    this.#alertEvents$.complete();
  }

  #asked(): Metrics {
    if (this.#metrics) return this.#metrics;
    throw new AbyssalError([
      {
        code: "METRICS_OFF",
        severity: "error",
        place: "renderMetrics",
        message: "this runtime counts nothing",
        hint: "create it with { metrics: true }",
      },
    ]);
  }
}
