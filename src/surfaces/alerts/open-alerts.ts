import type { Observable } from "rxjs";
import type { ResilienceEvent } from "../../engine/resilience/events.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import type { Secrets } from "../../shared/secrets.ts";
import type { Config } from "../config.ts";
import type { AlertNotice, AlertRule } from "./alert.ts";
import { AlertEvaluator } from "./alert-evaluator.ts";
import { Webhook } from "./webhook.ts";
import { AddressRules } from "./webhook-address.ts";

export type AlertsParts = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly resilience$: Observable<ResilienceEvent>;
  /** Also told of every notice. */
  readonly notice: (notice: AlertNotice) => void;
  /** Told of notices that nobody took. */
  readonly undelivered: (notice: AlertNotice, reason: string) => void;
};

/** Judges the configured rules; notices go to the configured webhook, if there is one. */
export function openAlerts(rules: readonly AlertRule[], parts: AlertsParts): AlertEvaluator {
  const { env, config, secrets, resilience$ } = parts;
  const { alerts, monitoring } = config;
  const clock = idle(parts.clock);
  const { signingKeyVariable, allowedAddresses = [] } = alerts;
  const key = signingKeyVariable === undefined ? undefined : env[signingKeyVariable];
  const webhook =
    monitoring.alertWebhook === undefined
      ? null
      : new Webhook({
          url: monitoring.alertWebhook,
          signingKey: key ?? null,
          addresses: new AddressRules(allowedAddresses),
          clock,
          secrets,
          failed: parts.undelivered,
        });
  const tell = (notice: AlertNotice): void => {
    parts.notice(notice);
    webhook?.send(notice);
  };
  return new AlertEvaluator(rules, {
    clock,
    resilience$,
    tell,
    ...(webhook ? { closed: () => webhook.close() } : {}),
  });
}

/** Alerts wait for nothing that would keep a process alive that has no work. */
function idle(clock: Clock): Pick<Clock, "nowMs" | "at"> {
  if (clock !== systemClock) return clock;
  return {
    nowMs: clock.nowMs,
    at: (atMs, wake) => {
      const timer = setTimeout(wake, Math.min(Math.max(0, atMs - Date.now()), LONGEST_MS)).unref();
      return () => clearTimeout(timer);
    },
  };
}

const LONGEST_MS = 2 ** 31 - 1;
