import { describe, expect, test } from "vitest";
import type { Dependence, Performer, Task } from "../../src/actors/ports.ts";
import { cacheKey } from "../../src/engine/cache-key.ts";

const VIEW = { output: "out", data: null, artifacts: [], status: "succeeded" };

const TASK: Task = {
  runId: "r_1",
  path: "code/generate",
  attempt: 1,
  idempotencyKey: "r_1/code/generate#1",
  template: "CODE@1.0.0",
  step: "generate",
  agent: "code_generator",
  performer: "sure",
  prompt: "Write it.",
  options: { a: 1 },
  parameters: { component: "cache" },
  context: { depth: "high" },
  steps: { design: VIEW },
  previous: { ...VIEW, results: [] },
  replica: { index: 0, count: 2 },
  outputSchema: { type: "object" },
  runStartedAtMs: 1_000,
  timeoutMs: 60_000,
  contentHash: "c".repeat(64),
};

/** A performer that says what its results depend on. */
function sure(dependence: Dependence | null = { beside: "rules 1" }, name = "sure"): Performer {
  return { name, perform: () => Promise.reject(new Error("not called")), dependence: () => dependence };
}

const key = (more: Partial<Task> = {}, performer: Performer = sure()): Promise<string | null> =>
  cacheKey({ ...TASK, ...more }, performer);

describe("the key of a result", () => {
  test("is the same for the same content, in whatever order its members stand", async () => {
    const turned = Object.fromEntries(Object.entries(TASK).reverse()) as Task;
    expect(await cacheKey(turned, sure())).toBe(await key());
    expect(await key()).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<Partial<Task>>([
    { template: "CODE@1.0.1" },
    { step: "tests" },
    { agent: "tester" },
    { prompt: "Write it!" },
    { options: { a: 2 } },
    { parameters: { component: "queue" } },
    { context: {} },
    { steps: { design: { ...VIEW, output: "other" } } },
    { previous: null },
    { replica: { index: 1, count: 2 } },
    { replica: null },
    { outputSchema: null },
    { contentHash: "d".repeat(64) },
  ])("changes with what is to be done: %j", async (more) => {
    expect(await key(more)).not.toBe(await key());
  });

  test.each<Partial<Task>>([
    { runId: "r_2" },
    { path: "code.1/generate" },
    { attempt: 2 },
    { idempotencyKey: "other" },
    { runStartedAtMs: 2_000 },
    { timeoutMs: 1 },
  ])("does not change with who asks, when and how often: %j", async (more) => {
    expect(await key(more)).toBe(await key());
  });

  test("changes with the performer and with what it depends on beside the task", async () => {
    expect(await key({}, sure({ beside: "rules 2" }))).not.toBe(await key());
    expect(await key({}, sure({ beside: "rules 1" }, "other"))).not.toBe(await key());
  });

  test("takes no notice of members that the performer does not read, but always of content and replica", async () => {
    const reader = sure({ beside: null, inputs: ["options"] });
    expect(await key({ prompt: "other", steps: {} }, reader)).toBe(await key({}, reader));
    expect(await key({ options: {} }, reader)).not.toBe(await key({}, reader));
    expect(await key({ replica: null }, reader)).not.toBe(await key({}, reader));
    expect(await key({ contentHash: "d".repeat(64) }, reader)).not.toBe(await key({}, reader));
  });

  test("waits for a performer that must find out first", async () => {
    const slow = { ...sure(), dependence: async (): Promise<Dependence> => ({ beside: "rules 1" }) };
    expect(await key({}, slow)).toBe(await key());
  });

  test.each([
    ["the step does not allow it", { contentHash: null }, sure()],
    ["the performer declares nothing", {}, { name: "sure", perform: sure().perform }],
    ["the performer cannot tell", {}, sure(null)],
    [
      "the performer fails to tell",
      {},
      {
        ...sure(),
        dependence: (): never => {
          throw new Error("no file");
        },
      },
    ],
    ["JSON cannot hold it", { parameters: { n: Number.NaN } }, sure()],
  ])("is none when %s", async (_, more, performer) => {
    expect(await key(more, performer)).toBeNull();
  });
});
