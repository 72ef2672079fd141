import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Fixture } from "@copilotkit/aimock";
import { expect, test } from "vitest";
import { type Abyssal, createAbyssal } from "../../src/index.ts";
import { EXAMPLE_PROGRAMS } from "../support/example-programs.ts";
import { always, type ModelServer, modelServer } from "../support/model-server.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

const MODEL = "openai/some-model";
/** Words for whom words are enough, and the data that CHAIN's agents must give. */
const CONTENT = {
  answer: "Words of a model.",
  ...{ health: 62, risks: [], blockers: [], dependencies: [], findings: [] },
};
const ANSWER = {
  content: JSON.stringify(CONTENT),
  usage: { prompt_tokens: 100, completion_tokens: 10 },
};

/** 1 and 2 USD for a million tokens. */
const prices = [{ model: MODEL, inputUsd: 1, outputUsd: 2 }];

const STEPS = `name: TALK
version: 1.0.0
description: Ask a model
category: testing
defaults: { retry: { attempts: 3, backoff: none }, duration: 1s, timeout: 1m }
steps:
  first: { agent: analyst, prompt: "First." }
  second: { agent: analyst, needs: [first], prompt: "After {{ steps.first.output }}" }
`;

function runtimeFor({ env }: Pick<ModelServer, "env">, templates: readonly string[] = []): Promise<Abyssal> {
  const config = { model: MODEL, models: { prices } };
  return createAbyssal({ workingFolder: folderWith(), env, config, templates });
}

test.each(EXAMPLE_PROGRAMS)(
  "%s runs on a model, one call for each agent, money to the micro-USD",
  async (example) => {
    const server = await modelServer([always(ANSWER)]);
    const abyssal = await runtimeFor(server);
    const result = await abyssal.execute(example);
    expect(result.reasons).toEqual([]);
    expect(result.status).toBe("succeeded");
    const { bounds, nodes } = abyssal.plan(example);
    const calls = server.asked().length;
    const agents = nodes.filter((node) => node.kind === "agent" && node.performer === "model").length;
    const skipped = result.results.filter(({ status }) => status === "skipped").length;
    expect(calls).toBe(agents - skipped);
    expect(result.usage).toEqual({
      calls,
      inputTokens: 100 * calls,
      outputTokens: 10 * calls,
      costMicros: 120 * calls,
    });
    expect(result.output).toContain("Words of a model.");
    // A step that its own condition leaves out is expected all the same.
    expect(bounds.calls.expected).toBe(agents);
    expect(bounds.costMicros.atMost).toBeGreaterThan(result.usage.costMicros);
  },
);

test("a batch and a template by its parameters run on a model", async () => {
  const server = await modelServer([always(ANSWER)]);
  const abyssal = await runtimeFor(server);
  const batch = await abyssal.executeBatch([
    "ABYSSAL[ROADMAP]('Phase 1 Implementation')",
    "ABYSSAL[CODE]('Core Engine')",
    "ABYSSAL[AGENT]('Quality Assurance')",
    "ABYSSAL[TEST]('System Tests')",
    "ABYSSAL[DOCUMENT]('Technical Documentation')",
  ]);
  expect(batch).toMatchObject({ status: "succeeded", summary: { total: 5, succeeded: 5 } });
  const params = { topic: "computing platform", depth: "high", timeline: "12_months" };
  expect(await abyssal.executeWithParams("ROADMAP", params)).toMatchObject({ status: "succeeded" });
});

test("an answer tells the parts of commands in another's parameters from each other", async () => {
  const server = await modelServer([always({ content: "## Overview\n\nWords." })]);
  const components = "[ABYSSAL[RESEARCH]('caches'), ABYSSAL[DOCUMENT]('an API')]";
  const { output } = await (await runtimeFor(server)).execute(
    `ABYSSAL[ARCHITECTURE]('a platform', { components: ${components} })`,
  );
  const headings = output.match(/^#+ .*$/gm)!.filter((line) => !line.endsWith(" Overview"));
  expect(headings).toEqual([
    ...["# RESEARCH: caches", "## Questions", "## Findings", "## Synthesis"],
    ...["# DOCUMENT: an API", "## Outline", "## Text"],
    ...["# Structure", "# Decisions", "# Risks"],
  ]);
});

// The one example that stands not among those above: it asks no model, so that no call can be counted.
test("AUDIT is done by its functions, whatever model is configured", async () => {
  const server = await modelServer([]);
  const manifest = { name: "tiny", version: "1.0.0", scripts: { test: "node --test" } };
  const workingFolder = folderWith({ "package.json": JSON.stringify(manifest), "README.md": "# tiny\n" });
  const abyssal = await createAbyssal({ workingFolder, env: server.env, config: { model: MODEL } });
  const plan = abyssal.plan("ABYSSAL[AUDIT]('.')");
  const performers = plan.nodes.flatMap((node) => (node.kind === "agent" ? [node.performer] : []));
  expect([...new Set(performers)]).toEqual(["function"]);
  expect(plan.bounds.calls.atMost).toBe(0);
  const result = await abyssal.execute(plan);
  expect(result.status).toBe("succeeded");
  expect(result.output).toContain("## Status matrix");
  expect(server.asked()).toEqual([]);
});

test("a call that failed is made again by the step's rules, and the run goes on", async () => {
  const server = await modelServer([always(ANSWER)]);
  server.mock.nextRequestError(503, { message: "overloaded" });
  const result = await (await runtimeFor(server, [STEPS])).execute("ABYSSAL[TALK]()");
  expect(result.status).toBe("succeeded");
  expect(result.results.map(({ path, attempts }) => [path, attempts])).toEqual([
    ["talk/first", 2],
    ["talk/second", 1],
  ]);
  expect(result.usage.calls).toBe(3);
  expect(server.asked()).toHaveLength(3);
  expect(server.asked()[2]!.messages[1]!.content).toContain(`After ${ANSWER.content}`);
});

test.for([
  ["streamed", true],
  ["whole", false],
] as const)(
  "with every third call failing, each in the next of five ways, a run succeeds and pays what the server told (%s)",
  async ([, isHeard]) => {
    let calls = 0;
    const inTurn = (way: number, response: Fixture["response"], more: Partial<Fixture> = {}): Fixture => ({
      match: { predicate: () => calls % 3 === 0 && (calls / 3) % 5 === way },
      response,
      ...more,
    });
    const count = { match: { predicate: () => ++calls < 0 }, response: ANSWER };
    const server = await modelServer([
      count,
      inTurn(0, { status: 429, error: { message: "slow down" }, retryAfter: 0 }),
      inTurn(1, { status: 503, error: { message: "overloaded" } }),
      inTurn(2, ANSWER, { chaos: { malformedRate: 1 } }),
      inTurn(
        3,
        ANSWER,
        isHeard ? { chunkSize: 2, truncateAfterChunks: 2 } : { chaos: { disconnectRate: 1 } },
      ),
      inTurn(4, { ...ANSWER, content: "" }),
      always(ANSWER),
    ]);
    const wide = `name: WIDE
version: 1.0.0
description: Ask a model often
category: testing
parameters: { items: { type: array, position: 1, required: true } }
defaults: { retry: { attempts: 5, backoff: none }, duration: 1s, timeout: 1m }
steps:
  each: { agent: analyst, prompt: "Do {{ item }}.", forEach: { item: items } }
`;
    const abyssal = await createAbyssal({
      workingFolder: folderWith(),
      env: server.env,
      templates: [wide],
      config: {
        model: MODEL,
        models: { prices },
        resilience: { rules: [{ resource: "model:*", retries: { reserve: 1_000 } }] },
      },
    });
    const items = Array.from({ length: 60 }, (_, index) => index);
    const run = abyssal.start(`ABYSSAL[WIDE](${JSON.stringify(items)})`);
    if (isHeard) run.signals$.subscribe();
    const result = await run.result;
    expect(result.status).toBe("succeeded");
    expect(calls).toBeGreaterThanOrEqual(85);
    expect(result.usage.calls).toBe(calls);
    const failed = Math.floor(calls / 3);
    const paidThoughEmpty = Math.floor((failed + 1) / 5);
    expect(result.usage.costMicros).toBe(120 * (calls - failed + paidThoughEmpty));
  },
);

test("a run that is stopped makes no further call, whatever was to follow", async () => {
  const ended = new AbortController();
  const stop = (): typeof ANSWER => {
    ended.abort();
    return ANSWER;
  };
  const server = await modelServer([always(stop, { latency: 30_000 })]);
  const abyssal = await runtimeFor(server, [STEPS]);
  const result = await abyssal.execute("ABYSSAL[TALK]()", { signal: ended.signal });
  expect(result.status).toBe("cancelled");
  expect(server.asked()).toHaveLength(1);
});

test("a missing key fails what needs it, with a hint, and nothing is called", async () => {
  const abyssal = await createAbyssal({ workingFolder: folderWith(), env: {}, config: { model: MODEL } });
  const result = await abyssal.execute("ABYSSAL[ROADMAP]('x')");
  expect(result.status).toBe("failed");
  expect(result.reasons.map(({ code }) => code)).toContain("MODEL_KEY_MISSING");
});

test("tokens of an answer are signals of the run, and the model is a guarded resource", async () => {
  const server = await modelServer([always(ANSWER, { chunkSize: 5 })]);
  const abyssal = await runtimeFor(server, [STEPS]);
  const run = abyssal.start("ABYSSAL[TALK]()");
  let text = "";
  run.signals$.subscribe(({ path, signal }) => {
    if (path === "talk/first" && signal.type === "token") text += signal.text;
  });
  await run.result;
  expect(text).toBe(ANSWER.content);
  expect(abyssal.resources().map(({ resource }) => resource)).toContain(`model:${MODEL}`);
});

test("a plan is refused whose least does not fit its budget, and a limit on money where no price is known", async () => {
  const abyssal = await runtimeFor(await modelServer([]));
  expect(() => abyssal.start("ABYSSAL[ROADMAP]('x')", { maxCostMicros: 1 })).toThrow(/BUDGET_EXCEEDED/);
  const unpriced = await createAbyssal({ workingFolder: folderWith(), env: {}, config: { model: MODEL } });
  const limit = { maxCostMicros: 1_000_000_000 };
  expect(() => unpriced.start("ABYSSAL[ROADMAP]('x')", limit)).toThrow(/MODEL_PRICE_UNKNOWN/);
  expect(unpriced.judgeBudgets(unpriced.plan("ABYSSAL[AUDIT]('.')"), limit)).toEqual([]);
});

test("results are used again for the same model and the same question only", async () => {
  const server = await modelServer([always(ANSWER)]);
  const workingFolder = folderWith();
  const run = async (model: string) => {
    const options = { workingFolder, env: server.env, templates: [STEPS], durable: true };
    const abyssal = await createAbyssal({ ...options, config: { model } });
    const { results } = await abyssal.execute("ABYSSAL[TALK]()");
    abyssal.close();
    return results.map((line) => line.cached);
  };
  expect(await run(MODEL)).toEqual([false, false]);
  expect(await run(MODEL)).toEqual([true, true]);
  expect(await run("openai/other-model")).toEqual([false, false]);
});

test("the command line asks the model that --model names, and doctor says what it lacks", async () => {
  const { env } = await modelServer([always(ANSWER)]);
  const folder = folderWith();
  const run = await cli(folder, ["execute", "ABYSSAL[ROADMAP]('x')", "--model", MODEL], { env });
  expect([run.code, run.stdout.includes("Words of a model.")]).toEqual([0, true]);
  const refused = await cli(folder, ["plan", "ABYSSAL[ROADMAP]('x')", "--model", "some-model"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("openai/gpt-5")]);
  const doctor = await cli(folder, ["doctor"], { env: { ABYSSAL_MODEL: MODEL } });
  expect(doctor.stdout).toContain("MODEL_KEY_MISSING");
});

/** Runs a program in a process of its own and lists what it loaded of the SDK and its providers. */
function sdkLoadedBy(
  work: "plan" | "execute",
  program: string,
  options: object,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const index = JSON.stringify(resolve(import.meta.dirname, "../../src/index.ts"));
  const script = `
    import { registerHooks } from "node:module";
    const seen = [];
    registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
    const { createAbyssal } = await import(${index});
    const abyssal = await createAbyssal(${JSON.stringify(options)});
    await abyssal.${work}(${JSON.stringify(program)});
    const sdk = seen.filter((url) => /node_modules\\/(ai|@ai-sdk)\\//.test(url));
    console.log(JSON.stringify({ loaded: seen.length, sdk }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: folderWith(),
    env: { PATH: process.env.PATH ?? "", ...env },
    encoding: "utf8",
  });
  const { loaded, sdk } = JSON.parse(stdout || `{"stderr": ${JSON.stringify(stderr)}}`);
  expect(loaded, stderr).toBeGreaterThan(50);
  return sdk;
}

test("importing the library and running a draft loads neither the SDK nor a provider; asking a model loads one", () => {
  expect(sdkLoadedBy("execute", "ABYSSAL[ROADMAP]('x')", {}, {})).toEqual([]);
  const options = { config: { model: MODEL }, templates: [STEPS] };
  expect(sdkLoadedBy("plan", "ABYSSAL[TALK]()", options, {})).toEqual([]);
  // Nobody answers there: what was loaded for the attempt is all that is looked at.
  const loaded = sdkLoadedBy("execute", "ABYSSAL[TALK]()", options, {
    OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
  });
  // What the SDK has beside its providers costs 140-200 ms, and is not needed.
  expect(loaded.some((url) => url.includes("node_modules/ai/"))).toBe(false);
  expect(loaded.some((url) => url.includes("@ai-sdk/openai/"))).toBe(true);
  expect(loaded.some((url) => url.includes("@ai-sdk/anthropic/"))).toBe(false);
});

test("identical questions of runs under way at the same time are one call, paid once; a step that wants its own answer asks itself", async () => {
  const came = Promise.withResolvers<void>();
  const both = Promise.withResolvers<void>();
  const server = await modelServer([
    always(async () => {
      came.resolve();
      await both.promise;
      return ANSWER;
    }),
  ]);
  const own = STEPS.replace("name: TALK", "name: OWN").replace(
    'prompt: "First."',
    'prompt: "First.", cache: false',
  );
  const abyssal = await runtimeFor(server, [STEPS, own]);
  const runs = [1, 2, 3].map(() => abyssal.start("ABYSSAL[TALK]()"));
  // When the first call has come here, all three are at work on their first step: they were dispatched in the same turn.
  await came.promise;
  both.resolve();
  const results = await Promise.all(runs.map(({ result }) => result));
  expect(results.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "succeeded"]);
  expect(server.asked()).toHaveLength(2);
  expect(results.reduce((sum, { usage }) => sum + usage.calls, 0)).toBe(2);
  expect(results.reduce((sum, { usage }) => sum + usage.costMicros, 0)).toBe(240);
  // Whoever did not pay says so, and so does who takes an earlier answer.
  const reused = results.map(({ results: lines }) => lines.map((line) => line.reused));
  expect(reused.flat().filter((how) => how === "call")).toHaveLength(4);
  const again = await abyssal.execute("ABYSSAL[TALK]()");
  expect(again.results.map((line) => [line.cached, line.reused])).toEqual([
    [true, "cache"],
    [true, "cache"],
  ]);
  await Promise.all([
    abyssal.execute("ABYSSAL[OWN]()", { cache: false }),
    abyssal.execute("ABYSSAL[OWN]()", { cache: false }),
  ]);
  expect(server.asked().filter(({ messages }) => messages[1]!.content === "First.")).toHaveLength(3);
});
