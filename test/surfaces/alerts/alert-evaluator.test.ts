import { Subject } from "rxjs";
import { beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import type { RunEnd } from "../../../src/engine/engine.ts";
import type { ResilienceEvent } from "../../../src/engine/resilience/events.ts";
import type { RunStatus } from "../../../src/machines/orchestrator.ts";
import type { AlertNotice, AlertRule } from "../../../src/surfaces/alerts/alert.ts";
import { AlertEvaluator } from "../../../src/surfaces/alerts/alert-evaluator.ts";
import { Window } from "../../../src/surfaces/alerts/window.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const MINUTE = 60_000;

let clock: ManualClock;
let told: AlertNotice[];
let guards: Subject<ResilienceEvent>;

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  guards = new Subject();
});

function evaluator(...rules: AlertRule[]): AlertEvaluator {
  return new AlertEvaluator(rules, { clock, resilience$: guards, tell: (notice) => told.push(notice) });
}

/** A run that a test drives. */
function begin(alerts: AlertEvaluator, runId: string) {
  const events$ = new Subject<RunEvent>();
  const { promise, reject } = Promise.withResolvers<RunEnd>();
  alerts.watch({ runId, plan: {} as never, past: [], events$, ended: promise });
  return {
    happens: (event: object) => events$.next({ atMs: clock.nowMs(), ...event } as RunEvent),
    end: (status: RunStatus) => events$.next({ type: "run.ended", runId, status, atMs: clock.nowMs() }),
    leave: async () => {
      reject(new Error("let go"));
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

const states = () => told.map(({ state, rule, subject }) => `${state} ${rule} ${subject}`);

test("runs that fail too often are told once, and once when the window has forgotten enough of them (E1)", () => {
  const alerts = evaluator({ when: "failure_rate", above: 0.5, minimumRuns: 4, withinMinutes: 60 });
  for (const status of ["failed", "partial", "failed"] as const) begin(alerts, "r").end(status);
  begin(alerts, "r").end("cancelled");
  expect(states()).toEqual([]);
  clock.advance(30 * MINUTE);
  for (let at = 0; at < 3; at++) begin(alerts, "r").end("failed");
  expect(states()).toEqual(["firing failure_rate runs"]);
  expect(told[0]).toMatchObject({
    text: "4 of 4 runs of the last 60 minutes did not succeed",
    figures: { rate: 1, above: 0.5, runs: 4, failed: 4 },
  });
  clock.advance(31 * MINUTE);
  expect(states()).toEqual(["firing failure_rate runs", "resolved failure_rate runs"]);
  expect(told[1]!.id).toBe(told[0]!.id);
  expect([alerts.active, clock.pending]).toEqual([[], 0]);
});

test("a run in which nothing happens is stuck, goes on, may be stuck again, and waits for people without an alert", () => {
  const alerts = evaluator({ when: "stuck_run", name: "quiet", afterMinutes: 10 });
  const run = begin(alerts, "r_1");
  clock.advance(6 * MINUTE);
  run.happens({ type: "agent.running", path: "a", attempt: 1 });
  clock.advance(9 * MINUTE);
  expect(states()).toEqual([]);
  clock.advance(1 * MINUTE);
  expect(states()).toEqual(["firing quiet r_1"]);
  run.happens({ type: "agent.running", path: "a", attempt: 2 });
  expect(states()).toEqual(["firing quiet r_1", "resolved quiet r_1"]);
  clock.advance(10 * MINUTE);
  expect(alerts.active.map(({ subject }) => subject)).toEqual(["r_1"]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  run.happens({ type: "run.suspended", waitingFor: ["a"] });
  clock.advance(1_000 * MINUTE);
  expect(alerts.active).toEqual([]);
});

test("an alert about a run that ends, or is let go, is over; no timer is left then (E2)", async () => {
  const alerts = evaluator({ when: "stuck_run", afterMinutes: 10 });
  const [ending, leaving] = [begin(alerts, "r_1"), begin(alerts, "r_2")];
  clock.advance(10 * MINUTE);
  expect(alerts.active).toHaveLength(2);
  ending.end("succeeded");
  await leaving.leave();
  expect(states().slice(2)).toEqual(["resolved stuck_run r_1", "resolved stuck_run r_2"]);
  expect(clock.pending).toBe(0);
});

test("a breaker that stays open is told once its time is up, however often it tries in between", () => {
  const alerts = evaluator({ when: "breaker_open", forMinutes: 5 });
  const opened = (resource: string) =>
    guards.next({ type: "breaker.opened", resource, atMs: clock.nowMs() } as ResilienceEvent);
  opened("model:a");
  clock.advance(4 * MINUTE);
  guards.next({ type: "breaker.halfOpened", resource: "model:a", atMs: clock.nowMs() });
  opened("model:a");
  opened("model:b");
  guards.next({ type: "breaker.closed", resource: "model:b", atMs: clock.nowMs() });
  clock.advance(1 * MINUTE);
  expect(states()).toEqual(["firing breaker_open model:a"]);
  guards.next({ type: "breaker.closed", resource: "model:a", atMs: clock.nowMs() });
  clock.advance(100 * MINUTE);
  expect(states()).toEqual(["firing breaker_open model:a", "resolved breaker_open model:a"]);
  alerts.close();
});

test("money is counted as agents end, over the window", () => {
  const alerts = evaluator({ when: "budget", aboveUsd: 1, withinMinutes: 60 });
  const run = begin(alerts, "r");
  const spend = (costMicros: number) =>
    run.happens({ type: "agent.ended", path: "a", usage: { costMicros } });
  spend(600_000);
  spend(400_000);
  expect(states()).toEqual([]);
  spend(1);
  expect(told[0]).toMatchObject({
    state: "firing",
    kind: "budget",
    figures: { spentUsd: 1.000001, aboveUsd: 1 },
  });
  clock.advance(60 * MINUTE);
  expect(states()).toEqual(["firing budget runs", "resolved budget runs"]);
});

test("what is kept of a window does not grow with what happens in it (E3)", () => {
  const window = new Window(60_000);
  for (let at = 0; at < 100_000; at++) window.add(at * 10, 1, 2);
  const { count, sum } = window.at(999_990);
  expect(count).toBeGreaterThanOrEqual(5_900);
  expect(count).toBeLessThanOrEqual(6_100);
  expect(sum).toBe(2 * count);
  expect(window.at(2_000_000)).toEqual({ count: 0, sum: 0, untilMs: Number.POSITIVE_INFINITY });
});
