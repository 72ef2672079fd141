import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Signal, Task } from "../../src/actors/ports.ts";
import { Models } from "../../src/performers/model/models.ts";
import { createModelPerformer } from "../../src/performers/model.ts";
import type { FailedOutcome, Outcome } from "../../src/plan/outcome.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import type { AgentKind } from "../../src/templates/template.ts";
import { always, modelServer } from "../support/model-server.ts";
import { NO_BOARD } from "../support/no-board.ts";
import { taskFor } from "../support/task-for.ts";

const KIND: AgentKind = {
  name: "analyst",
  description: "Weighs",
  capabilities: [],
  system: "You analyse.",
  performers: ["model", "draft"],
  temperature: 0.2,
  source: "<test>",
};

const TASK = taskFor({
  template: "T@1.0.0",
  step: "analyse",
  agent: "analyst",
  performer: "model",
  prompt: "Analyse the cache.",
  parameters: { topic: "cache" },
});

const SCHEMA = {
  type: "object",
  properties: { score: { type: "integer" } },
  required: ["score"],
  additionalProperties: false,
};

const PRICES = [{ model: "*", inputUsd: 2, cachedInputUsd: 0.5, outputUsd: 8 }];

type Asking = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly task?: Partial<Task>;
  readonly model?: string;
  readonly controller?: AbortController;
  readonly onSignal?: (signal: Signal) => void;
};

function ask({
  env,
  task,
  model = "openai/some-model",
  controller,
  onSignal = () => {},
}: Asking): Promise<Outcome> {
  const performer = createModelPerformer({
    models: new Models({ usual: model, prices: PRICES, maxOutputTokens: 500, toolSteps: 16, env }),
    agentKind: (name) => (name === KIND.name ? KIND : null),
  });
  return performer.perform(
    { ...TASK, ...task },
    {
      signal: (controller ?? new AbortController()).signal,
      idempotencyKey: TASK.idempotencyKey,
      emit: onSignal,
      board: NO_BOARD,
    },
  );
}

function failureOf(outcome: Outcome): FailedOutcome["failure"] {
  expect(outcome.kind).toBe("failed");
  return (outcome as FailedOutcome).failure;
}

describe("a model that answers", () => {
  test("streams its answer as tokens, and tells what it used and what that cost", async () => {
    const text = "The cache is sound.";
    const usage = { prompt_tokens: 1_001, completion_tokens: 100 };
    const { env, asked } = await modelServer([always({ content: text, usage }, { chunkSize: 4 })]);
    const tokens: string[] = [];
    const outcome = await ask({
      env,
      onSignal: (signal) => {
        if (signal.type === "token") tokens.push(signal.text);
      },
    });
    expect(outcome).toEqual({
      kind: "completed",
      output: text,
      confidence: { value: 0.6, source: "declared" },
      usage: { calls: 1, inputTokens: 1_001, outputTokens: 100, costMicros: 2_802 },
    });
    expect(tokens.length).toBeGreaterThan(3);
    expect(tokens.join("")).toBe(text);
    expect(asked()).toHaveLength(1);
  });

  test("is asked as its agent kind says: system prompt, temperature, tokens", async () => {
    const { env, asked } = await modelServer([always({ content: "done" })]);
    await ask({ env });
    const [request] = asked();
    expect(request).toMatchObject({ model: "some-model", temperature: 0.2, max_tokens: 500 });
    expect(request!.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(request!.messages[0]!.content).toMatch(/You analyse\.$/);
    expect(request!.messages[1]!.content).toBe(
      '<parameters>\n{"topic":"cache"}\n</parameters>\n\nAnalyse the cache.',
    );
  });

  test("hands over files as artifacts", async () => {
    const { env } = await modelServer([always({ content: "Here:\n\n```ts src/a.ts\nexport {};\n```\n" })]);
    expect(await ask({ env })).toMatchObject({
      artifacts: [{ path: "src/a.ts", content: "export {};\n" }],
    });
  });

  test("of Anthropic's is asked in Anthropic's own way", async () => {
    const { env, mock } = await modelServer([always({ content: "Claude speaks." })]);
    const outcome = await ask({ env, model: "anthropic/claude-sonnet-4-5" });
    expect(outcome).toMatchObject({ kind: "completed", output: "Claude speaks." });
    expect(mock.getRequests().map(({ path }) => path)).toEqual(["/v1/messages"]);
  });

  test("on a server of one's own needs no key, and may have slashes in its name", async () => {
    const { env, asked } = await modelServer([always({ content: "local" })]);
    const outcome = await ask({ env: { OPENAI_BASE_URL: env.OPENAI_BASE_URL }, model: "openai/meta/llama" });
    expect(outcome).toMatchObject({ output: "local" });
    expect(asked()[0]!.model).toBe("meta/llama");
  });

  test("with nothing has failed, and may be asked again", async () => {
    const { env } = await modelServer([always({ content: " " })]);
    expect(failureOf(await ask({ env }))).toMatchObject({ code: "OUTPUT_INVALID", retryable: true });
  });
});

describe("data by a schema", () => {
  test("is asked for as such, and handed on", async () => {
    const { env, asked } = await modelServer([always({ content: '{"score": 7}' })]);
    const outcome = await ask({ env, task: { outputSchema: SCHEMA } });
    expect(outcome).toMatchObject({ kind: "completed", data: { score: 7 }, usage: { calls: 1 } });
    expect(asked()[0]!.response_format).toMatchObject({
      type: "json_schema",
      json_schema: { schema: SCHEMA, strict: false },
    });
  });

  test.each([
    ["the wrong type", '{"score": "high"}', "it breaks the schema: score: expected number, received string."],
    [
      "no JSON",
      "Seven,\nI think.",
      "it is no JSON (Unexpected token 'S', \"Seven, I think.\" is not valid JSON).",
    ],
  ])("with %s is repaired once, by what was wrong with it", async (_, broken, complaint) => {
    const { env, asked } = await modelServer([
      { match: { userMessage: "cannot be used" }, response: { content: '```json\n{"score": 7}\n```' } },
      always({ content: broken, usage: { prompt_tokens: 10, completion_tokens: 1 } }),
    ]);
    const outcome = await ask({ env, task: { outputSchema: SCHEMA } });
    expect(outcome).toMatchObject({
      kind: "completed",
      data: { score: 7 },
      confidence: { value: 0.55 },
      usage: { calls: 2 },
    });
    const repair = asked()[1]!.messages;
    expect(repair.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(repair[2]!.content).toBe(broken);
    expect(repair[3]!.content).toContain(`That answer cannot be used: ${complaint}\n\n`);
  });

  test("that stays broken after one repair is a failure that counts both calls", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5 };
    const { env, asked } = await modelServer([always({ content: "{}", usage })]);
    const outcome = await ask({ env, task: { outputSchema: SCHEMA } });
    expect(failureOf(outcome)).toEqual({
      code: "OUTPUT_INVALID",
      message:
        "the answer stayed broken after one repair: it breaks the schema: score: expected number, received undefined",
      retryable: true,
    });
    expect(outcome.usage).toEqual({ calls: 2, inputTokens: 20, outputTokens: 10, costMicros: 120 });
    expect(asked()).toHaveLength(2);
  });
});

describe("a call that fails", () => {
  const error = (status: number, message: string, code?: string) => ({
    status,
    error: { message, ...(code === undefined ? {} : { code }) },
  });
  test.each([
    ["too many calls", error(429, "slow down"), "MODEL_RATE_LIMITED", true],
    ["an empty account", error(429, "no credit", "insufficient_quota"), "MODEL_QUOTA_SPENT", false],
    ["an overloaded server", error(503, "overloaded"), "MODEL_UNAVAILABLE", true],
    ["a broken server", error(500, "oops"), "MODEL_UNAVAILABLE", true],
    ["a wrong key", error(401, "Incorrect key: sk-secret-of-this-test"), "MODEL_KEY_REFUSED", false],
    ["an unknown model", error(404, "no such model"), "MODEL_UNKNOWN", false],
    [
      "a long prompt",
      error(400, "maximum context length is 8192 tokens", "context_length_exceeded"),
      "MODEL_CONTEXT_TOO_LONG",
      false,
    ],
    ["a forbidden question", error(400, "no", "content_policy_violation"), "MODEL_REFUSED", false],
    ["a bad request", error(400, "what?"), "MODEL_REQUEST_INVALID", false],
  ])("for %s is a typed failure, after one call", async (_, response, code, retryable) => {
    const { env, asked } = await modelServer([always(response)]);
    const outcome = await ask({ env });
    expect(failureOf(outcome)).toMatchObject({ code, retryable, detail: { status: response.status } });
    expect(JSON.stringify(outcome)).not.toContain("sk-secret-of-this-test");
    expect(outcome.usage).toEqual({ calls: 1, inputTokens: 0, outputTokens: 0, costMicros: 0 });
    expect(asked()).toHaveLength(1);
  });

  test("for too many calls says how long to wait", async () => {
    const { env } = await modelServer([always({ ...error(429, "slow down"), retryAfter: 7 })]);
    expect(failureOf(await ask({ env })).detail).toMatchObject({ retryAfterMs: 7_000 });
  });

  test.each([
    ["a stream that breaks off", { chunkSize: 2, truncateAfterChunks: 3 }],
    ["an answer that is no JSON", { chaos: { malformedRate: 1 } }],
    ["a connection that is cut", { chaos: { disconnectRate: 1 } }],
  ])("for %s may be made again", async (_, more) => {
    const { env } = await modelServer([always({ content: "a longer answer than that" }, more)]);
    expect(failureOf(await ask({ env }))).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
  });

  test("for a server that is not there may be made again", async () => {
    const { env, mock } = await modelServer([]);
    await mock.stop();
    expect(failureOf(await ask({ env }))).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    await mock.start();
  });

  test("that is sent elsewhere does not go there, key or no key", async () => {
    const there = await modelServer([always({ content: "stolen" })]);
    const here = createServer((_, response) => {
      response.writeHead(307, { location: `${there.env.OPENAI_BASE_URL}/chat/completions` }).end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => {
      here.close();
    });
    await once(here, "listening");
    const { port } = here.address() as AddressInfo;
    const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: "sk-secret-of-this-test" };
    expect(failureOf(await ask({ env })).code).toBe("MODEL_UNAVAILABLE");
    expect(there.asked()).toEqual([]);
  });

  test("for more than any answer may hold is given up", async () => {
    const content = "x".repeat(LIMITS.modelAnswerCharacters + 1);
    const { env } = await modelServer([always({ content }, { chunkSize: 1024 * 1024 })]);
    expect(failureOf(await ask({ env }))).toMatchObject({ code: "MODEL_OUTPUT_TOO_LONG", retryable: false });
  });

  test.each([
    ["content_filter", "MODEL_REFUSED"],
    ["length", "MODEL_OUTPUT_TOO_LONG"],
  ])("by %s counts what it used all the same", async (finishReason, code) => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 10 };
    const { env } = await modelServer([always({ content: "I", finishReason, usage })]);
    const outcome = await ask({ env });
    expect(failureOf(outcome)).toMatchObject({ code, retryable: false });
    expect(outcome.usage).toEqual({ calls: 1, inputTokens: 1_000, outputTokens: 10, costMicros: 2_080 });
  });
});

describe("nobody is called", () => {
  test.each([
    ["without a key", { OPENAI_API_KEY: "" }, "openai/gpt-5", "MODEL_KEY_MISSING"],
    ["without a key of Anthropic's", {}, "anthropic/claude-sonnet-4-5", "MODEL_KEY_MISSING"],
    ["at no address", { OPENAI_BASE_URL: "localhost" }, "openai/gpt-5", "MODEL_ADDRESS_INVALID"],
    ["who is not known", {}, "opnai/gpt-5", "MODEL_UNKNOWN_PROVIDER"],
  ])("%s", async (_, env, model, code) => {
    const outcome = await ask({ env, model });
    expect(failureOf(outcome)).toMatchObject({ code, retryable: false, hint: expect.any(String) });
    expect(outcome.usage).toBeUndefined();
  });
});

describe("a call that is aborted", () => {
  test("while the model has not begun to answer returns without an answer", async () => {
    const controller = new AbortController();
    const { env } = await modelServer([
      always(
        () => {
          controller.abort();
          return { content: "too late" };
        },
        { latency: 30_000 },
      ),
    ]);
    expect(failureOf(await ask({ env, controller })).code).toBe("CANCELLED");
  });

  test("in the middle of an answer returns at once, and says no more", async () => {
    const controller = new AbortController();
    const signals: Signal[] = [];
    const { env } = await modelServer([always({ content: "word ".repeat(500) }, { chunkSize: 5 })]);
    const outcome = await ask({
      env,
      controller,
      onSignal: (signal) => {
        signals.push(signal);
        controller.abort();
      },
    });
    expect(failureOf(outcome).code).toBe("CANCELLED");
    expect(signals).toHaveLength(1);
  });

  test("before it is made is not made", async () => {
    const controller = new AbortController();
    controller.abort();
    const { env, asked } = await modelServer([always({ content: "x" })]);
    expect(failureOf(await ask({ env, controller })).code).toBe("CANCELLED");
    expect(asked()).toEqual([]);
  });
});
