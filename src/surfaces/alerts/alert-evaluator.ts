import type { Observable, Subscription } from "rxjs";
import type { RunEvent } from "../../actors/run-events.ts";
import type { ResilienceEvent } from "../../engine/resilience/events.ts";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { ObservedRun, RunObserver } from "../run-observer.ts";
import type { AlertNotice, AlertRule } from "./alert.ts";
import { Window } from "./window.ts";

export type AlertPorts = {
  readonly clock: Pick<Clock, "nowMs" | "at">;
  readonly resilience$: Observable<ResilienceEvent>;
  /** Told once when an alert begins, and once when it is over. */
  readonly tell: (notice: AlertNotice) => void;
  readonly closed?: () => void;
};

type Judged = Pick<AlertNotice, "subject" | "text" | "figures">;

const MINUTE_MS = 60_000;

/**
 * Purpose: judge alert rules by what runs and guards do.
 * Owns: the windows, which runs are under way, which alerts are on. Does not own: how anybody is told.
 * Invariants:
 * E1 an alert is told once when its rule begins to hold, and once, as resolved, when it no longer does: never twice in between.
 * E2 it is judged whenever something happens, and when time alone can change it; no timer is set while it cannot.
 * E3 what is kept is bounded by the windows' slices and by the runs and resources of the moment.
 */
export class AlertEvaluator implements RunObserver {
  readonly #rules: readonly AlertRule[];
  readonly #ports: AlertPorts;
  readonly #on = new Map<string, AlertNotice>();
  readonly #ended = new Map<AlertRule, Window>();
  readonly #spent = new Map<AlertRule, Window>();
  /** When something last happened in a run that is under way; null: it waits for people. */
  readonly #runs = new Map<string, number | null>();
  readonly #open = new Map<string, number>();
  readonly #subscription: Subscription;
  #disarm: (() => void) | null = null;
  #isClosed = false;

  constructor(rules: readonly AlertRule[], ports: AlertPorts) {
    this.#rules = rules;
    this.#ports = ports;
    for (const rule of rules) {
      if (rule.when === "failure_rate") this.#ended.set(rule, new Window(rule.withinMinutes * MINUTE_MS));
      if (rule.when === "budget") this.#spent.set(rule, new Window(rule.withinMinutes * MINUTE_MS));
    }
    this.#subscription = ports.resilience$.subscribe((event) => {
      if (event.type === "breaker.closed") this.#open.delete(event.resource);
      else if (event.type === "breaker.opened" && !this.#open.has(event.resource))
        this.#open.set(event.resource, event.atMs);
      else return;
      this.#judge();
    });
  }

  /** The alerts that are on, oldest first. */
  get active(): readonly AlertNotice[] {
    return [...this.#on.values()];
  }

  watch({ runId, events$, ended }: ObservedRun): void {
    this.#runs.set(runId, this.#ports.clock.nowMs());
    this.#judge();
    events$.subscribe((event) => this.#note(runId, event));
    const left = (): void => {
      if (this.#runs.delete(runId)) this.#judge();
    };
    ended.then(left, left);
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    this.#subscription.unsubscribe();
    this.#ports.closed?.();
  }

  #note(runId: string, event: RunEvent): void {
    const nowMs = this.#ports.clock.nowMs();
    if (event.type === "run.ended") {
      this.#runs.delete(runId);
      const isBad = event.status === "failed" || event.status === "partial";
      if (event.status !== "cancelled")
        for (const window of this.#ended.values()) window.add(nowMs, 1, isBad ? 1 : 0);
    } else this.#runs.set(runId, event.type === "run.suspended" ? null : nowMs);
    if (event.type === "agent.ended" && event.usage)
      for (const window of this.#spent.values()) window.add(nowMs, 1, event.usage.costMicros);
    // What happens within a run changes nothing but that it is not stuck, unless money was spent or it was thought to be.
    if (event.type !== "agent.ended" && event.type !== "run.ended" && event.type !== "run.suspended") {
      if (![...this.#on.values()].some(({ subject }) => subject === runId)) return;
    }
    this.#judge();
  }

  #judge(): void {
    if (this.#isClosed) return;
    const nowMs = this.#ports.clock.nowMs();
    const holding = new Set<string>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [index, rule] of this.#rules.entries()) {
      const { found, untilMs } = this.#judgeRule(rule, nowMs);
      nextMs = Math.min(nextMs, untilMs);
      for (const judged of found) {
        const key = `${index}/${judged.subject}`;
        holding.add(key);
        if (!this.#on.has(key)) this.#begin(key, rule, judged, nowMs);
      }
    }
    for (const [key, notice] of this.#on) {
      if (holding.has(key)) continue;
      this.#on.delete(key);
      this.#ports.tell({ ...notice, state: "resolved", atMs: nowMs });
    }
    this.#arm(nextMs);
  }

  #begin(key: string, rule: AlertRule, judged: Judged, atMs: number): void {
    if (this.#on.size >= LIMITS.alertsAtOnce) return;
    const name = rule.name ?? rule.when;
    const id = `${name}/${judged.subject}@${atMs}`;
    const notice = {
      id,
      state: "firing",
      rule: name,
      kind: rule.when,
      ...judged,
      sinceMs: atMs,
      atMs,
    } as const;
    this.#on.set(key, notice);
    this.#ports.tell(notice);
  }

  /** Whom a rule holds for, and when time alone may change that. */
  #judgeRule(
    rule: AlertRule,
    nowMs: number,
  ): { readonly found: readonly Judged[]; readonly untilMs: number } {
    switch (rule.when) {
      case "failure_rate":
        return this.#failureRate(rule, nowMs);
      case "budget":
        return this.#budget(rule, nowMs);
      case "stuck_run":
        return overdue(this.#runs, rule.afterMinutes, nowMs, (runId, forMs) => ({
          subject: runId,
          text: `nothing has happened in run ${runId} for ${Math.round(forMs / MINUTE_MS)} minutes`,
          figures: { afterMinutes: rule.afterMinutes, forMs },
        }));
      case "breaker_open":
        return overdue(this.#open, rule.forMinutes, nowMs, (resource, forMs) => ({
          subject: resource,
          text: `the breaker of ${resource} is open: nobody is let through`,
          figures: { forMinutes: rule.forMinutes, forMs },
        }));
    }
  }

  #failureRate(rule: Extract<AlertRule, { when: "failure_rate" }>, nowMs: number) {
    const { count, sum, untilMs } = this.#ended.get(rule)!.at(nowMs);
    const rate = count === 0 ? 0 : sum / count;
    const holds = count >= rule.minimumRuns && rate > rule.above;
    const text = `${sum} of ${count} runs of the last ${rule.withinMinutes} minutes did not succeed`;
    const figures = { rate, above: rule.above, runs: count, failed: sum };
    return {
      found: holds ? [{ subject: "runs", text, figures }] : [],
      untilMs: holds ? untilMs : Number.POSITIVE_INFINITY,
    };
  }

  #budget(rule: Extract<AlertRule, { when: "budget" }>, nowMs: number) {
    const { sum, untilMs } = this.#spent.get(rule)!.at(nowMs);
    const spentUsd = sum / 1_000_000;
    const holds = spentUsd > rule.aboveUsd;
    const text = `models have cost $${spentUsd.toFixed(2)} within the last ${rule.withinMinutes} minutes`;
    const figures = { spentUsd, aboveUsd: rule.aboveUsd };
    return {
      found: holds ? [{ subject: "runs", text, figures }] : [],
      untilMs: holds ? untilMs : Number.POSITIVE_INFINITY,
    };
  }

  #arm(atMs: number): void {
    this.#disarm?.();
    this.#disarm = Number.isFinite(atMs) ? this.#ports.clock.at(atMs, () => this.#judge()) : null;
  }
}

/** Those that something has lasted too long for; and when the next one will be. */
function overdue(
  since: ReadonlyMap<string, number | null>,
  afterMinutes: number,
  nowMs: number,
  judged: (name: string, forMs: number) => Judged,
): { readonly found: readonly Judged[]; readonly untilMs: number } {
  const found: Judged[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  for (const [name, sinceMs] of since) {
    if (sinceMs === null) continue;
    const dueMs = sinceMs + afterMinutes * MINUTE_MS;
    if (nowMs >= dueMs) found.push(judged(name, nowMs - sinceMs));
    else untilMs = Math.min(untilMs, dueMs);
  }
  return { found, untilMs };
}
