import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActor, toPromise } from "xstate";
import {
  type Abyssal,
  AbyssalError,
  createAbyssal,
  type Performer,
  type RunEvent,
  runLogic,
} from "../../src/index.ts";
import { ManualClock } from "../support/manual-clock.ts";

const WORK = `
name: WORK
version: 1.0.0
description: One agent for each element
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  do: { run: { performer: scripted, item: "{{ item }}" }, forEach: { item: items }, resources: { cpu: 0, memory: 0 } }
`;

/** Does what the item says: ok, fail, crash, hang. */
const scripted: Performer = {
  name: "scripted",
  perform: (task, { signal }) => {
    const item = String(task.options.item);
    if (item === "hang")
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(failed("ABORTED"))));
    if (item === "crash") throw new Error("broken");
    if (item === "fail") return Promise.resolve(failed("NO_LUCK"));
    return Promise.resolve({
      kind: "completed",
      output: `did ${item}`,
      confidence: { value: 1, source: "checked" },
    });
  },
};

function failed(code: string) {
  return { kind: "failed", failure: { code, message: code, retryable: false } } as const;
}

let folder: string;
let abyssal: Abyssal;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abyssal-library-"));
  abyssal = await createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [WORK],
    performers: [scripted],
  });
});
afterAll(() => rm(folder, { recursive: true }));

test("execute answers with a typed result that names every agent", async () => {
  const result = await abyssal.execute("ABYSSAL[WORK](['a', 'b'])");
  expect(result).toMatchObject({
    status: "succeeded",
    output: "did a\n\ndid b",
    confidence: { value: 1, source: "checked" },
    reasons: [],
  });
  expect(result.results.map(({ path, status }) => `${path} ${status}`)).toEqual([
    "work/do.0 succeeded",
    "work/do.1 succeeded",
  ]);
  expect(result.parts).toMatchObject([{ path: "work", from: ["work/do.0", "work/do.1"] }]);
  expect(result.planHash).toBe(abyssal.plan("ABYSSAL[WORK](['a', 'b'])").hash);
});

test("failures are part of the result, with their reasons, and no exception", async () => {
  const result = await abyssal.execute("ABYSSAL[WORK](['a', 'fail', 'crash'])");
  expect(result.status).toBe("partial");
  expect(result.reasons).toEqual([
    { path: "work/do.1", code: "NO_LUCK", message: "NO_LUCK" },
    { path: "work/do.2", code: "PERFORMER_CRASHED", message: "broken" },
  ]);
  expect(result.quality).toMatchObject({ coverage: 0.333 });
  expect((await abyssal.execute("ABYSSAL[WORK](['fail'])")).status).toBe("failed");
});

test("a fork of five succeeds with one failure, at exactly 80%", async () => {
  expect((await abyssal.execute("ABYSSAL[WORK](['a', 'a', 'a', 'a', 'fail'])")).status).toBe("succeeded");
  expect((await abyssal.execute("ABYSSAL[WORK](['a', 'a', 'a', 'fail'])")).status).toBe("partial");
});

test("bad input throws every diagnostic and starts nothing", async () => {
  const error = await abyssal.execute("ABYSSAL[WRK]([]) ABYSSAL[WORK]()").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AbyssalError);
  expect((error as AbyssalError).diagnostics.map(({ code }) => code)).toEqual([
    "TEMPLATE_UNKNOWN",
    "PARAM_MISSING",
  ]);
  expect((error as AbyssalError).message).toContain('did you mean "WORK"');
});

test("an abort signal stops the run, which still answers with what was done", async () => {
  const controller = new AbortController();
  const run = abyssal.start("ABYSSAL[WORK](['a', 'hang'])", { signal: controller.signal });
  run.events$.subscribe((event) => {
    if (event.type === "agent.ended") controller.abort();
  });
  const result = await run.result;
  expect(result).toMatchObject({ status: "cancelled", output: "did a" });
  expect(result.results.map(({ status }) => status)).toEqual(["succeeded", "cancelled"]);
});

test("closing stops what is under way before it resolves, and nothing is started after it", async () => {
  const closing = await createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [WORK],
    performers: [scripted],
  });
  const run = closing.start("ABYSSAL[WORK](['a', 'hang'])");
  for await (const event of run) if (event.type === "agent.ended") break;
  let hasEnded = false;
  void run.result.then(() => {
    hasEnded = true;
  });
  await closing.close();
  expect(hasEnded).toBe(true);
  const { status, results, reasons } = await run.result;
  expect(status).toBe("cancelled");
  expect(results.map((one) => one.status)).toEqual(["succeeded", "cancelled"]);
  expect(reasons[0]).toMatchObject({ code: "RUN_CANCELLED", message: "the engine was closed" });
  await expect(closing.execute("ABYSSAL[WORK](['a'])")).rejects.toMatchObject({ code: "RUN_LET_GO" });
});

test("the deadline of a run ends it with what was done", async () => {
  const result = await abyssal.execute("ABYSSAL[WORK](['a', 'hang'])", { timeoutMs: 20 });
  expect(result).toMatchObject({
    status: "partial",
    reasons: [
      { path: null, code: "RUN_TIMEOUT" },
      { path: "work/do.1", code: "CANCELLED" },
    ],
  });
});

test("a run can be iterated: its events come in order and end with it", async () => {
  const events: RunEvent[] = [];
  for await (const event of abyssal.start("ABYSSAL[WORK](['a'])")) events.push(event);
  expect(events.map(({ type }) => type)).toEqual([
    "run.started",
    "agent.ready",
    "agent.running",
    "agent.ended",
    "group.ended",
    "group.ended",
    "group.ended",
    "run.ended",
  ]);
});

test("executeWithParams takes parameters by name, a span of time as a timeline", async () => {
  const result = await abyssal.executeWithParams("ROADMAP", {
    topic: "computing platform",
    depth: "high",
    timeline: "12_months",
  });
  expect(result.status).toBe("succeeded");
  await expect(abyssal.executeWithParams("ROADMAP](", { topic: "x" })).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
  await expect(abyssal.executeWithParams("WORK", { "a b": 1 })).rejects.toMatchObject({
    code: "OPTION_INVALID",
  });
});

test("a batch is one run with a line for each command", async () => {
  const batch = await abyssal.executeBatch([
    "ABYSSAL[WORK](['a'])",
    "ABYSSAL[WORK](['fail'])",
    "ABYSSAL[WORK](['b', 'fail'])",
  ]);
  expect(batch.items.map(({ status, paths }) => [status, paths])).toEqual([
    ["succeeded", ["work"]],
    ["failed", ["work.1"]],
    ["partial", ["work.2"]],
  ]);
  expect(batch).toMatchObject({
    status: "partial",
    summary: { total: 3, succeeded: 1, partial: 1, failed: 1 },
  });
  await expect(abyssal.executeBatch(["ABYSSAL[WORK](['a'])", "ABYSSAL[WORK](["])).rejects.toMatchObject({
    diagnostics: [{ span: { source: "<batch>[1]" } }],
  });
});

test("a batch under way takes the same commands, tells its events, and has its lines at its end", async () => {
  const run = abyssal.startBatch(["ABYSSAL[WORK](['a'])", "ABYSSAL[WORK](['fail'])"]);
  const types: string[] = [];
  for await (const { type } of run) types.push(type);
  expect(types.filter((type) => type === "agent.ended")).toHaveLength(2);
  expect((await run.batchResult())!.items.map(({ status }) => status)).toEqual(["succeeded", "failed"]);
  expect(() => abyssal.startBatch(["ABYSSAL[WORK](["])).toThrow(/<batch>\[0\]/);
});

test("runs are remembered: in this process by default, in .abyssal when asked", async () => {
  const { runId } = await abyssal.execute("ABYSSAL[WORK](['a'])");
  expect(await abyssal.getStatus(runId)).toMatchObject({
    status: "succeeded",
    agents: 1,
    result: { output: "did a" },
  });
  expect(await readdir(folder)).toEqual([]);
  const lasting = await createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [WORK],
    performers: [scripted],
    durable: true,
  });
  const kept = await lasting.execute("ABYSSAL[WORK](['b'])");
  const again = await createAbyssal({ workingFolder: folder, env: {}, durable: true });
  expect(await again.getStatus(kept.runId)).toMatchObject({
    status: "succeeded",
    result: { output: "did b" },
  });
  expect((await again.runs()).map((record) => record.runId)).toEqual([kept.runId]);
  expect(await again.getStatus("../secret")).toBeUndefined();
});

test("a run under way began when the given clock says", async () => {
  const clock = new ManualClock();
  const abyssal = await createAbyssal({
    workingFolder: folder,
    env: {},
    templates: [WORK],
    performers: [scripted],
    clock,
  });
  const run = abyssal.start("ABYSSAL[WORK](['hang'])");
  expect(await abyssal.getStatus(run.runId)).toMatchObject({ status: "running", startedAtMs: clock.nowMs() });
  await run.cancel("seen");
});

test("a plan whose least does not fit its budget is refused before it starts, one that is expected to need more is warned about", async () => {
  const config = { model: "openai/m", models: { maxOutputTokens: 16 } };
  const asking = await createAbyssal({ workingFolder: folder, env: { OPENAI_API_KEY: "k" }, config });
  const plan = asking.plan("ABYSSAL[RESEARCH]('caches')");
  const { atLeast, expected } = plan.bounds.tokens;
  expect(expected).toBeGreaterThan(atLeast);
  const judged = (maxTokens: number): readonly string[] =>
    asking.judgeBudgets(plan, { maxTokens }).map(({ code, severity }) => `${severity} ${code}`);
  expect(judged(atLeast - 1)).toEqual(["error BUDGET_EXCEEDED"]);
  expect(judged(expected - 1)).toEqual(["warning BUDGET_TIGHT"]);
  expect(judged(expected)).toEqual([]);
  expect(() => abyssal.plan("ABYSSAL[WORK](['a'])", { maxConcurrency: 0 })).toThrow(/OPTION_INVALID/);
});

test("a setting is told of by the name that whoever gave it has for it", async () => {
  const config = { execution: { maxConcurrentAgents: 0 } };
  const configAt = (path: readonly PropertyKey[]): string => `--${path.join("-")}`;
  const options = { workingFolder: folder, env: {}, config };
  await expect(createAbyssal(options)).rejects.toMatchObject({
    diagnostics: [{ code: "CONFIG_INVALID", place: "options.config.execution.maxConcurrentAgents" }],
  });
  await expect(createAbyssal({ ...options, configAt })).rejects.toMatchObject({
    diagnostics: [{ code: "CONFIG_INVALID", place: "--execution-max_concurrent_agents" }],
  });
});

test("a model of nobody's is refused clearly, unless a performer of the user's asks it", async () => {
  const options = { workingFolder: folder, env: {}, config: { model: "nobody/x" } };
  await expect(createAbyssal(options)).rejects.toMatchObject({
    diagnostics: [{ code: "MODEL_UNKNOWN_PROVIDER", place: "options.config.model" }],
  });
  const own: Performer = {
    name: "model",
    perform: async () => ({ kind: "completed", output: "own", confidence: { value: 1, source: "declared" } }),
  };
  await expect(createAbyssal({ ...options, performers: [own] })).resolves.toBeDefined();
});

test("two templates of one name and version are refused, with both places", async () => {
  const twice = join(folder, "twice");
  await mkdir(join(twice, "templates"), { recursive: true });
  await writeFile(join(twice, "templates", "a.yaml"), WORK);
  await writeFile(join(twice, "templates", "b.yaml"), WORK);
  const error = (await createAbyssal({ workingFolder: twice, env: {} }).catch(
    (thrown: unknown) => thrown,
  )) as AbyssalError;
  expect(error.diagnostics).toMatchObject([{ code: "TEMPLATE_DUPLICATE" }]);
  expect(JSON.stringify(error.diagnostics)).toMatch(/a\.yaml.*b\.yaml|b\.yaml.*a\.yaml/);
});

describe("a run as actor logic", () => {
  test("gives its result as output and emits its events", async () => {
    const actor = createActor(runLogic(abyssal), { input: { program: "ABYSSAL[WORK](['a'])" } });
    const seen: string[] = [];
    actor.on("agent.ended", (event) => seen.push(event.path));
    actor.start();
    expect(await toPromise(actor)).toMatchObject({ status: "succeeded" });
    expect(seen).toEqual(["work/do.0"]);
  });

  test("is cancelled when its actor is stopped", async () => {
    const hung: AbortSignal[] = [];
    const watching: Performer = {
      name: "scripted",
      perform: (task, context) => {
        hung.push(context.signal);
        return scripted.perform(task, context);
      },
    };
    const own = await createAbyssal({
      workingFolder: folder,
      env: {},
      templates: [WORK],
      performers: [watching],
    });
    const actor = createActor(runLogic(own), { input: { program: "ABYSSAL[WORK](['hang'])" } });
    const started = new Promise<void>((resolve) => {
      actor.on("agent.running", () => resolve());
    });
    actor.start();
    await started;
    await Promise.resolve();
    const aborted = new Promise<void>((resolve) => hung[0]!.addEventListener("abort", () => resolve()));
    actor.stop();
    await aborted;
    expect(hung).toHaveLength(1);
  });
});

test("a GPU is lent to one agent at a time, when there is one", async () => {
  const training = WORK.replace("WORK", "TRAIN").replace("cpu: 0", "gpu: 1, cpu: 0");
  const create = (gpuEnabled: boolean): Promise<Abyssal> =>
    createAbyssal({
      workingFolder: folder,
      env: {},
      templates: [training],
      performers: [scripted],
      config: { resources: { gpuEnabled } },
    });
  expect((await create(false)).check("ABYSSAL[TRAIN](['a'])").map(({ code }) => code)).toEqual([
    "PLAN_IMPOSSIBLE_RESOURCES",
  ]);
  const { schedule } = (await create(true)).plan("ABYSSAL[TRAIN](['a', 'b'])");
  expect(schedule.entries.map(({ startMs }) => startMs)).toEqual([0, 30_000]);
});
