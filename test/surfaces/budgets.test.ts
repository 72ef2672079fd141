import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAbyssal } from "../../src/index.ts";
import { callBound } from "../../src/performers/model/budgeted-model.ts";
import type { PlanBudget } from "../../src/plan/budget.ts";
import { isWhole } from "../../src/plan/compile-plan.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { always, type ModelServer, modelServer } from "../support/model-server.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

const MODEL = "openai/some-model";
const USAGE = { prompt_tokens: 100, completion_tokens: 20 };
const ANSWER = { content: "Words of a model.", usage: USAGE };
/** 1 and 10 USD for a million tokens: an answer costs 300 micro-USD. */
const MODELS = { maxOutputTokens: 50, prices: [{ model: MODEL, inputUsd: 1, outputUsd: 10 }] };

const WIDE = `name: WIDE
version: 1.0.0
description: Ask a model often
category: testing
parameters: { items: { type: array, position: 1, required: true } }
defaults: { retry: { attempts: 1 }, duration: 1s, timeout: 1m }
steps:
  each: { agent: analyst, prompt: "Do it, number {{ item }}.", forEach: { item: items }, success_threshold: 0.01, cache: false }
`;

const LIMITED = `name: LIMITED
version: 1.0.0
description: Ask a model within budgets
category: testing
defaults: { retry: { attempts: 1 }, duration: 1s, timeout: 1m }
budget: { max_tokens: 100000 }
steps:
  free: { agent: analyst, prompt: "Free.", cache: false }
  tight: { agent: analyst, prompt: "Tight.", cache: false, budget: { max_tokens: 10 }, fallback: { output: "Not asked." } }
`;

function runtime({ env }: Pick<ModelServer, "env">, more: object = {}) {
  return createAbyssal({
    workingFolder: folderWith(),
    env,
    config: { model: MODEL, models: MODELS, ...more },
    templates: [WIDE, LIMITED],
  });
}

const wide = (count: number): string =>
  `ABYSSAL[WIDE](${JSON.stringify(Array.from({ length: count }, (_, index) => index))})`;

test("at any concurrency and whatever a run may spend, not one call goes beyond it, and what is spent is the sum of the server's log", async () => {
  let limit = 0;
  let log = { calls: 0, tokens: 0, beyond: 0 };
  // What a call takes is counted when it comes in: whatever is still under way counts with it.
  const server = await modelServer([
    always((request) => {
      log.calls++;
      const isDear = log.calls % 3 === 0;
      const bytes = Buffer.byteLength(request.messages.map(({ content }) => content).join(""));
      const usage = isDear
        ? { prompt_tokens: bytes, completion_tokens: 50 }
        : { prompt_tokens: Math.ceil(bytes / 4), completion_tokens: log.calls % 50 };
      log.tokens += usage.prompt_tokens + usage.completion_tokens;
      if (log.tokens > limit) log.beyond++;
      return { content: "Words.", usage };
    }),
  ]);
  const abyssal = await runtime(server);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1_500, max: 40_000 }),
      fc.integer({ min: 1, max: 30 }),
      async (maxTokens, maxConcurrency) => {
        limit = maxTokens;
        log = { calls: 0, tokens: 0, beyond: 0 };
        const result = await abyssal.execute(wide(30), { maxTokens, maxConcurrency });
        expect(log.beyond).toBe(0);
        const { usage, budgets, results } = result;
        expect(usage.inputTokens + usage.outputTokens).toBe(log.tokens);
        expect(usage.calls).toBe(log.calls);
        expect(budgets).toMatchObject([{ tokens: log.tokens, limits: { maxTokens } }]);
        const refused = results.filter(({ failure }) => failure?.code === "BUDGET_EXCEEDED");
        expect(refused).toHaveLength(30 - log.calls);
      },
    ),
    { numRuns: 25 },
  );
});

describe("a budget in money", () => {
  test("is never gone beyond; the agents that do not fit fail with the reason", async () => {
    const server = await modelServer([always(ANSWER)]);
    const abyssal = await runtime(server);
    const maxCostMicros = 5_000;
    const result = await abyssal.execute(wide(30), { maxCostMicros });
    const calls = server.asked().length;
    expect(calls).toBeGreaterThan(5);
    expect(calls).toBeLessThan(30);
    expect(result.usage.costMicros).toBe(300 * calls);
    expect(result.usage.costMicros).toBeLessThanOrEqual(maxCostMicros);
    expect(result.budgets).toEqual([
      { scope: { kind: "run" }, limits: { maxCostMicros }, tokens: 120 * calls, costMicros: 300 * calls },
    ]);
    expect(result.reasons.filter(({ code }) => code === "BUDGET_EXCEEDED")).toHaveLength(30 - calls);
    expect(result.reasons.find(({ code }) => code === "BUDGET_EXCEEDED")!.message).toMatch(
      /the call may take \d+ micro-USD, and \d+ of 5000 are left in the budget of the run/,
    );
  });

  test("counts a call whose usage nobody tells at its bound, and one that was refused as nothing", async () => {
    const broken = await modelServer([always(ANSWER, { chaos: { malformedRate: 1 } })]);
    const cut = await (await runtime(broken)).execute(wide(1), { maxTokens: 10_000 });
    expect(cut.usage).toMatchObject({ calls: 1, inputTokens: 0 });
    expect(cut.budgets![0]!.tokens).toBeGreaterThan(300);
    const refusing = await modelServer([always({ status: 503, error: { message: "overloaded" } })]);
    const refused = await (await runtime(refusing)).execute(wide(1), { maxTokens: 10_000 });
    expect(refused.budgets![0]!.tokens).toBe(0);
  });

  test("is no obstacle to a server that cannot be reached: nothing was asked there", async () => {
    const { env, mock } = await modelServer([]);
    await mock.stop();
    const result = await (await runtime({ env })).execute(wide(1), { maxTokens: 10_000 });
    expect(result.budgets![0]!.tokens).toBe(0);
    await mock.start();
  });
});

describe("budgets of templates and steps", () => {
  test("stand in the plan with its bounds, and hold beside the run's own", async () => {
    const server = await modelServer([always(ANSWER)]);
    const abyssal = await runtime(server, {
      budgets: { templates: [{ template: "LIMITED", maxTokens: 200_000 }] },
    });
    const plan = abyssal.plan("ABYSSAL[LIMITED]()");
    expect(plan.budgets!.map(({ scope, limits, bounds }) => [scope, limits, bounds.calls.expected])).toEqual([
      [{ kind: "template", template: "LIMITED" }, { maxTokens: 200_000 }, 2],
      [{ kind: "node", path: "limited" }, { maxTokens: 100_000 }, 2],
      [{ kind: "node", path: "limited/tight" }, { maxTokens: 10 }, 1],
    ]);
    expect(abyssal.judgeBudgets(plan).map(({ code, place }) => [code, place])).toEqual([
      ["BUDGET_EXCEEDED", "limited/tight, budget"],
    ]);
    expect(() => abyssal.start(plan)).toThrow(/BUDGET_EXCEEDED/);
  });

  test("that do not fit a call leave the step to its fallback, and the others to their work", async () => {
    const server = await modelServer([always(ANSWER)]);
    const abyssal = await runtime(server);
    // What the plan knows of it fits; what the call may take does not.
    const text = LIMITED.replace("name: LIMITED", "name: NEARLY").replace(
      "max_tokens: 10 }",
      "max_tokens: 100 }",
    );
    const nearly = await createAbyssal({
      workingFolder: folderWith(),
      env: server.env,
      config: { model: MODEL, models: MODELS },
      templates: [text],
    });
    const result = await nearly.execute("ABYSSAL[NEARLY]()");
    expect(result.results.map(({ path, status, failure }) => [path, status, failure?.code])).toEqual([
      ["nearly/free", "succeeded", undefined],
      ["nearly/tight", "degraded", "BUDGET_EXCEEDED"],
    ]);
    expect(server.asked()).toHaveLength(1);
    abyssal.close();
  });

  test("of templates that nobody knows are refused with the nearest name", async () => {
    const server = await modelServer([]);
    await expect(
      runtime(server, { budgets: { templates: [{ template: "LIMITD", maxTokens: 1 }] } }),
    ).rejects.toThrow(/TEMPLATE_UNKNOWN[\s\S]*LIMITED/);
  });
});

test("the bound of a call covers every byte that is sent and every token that may be written", () => {
  const question = {
    system: "s",
    messages: [{ role: "user" as const, content: "ü".repeat(500) }],
    schema: null,
  };
  const price = {
    inputMicros: 1_000_000,
    cachedInputMicros: 1,
    cacheWriteMicros: 1_250_000,
    outputMicros: 2_000_000,
  };
  const { tokens, costMicros } = callBound(question, { price, maxOutputTokens: 100 });
  expect(tokens).toBeGreaterThan(1_000 + 100);
  expect(costMicros).toBeGreaterThanOrEqual(1_250 + 200);
  const withTools = callBound({ ...question, schema: { type: "object" } }, { price, maxOutputTokens: 100 });
  expect(withTools.tokens).toBeGreaterThan(tokens + 1_000);
});

test("on the command line --max-cost ends a run that does not fit with exit code 5, with what was spent", async () => {
  const server = await modelServer([always(ANSWER)]);
  const folder = folderWith({
    "templates/wide.yaml": WIDE.replace(", success_threshold: 0.01", ""),
    "abyssal.config.yaml": `model: ${MODEL}\nmodels: { max_output_tokens: 50, prices: [{ model: ${MODEL}, input_usd: 1, output_usd: 10 }] }\n`,
  });
  const args = ["execute", wide(30), "--max-cost", "0.005", "--output", "json"];
  const run = await cli(folder, args, { env: server.env });
  expect(run.code).toBe(5);
  const result = JSON.parse(run.stdout);
  expect(result.usage.costMicros).toBe(300 * server.asked().length);
  expect(result.budgets).toMatchObject([{ costMicros: result.usage.costMicros }]);
  const planned = await cli(folder, ["plan", wide(30), "--max-cost", "0.005"], { env: server.env });
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(/Budgets.*\n.*\n\s+the run\s+\$0\.0050/);
  expect(planned.stderr).toContain("BUDGET_TIGHT");
  const limits = ["--max-cost", "0.005", "--output", "json"];
  const printed = await cli(folder, ["plan", wide(30), ...limits], { env: server.env });
  const plan = JSON.parse(printed.stdout) as Plan & { readonly runBudget: PlanBudget };
  expect(plan.runBudget).toMatchObject({ scope: { kind: "run" }, limits: { maxCostMicros: 5_000 } });
  expect(plan.runBudget.bounds.costMicros).toEqual(plan.bounds.costMicros);
  expect(isWhole(plan)).toBe(true);
  const never = await cli(folder, ["execute", wide(30), "--max-tokens", "40"], { env: server.env });
  expect(never.code).toBe(5);
});
