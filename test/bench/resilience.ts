/**
 * What a guard costs a call that nothing stands against: `npm run bench:resilience -- [--output json] [--quick]`.
 * Calls that answer at once, one after the other, bare and behind guards of ours and of cockatiel's, by turns in one process;
 * medians, and ratios to the bare call. cockatiel has no retry budget and no pace; its stack here is bulkhead and breaker.
 */
import { bulkhead, ConsecutiveBreaker, circuitBreaker, handleAll, wrap } from "cockatiel";
import type { Performer, Task } from "../../src/actors/ports.ts";
import { Resilience } from "../../src/engine/resilience/resilience.ts";
import type { ResilienceRule } from "../../src/engine/resilience/rules.ts";
import type { Outcome } from "../../src/plan/outcome.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { NO_BOARD } from "../support/no-board.ts";
import { median, timeMs } from "./support/statistics.ts";

type Call = () => Promise<unknown>;

const DONE: Outcome = { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
const TASK = { runId: "r_1", path: "a", attempt: 1 } as Task;
const CONTEXT = {
  signal: new AbortController().signal,
  idempotencyKey: "",
  emit: () => undefined,
  board: NO_BOARD,
};

/** Limits that nothing reaches here. */
const FULL: readonly ResilienceRule[] = [
  { resource: "*", bulkhead: { atOnce: 100 }, pace: { requestsPerMinute: 1e12, burst: 1_000_000 } },
];

const quick = process.argv.includes("--quick");
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
const CALLS = quick ? 5_000 : 20_000;
const REPEATS = quick ? 15 : 41;

await report();

async function report(): Promise<void> {
  const bare = performer([]);
  const calls: Readonly<Record<string, Call>> = {
    bare: () => bare.perform(TASK, CONTEXT),
    "ours, no resource": ours([], []),
    "ours, retry budget": ours(["performer:noop"], []),
    "ours, breaker and retry budget": ours(["host:a"], []),
    "ours, breaker, bulkhead, pace and retry budget": ours(["host:a"], FULL),
    "cockatiel, breaker": cockatiel(breaker()),
    "cockatiel, bulkhead and breaker": cockatiel(wrap(bulkhead(100, 100), breaker())),
  };
  const times = new Map(Object.keys(calls).map((name) => [name, [] as number[]]));
  for (let repeat = -2; repeat < REPEATS; repeat++) {
    for (const [name, call] of Object.entries(calls)) {
      const ms = await timeMs(() => many(call));
      // The first two rounds warm up.
      if (repeat >= 0) times.get(name)!.push((ms / CALLS) * 1_000);
    }
  }
  const bareUs = median(times.get("bare")!);
  const rows = [...times].map(([name, us]) => {
    const perCallUs = median(us);
    return { name, perCallUs: round(perCallUs), ratioToBare: round(perCallUs / bareUs) };
  });
  if (json) console.log(JSON.stringify({ node: process.version, calls: CALLS, repeats: REPEATS, rows }));
  else
    for (const { name, perCallUs, ratioToBare } of rows)
      console.log(`${name.padEnd(48)} ${String(perCallUs).padStart(6)} us a call  ${ratioToBare} x bare`);
}

function performer(resources: readonly string[]): Performer {
  return { name: "noop", resources: () => resources, perform: async () => DONE };
}

function ours(resources: readonly string[], rules: readonly ResilienceRule[]): Call {
  const gate = new Resilience({ clock: systemClock, rules }).gate("r_1");
  const guarded = performer(resources);
  return () => gate.perform(guarded, TASK, CONTEXT);
}

function breaker() {
  return circuitBreaker(handleAll, { breaker: new ConsecutiveBreaker(5), halfOpenAfter: 30_000 });
}

function cockatiel(policy: { execute<T>(work: () => Promise<T>): Promise<T> }): Call {
  const bare = performer([]);
  return () => policy.execute(() => bare.perform(TASK, CONTEXT));
}

async function many(call: Call): Promise<void> {
  for (let index = 0; index < CALLS; index++) await call();
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
