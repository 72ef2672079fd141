import { beforeEach, describe, expect, test } from "vitest";
import { type Abyssal, createAbyssal, type Performer } from "../../../src/index.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { Analytics } from "../../../src/surfaces/analytics/analytics.ts";
import type { AgentFigures } from "../../../src/surfaces/analytics/run-figures.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Each element says how long an attempt takes and how it goes: `1000`, or `1000!CODE` for every attempt. */
const EACH = `
name: EACH
version: 1.0.0
description: One piece of work for each element
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  work:
    agent: tester
    run: { performer: timed, item: "{{ item }}" }
    forEach: { item: items }
    success_threshold: 0.01
    duration: 10s
    timeout: 1m
    retry: { attempts: 2, backoff: none }
    resources: { cpu: 2, memory: 1GB }
`;

let folder: string;
let clock: ManualClock;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
});

const timed: Performer = {
  name: "timed",
  perform: ({ options }) =>
    new Promise((resolve) => {
      const [ms, code] = String(options.item).split("!");
      clock.at(clock.nowMs() + Number(ms), () =>
        resolve(
          code
            ? { kind: "failed", failure: { code, message: "no", retryable: true }, usage: usage(2) }
            : { kind: "completed", output: "", confidence: { value: 1, source: "checked" }, usage: usage(8) },
        ),
      );
    }),
};

const usage = (costMicros: number) => ({
  calls: 1,
  inputTokens: 3,
  outputTokens: 1,
  costMicros: costMicros * 1_000,
});

function open(more: { readonly agents?: number } = {}): Promise<Abyssal> {
  return createAbyssal({
    workingFolder: folder,
    env: {},
    clock,
    durable: true,
    templates: [EACH],
    performers: [timed],
    config: {
      resources: { cpuLimitCores: 100, memoryLimitGb: 100 },
      execution: { maxConcurrentAgents: more.agents ?? 20 },
    },
  });
}

/** Runs a program; time passes in steps of 100 ms whenever nothing else can happen. */
async function run(abyssal: Abyssal, items: readonly string[]): Promise<void> {
  let isOver = false;
  const result = abyssal.execute(`ABYSSAL[EACH](${JSON.stringify(items)})`);
  void result.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (let turn = 0; turn < 20 && !isOver; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (!isOver) clock.advance(100);
  }
}

describe("the analytics of a journal", () => {
  test("time, waits, success, usefulness and money are those of the recorded runs, by template and by agent", async () => {
    const abyssal = await open({ agents: 1 });
    await run(abyssal, ["1000", "3000", "1000!NOT_TODAY"]);
    const report = await abyssal.analytics();
    abyssal.close();
    // One slot: 1 s, 3 s, then two failed attempts of 1 s.
    expect(report.runs).toMatchObject({ ended: 1, byStatus: { succeeded: 1 }, successRate: 1 });
    expect(report.runs.meanMs).toBeGreaterThanOrEqual(6_000);
    expect(report.runs.meanMs).toBeLessThan(7_500);
    expect(report.runs.slotsUsed).toBeGreaterThan(0.8);
    const [agent] = report.agents;
    expect(report.agents).toHaveLength(1);
    expect(agent).toMatchObject({
      agent: "tester",
      performer: "timed",
      agents: 3,
      attempts: 4,
      cached: 0,
      calls: 4,
      tokens: 16,
      costMicros: 20_000,
      failures: [{ code: "NOT_TODAY", count: 1 }],
    });
    expect(agent!.successRate).toBeCloseTo(2 / 3, 9);
    expect(agent!.efficiency).toBeCloseTo(4 / 6, 1);
    expect(agent!.workedMs).toBeGreaterThanOrEqual(6_000);
    expect(agent!.coreHours).toBeCloseTo((agent!.workedMs * 2) / 3_600_000, 9);
    expect(agent!.meanWaitMs).toBeGreaterThan(1_000);
    const [template] = report.templates;
    expect(template).toMatchObject({
      template: "EACH@1.0.0",
      agents: 3,
      commands: { ended: 1, successRate: 1 },
    });
    expect(template!.commands.meanMs).toBeGreaterThanOrEqual(6_000);
  });

  test("only runs that ended since a time are counted, and those that have not ended are not (Y2)", async () => {
    const abyssal = await open();
    await run(abyssal, ["100"]);
    clock.advance(60_000);
    const sinceMs = clock.nowMs();
    await run(abyssal, ["100"]);
    const under = abyssal.start('ABYSSAL[EACH](["100000"])');
    expect((await abyssal.analytics()).runs.ended).toBe(2);
    expect((await abyssal.analytics({ sinceMs })).runs.ended).toBe(1);
    under.result.catch(() => {});
    abyssal.close();
  });

  test("recommendations name the rule, whom it is about, and the figures that they rest on", async () => {
    const abyssal = await open({ agents: 1 });
    for (let at = 0; at < 3; at++) await run(abyssal, ["1000", "1000", "1000!NOT_TODAY", "1000!NOT_TODAY"]);
    const { recommendations } = await abyssal.analytics();
    abyssal.close();
    expect(recommendations.map(({ rule, about }) => `${rule} ${about}`)).toEqual([
      "SLOTS_FULL runs",
      "FAILS_OFTEN tester/timed",
      "WORK_WASTED tester/timed",
      "DURATION_OFF tester/timed",
      "COSTS_MOST tester/timed",
    ]);
    expect(recommendations[1]).toMatchObject({
      text: expect.stringContaining("50% of 12 agents succeed, most often with NOT_TODAY (6 times)"),
      figures: { successRate: 0.5, agents: 12, code: "NOT_TODAY", count: 6 },
    });
    expect(recommendations[3]!.figures).toMatchObject({ plannedMs: 10_000, agents: 12 });
  });

  test("a runtime without a journal says that it has nothing to read", async () => {
    const abyssal = await createAbyssal({ workingFolder: folder, env: {} });
    await expect(abyssal.analytics()).rejects.toThrow("RUN_NOT_DURABLE");
  });
});

test("names beyond the limit count as one, so that what is kept does not grow with the runs (Y1)", () => {
  const analytics = new Analytics();
  const plan = { capacity: { agents: 1, cpu: 1, memoryMb: 1 } } as never;
  for (let at = 0; at < LIMITS.analyticsNames + 100; at++) {
    const node = {
      template: `T${at}@1.0.0`,
      agent: `a${at}`,
      performer: "p",
      resources: { cpu: 1, memoryMb: 1 },
    };
    const figures = {
      node,
      status: "succeeded",
      attempts: 1,
      workedMs: 1,
      waitedMs: 0,
      usefulMs: 1,
    } as never;
    const agent = { ...(figures as AgentFigures), usage: usage(0), failure: null, cached: false };
    analytics.add("succeeded", plan, { agents: [agent], commands: [], activeMs: 1 });
  }
  const { templates, agents, runs } = analytics.report(null);
  expect(templates).toHaveLength(LIMITS.analyticsNames + 1);
  expect(templates.find(({ template }) => template === "(others)")!.agents).toBe(100);
  expect([agents.length, runs.ended]).toEqual([LIMITS.analyticsNames + 1, LIMITS.analyticsNames + 100]);
});
