import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { openModel } from "../../../src/performers/model/ask-model.ts";
import type { Answer } from "../../../src/performers/model/question.ts";
import { bodyOf, serve } from "../tools/remote-server.ts";

const PRICE = {
  inputMicros: 1_000_000,
  cachedInputMicros: 1_000_000,
  cacheWriteMicros: 1_000_000,
  outputMicros: 1_000_000,
};

/** Asks a server that answers whatever the test says, for a stream or for the whole. */
async function ask(isHeard: boolean, answer: (response: ServerResponse) => void): Promise<Answer> {
  const { port } = await serve(async (request, response) => {
    await bodyOf(request);
    answer(response);
  });
  const access = { speaks: "openai", apiKey: "none", baseUrl: `http://127.0.0.1:${port}/v1` } as const;
  const model = await openModel({ model: "m", access, price: PRICE, maxOutputTokens: 500 });
  const question = { system: "", messages: [{ role: "user", content: "x" }], schema: null, isHeard } as const;
  return model(question, new AbortController().signal, () => {});
}

const sends =
  (type: string, text: string) =>
  (response: ServerResponse): void =>
    void response.setHeader("content-type", type).end(text);

const said = (message: object, usage: object): string =>
  JSON.stringify({ id: "c", choices: [{ index: 0, message, finish_reason: "stop" }], usage });

describe.each([
  ["for a stream", true],
  ["for the whole", false],
] as const)("a server that is asked %s", (_, isHeard) => {
  test("and answers with a page gives no answer, and the failure says what came", async () => {
    const answer = await ask(isHeard, sends("text/html", "<html>Welcome to the hotel</html>"));
    expect(answer).toMatchObject({
      kind: "failed",
      failure: { code: "MODEL_UNAVAILABLE", message: expect.stringMatching(/text\/html|Welcome/) },
    });
  });

  test("and says with a 200 that there is no answer is understood, words and all", async () => {
    const busy = JSON.stringify({ error: { message: "the model is loading", code: 503 } });
    expect(await ask(isHeard, sends("application/json", busy))).toMatchObject({
      failure: {
        code: "MODEL_UNAVAILABLE",
        message: expect.stringContaining("the model is loading"),
        retryable: true,
        detail: { status: 503 },
      },
    });
    const unpaid = JSON.stringify({ error: { message: "no such key", code: 401 } });
    expect(await ask(isHeard, sends("application/json", unpaid))).toMatchObject({
      failure: { code: "MODEL_KEY_REFUSED", retryable: false },
    });
    const vague = JSON.stringify({ error: { message: "something broke", code: "oops" } });
    expect(await ask(isHeard, sends("application/json", vague))).toMatchObject({
      failure: { message: expect.stringContaining("something broke"), detail: { status: 500 } },
    });
  });

  test("and breaks off in the midst of its answer says what became of the connection", async () => {
    const answer = await ask(isHeard, (response) => {
      response.setHeader("content-type", isHeard ? "text/event-stream" : "application/json");
      response.write(isHeard ? "data: {" : "{", () => response.destroy());
    });
    expect(answer).toMatchObject({
      failure: { message: expect.stringContaining("aborted") },
      usage: { calls: 1, inputTokens: 0, untold: { calls: 1, tokens: expect.any(Number) } },
    });
  });

  test("and sends elsewhere is not followed, and the failure says where to", async () => {
    const answer = await ask(isHeard, (response) => {
      response.writeHead(308, { location: "https://models.example.com/v1?secret=1" }).end();
    });
    const { message } = (answer as Extract<Answer, { kind: "failed" }>).failure;
    expect(message).toContain("sends to https://models.example.com,");
    expect(message).not.toContain("secret");
  });
});

test("an answer with an empty error beside it is an answer", async () => {
  const body = `{"error":null,${said({ content: "Words." }, { prompt_tokens: 1, completion_tokens: 1 }).slice(1)}`;
  expect(await ask(false, sends("application/json", body))).toMatchObject({ kind: "text", text: "Words." });
});

test.each([
  [-5, 10],
  [5, -10],
  [5, 1e300],
  [0.5, 1],
])("usage of %d and %d tokens is none: the call counts at its bound", async (input, output) => {
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: 1 };
  const answer = await ask(false, sends("application/json", said({ content: "Words." }, usage)));
  expect(answer).toMatchObject({ kind: "text", text: "Words." });
  const { untold, ...told } = answer.usage;
  expect(told).toEqual({ calls: 1, inputTokens: 0, outputTokens: 0, costMicros: 0 });
  expect(untold).toMatchObject({ calls: 1 });
  expect(untold!.tokens).toBeGreaterThan(64);
});
