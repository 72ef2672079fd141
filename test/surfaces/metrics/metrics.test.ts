import { createRequire } from "node:module";
import { beforeEach, expect, test } from "vitest";
import { type AbyssalOptions, createAbyssal, type Performer } from "../../../src/index.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { HIDDEN } from "../../../src/shared/secrets.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { samplesOf } from "../../support/prometheus.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const EACH = `
name: EACH
version: 1.0.0
description: One piece of work for each element
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  work:
    run: { performer: remote, item: "{{ item }}" }
    forEach: { item: items }
    success_threshold: 0.1
    retry: { attempts: 2, backoff: none }
    resources: { cpu: 0, memory: 0 }
`;
const WHO = { agent: "orchestrator", performer: "remote", template: "EACH@1.0.0" };

const series = (name: string, more: Record<string, string> = {}): string =>
  `abyssal_${name}{${Object.entries({ ...WHO, ...more })
    .map(([label, value]) => `${label}="${value}"`)
    .sort()
    .join(",")}}`;

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
});

const open = (perform: Performer["perform"], more: Partial<AbyssalOptions> = {}) =>
  createAbyssal({
    workingFolder: folder,
    env: {},
    clock,
    metrics: true,
    templates: [EACH],
    performers: [{ name: "remote", resources: () => ["host:api.example.com"], perform }],
    ...more,
  });

const done: Awaited<ReturnType<Performer["perform"]>> = {
  kind: "completed",
  output: "done",
  confidence: { value: 1, source: "checked" },
  usage: { calls: 1, inputTokens: 100, outputTokens: 10, costMicros: 250 },
};

// First in the file: later tests load it.
test("nobody who does not ask loads the library, and asking then says so", async () => {
  const abyssal = await open(async () => done, { metrics: false });
  await abyssal.execute("ABYSSAL[EACH]([1])");
  await expect(abyssal.observatory.renderMetrics()).rejects.toThrow("METRICS_OFF");
  const loaded = Object.keys(createRequire(import.meta.url).cache ?? {});
  expect(loaded.filter((path) => path.includes("prom-client"))).toEqual([]);
});

test("each run, agent, attempt and call is counted once, with tokens and money of failed attempts too (M1)", async () => {
  const abyssal = await open(async ({ options, attempt }) => {
    if (options.item === 3 || (options.item === 2 && attempt === 1))
      return {
        kind: "failed",
        failure: { code: "NOT_TODAY", message: "no", retryable: true },
        usage: { calls: 1, inputTokens: 5, outputTokens: 1, costMicros: 10 },
      };
    return done;
  });
  await abyssal.execute("ABYSSAL[EACH]([1, 2, 3])");
  const samples = samplesOf(await abyssal.observatory.renderMetrics());
  const expected: Record<string, number> = {
    abyssal_runs_started_total: 1,
    'abyssal_runs_ended_total{status="succeeded"}': 1,
    'abyssal_run_duration_seconds_count{status="succeeded"}': 1,
    abyssal_runs_active: 0,
    [series("agents_ended_total", { status: "succeeded" })]: 2,
    [series("agents_ended_total", { status: "failed" })]: 1,
    [series("agent_attempts_total")]: 5,
    [series("agent_retries_total", { code: "NOT_TODAY" })]: 2,
    'abyssal_agent_failures_total{code="NOT_TODAY"}': 1,
    [series("agent_duration_seconds_count")]: 3,
    [series("model_calls_total")]: 5,
    [series("model_tokens_total", { direction: "input" })]: 215,
    [series("model_tokens_total", { direction: "output" })]: 23,
    'abyssal_breaker_state{resource="host:api.example.com",state="closed"}': 1,
    'abyssal_resource_calls_total{resource="host:api.example.com"}': 5,
    'abyssal_resource_failures_total{resource="host:api.example.com"}': 0,
  };
  for (const [name, value] of Object.entries(expected))
    expect([name, samples.get(name)]).toEqual([name, value]);
  expect(samples.get(series("model_cost_usd_total"))).toBeCloseTo(0.00053, 9);
  expect([...samples.keys()].some((name) => name.startsWith("process_resident_memory"))).toBe(true);
});

test("live agents are counted by state, and are gone with their run (L1)", async () => {
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const abyssal = await open(async () => {
    entered.resolve();
    await release.promise;
    return done;
  });
  const run = abyssal.start("ABYSSAL[EACH]([1, 2, 3])", { maxConcurrency: 1 });
  await entered.promise;
  const during = samplesOf(await abyssal.observatory.renderMetrics());
  expect(during.get('abyssal_agents{state="running"}')).toBe(1);
  expect(during.get('abyssal_agents{state="ready"}')).toBe(2);
  expect(during.get("abyssal_runs_active")).toBe(1);
  clock.advance(4_000);
  release.resolve();
  await run.result;
  const after = samplesOf(await abyssal.observatory.renderMetrics());
  expect(after.get('abyssal_agents{state="running"}')).toBe(0);
  expect(after.get('abyssal_agents{state="ready"}')).toBe(0);
  expect(after.get("abyssal_agent_queue_seconds_count")).toBe(3);
  expect(after.get("abyssal_agent_queue_seconds_sum")).toBe(8);
});

test("a run that is let go leaves no live agents, and one that is resumed adds nothing for its past (M1, L1)", async () => {
  const second = Promise.withResolvers<void>();
  const stopped = {
    kind: "failed",
    failure: { code: "STOPPED", message: "stopped", retryable: false },
  } as const;
  const first = await open(
    async ({ options }, { signal }) => {
      if (options.item === 1) return done;
      second.resolve();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(stopped)));
    },
    { durable: true },
  );
  const run = first.start("ABYSSAL[EACH]([1, 2])", { maxConcurrency: 1 });
  const isLetGo = expect(run.result).rejects.toThrow("RUN_LET_GO");
  await second.promise;
  first.close();
  await isLetGo;

  const again = await open(async () => done, { durable: true });
  await again.resume(run.runId).result;
  const samples = samplesOf(await again.observatory.renderMetrics());
  expect(samples.get(series("agents_ended_total", { status: "succeeded" }))).toBe(1);
  expect(samples.get('abyssal_agents{state="running"}')).toBe(0);
  expect(samples.get("abyssal_runs_active")).toBe(0);
  again.close();
});

test("however many codes performers make up, the series stay few (M2)", async () => {
  const count = LIMITS.metricCodes + 50;
  const abyssal = await open(async ({ options }) => ({
    kind: "failed",
    failure: { code: `CODE_${String(options.item)}`, message: "no", retryable: false },
  }));
  await abyssal.execute(`ABYSSAL[EACH]([${Array.from({ length: count }, (_, index) => index).join(",")}])`);
  const names = [...samplesOf(await abyssal.observatory.renderMetrics())].filter(([name]) =>
    name.startsWith("abyssal_agent_failures_total"),
  );
  expect(names).toHaveLength(LIMITS.metricCodes + 1);
  expect(new Map(names).get('abyssal_agent_failures_total{code="OTHER"}')).toBe(50);
});

test("questions to the cache are shown by template", async () => {
  const template = EACH.replace("    retry:", "    cache: true\n    retry:");
  const abyssal = await createAbyssal({
    workingFolder: folder,
    env: {},
    clock,
    metrics: true,
    templates: [template],
    performers: [{ name: "remote", perform: async () => done, dependence: () => ({ beside: null }) }],
  });
  for (let run = 0; run < 2; run++) await abyssal.execute("ABYSSAL[EACH]([1, 2])");
  const samples = samplesOf(await abyssal.observatory.renderMetrics());
  expect(samples.get('abyssal_cache_hits_total{template="EACH@1.0.0"}')).toBe(2);
  expect(samples.get('abyssal_cache_misses_total{template="EACH@1.0.0"}')).toBe(2);
  expect(samples.get('abyssal_agents_cached_total{template="EACH@1.0.0"}')).toBe(2);
});

test("nothing secret is rendered, whoever put it into a name (M3)", async () => {
  const canary = "canary-of-this-test-91";
  const abyssal = await createAbyssal({
    workingFolder: folder,
    env: { SOME_API_KEY: canary },
    clock,
    metrics: true,
    templates: [EACH],
    performers: [{ name: "remote", resources: () => [`host:${canary}`], perform: async () => done }],
  });
  await abyssal.execute("ABYSSAL[EACH]([1])");
  const text = await abyssal.observatory.renderMetrics();
  expect(text).not.toContain(canary);
  expect(text).toContain(`host:${HIDDEN}`);
});
