import { expect, test } from "vitest";
import { openModel } from "../../../src/performers/model/ask-model.ts";
import type { Answer, AskModel, Question } from "../../../src/performers/model/question.ts";
import type { ModelServer } from "../../support/model-server.ts";
import { always, modelServer } from "../../support/model-server.ts";

const OFFER = {
  name: "http_get",
  description: "Fetches a page",
  inputSchema: { type: "object", properties: { url: { type: "string" } }, required: ["url"] },
};

const QUESTION: Question = {
  system: "You fetch.",
  messages: [{ role: "user", content: "Fetch it." }],
  schema: null,
  tools: [OFFER],
};

async function askerOf({ env }: ModelServer, provider: "openai" | "anthropic" = "openai"): Promise<AskModel> {
  return openModel({
    model: "some-model",
    access:
      provider === "openai"
        ? { speaks: provider, apiKey: env.OPENAI_API_KEY!, baseUrl: env.OPENAI_BASE_URL! }
        : { speaks: provider, apiKey: env.ANTHROPIC_API_KEY!, baseUrl: `${env.ANTHROPIC_BASE_URL}/v1` },
    price: null,
    maxOutputTokens: 500,
  });
}

const ask = (model: AskModel, question: Question): Promise<Answer> =>
  model(question, new AbortController().signal, () => {});

const CALLED = { toolCalls: [{ id: "call_1", name: "http_get", arguments: '{"url":"https://a.example/"}' }] };

test.for(["openai", "anthropic"] as const)(
  "%s: a model calls a tool that it was offered, and is told the result",
  async (provider) => {
    const server = await modelServer([
      { match: { hasToolResult: true }, response: { content: "It says hello." } },
      always(CALLED),
    ]);
    const model = await askerOf(server, provider);
    const first = await ask(model, QUESTION);
    const calls = [{ id: "call_1", name: "http_get", input: { url: "https://a.example/" } }];
    expect(first).toMatchObject({ kind: "calls", calls, usage: { calls: 1 } });
    const messages: Question["messages"] = [
      ...QUESTION.messages,
      { role: "assistant", content: "", calls },
      { role: "tool", results: [{ id: "call_1", name: "http_get", text: "hello", isError: false }] },
    ];
    expect(await ask(model, { ...QUESTION, messages })).toMatchObject({
      kind: "text",
      text: "It says hello.",
    });
    expect(JSON.stringify(server.asked()[0])).toContain("Fetches a page");
    expect(JSON.stringify(server.asked()[1])).toContain("hello");
  },
);

test("a name that nobody offered and an input that is no JSON come back as they are", async () => {
  const server = await modelServer([
    always({
      toolCalls: [
        { id: "a", name: "rm", arguments: '{"path":"/"}' },
        { id: "b", name: "http_get", arguments: "{no json" },
      ],
    }),
  ]);
  const answer = await ask(await askerOf(server), QUESTION);
  expect(answer).toMatchObject({
    kind: "calls",
    calls: [
      { id: "a", name: "rm" },
      { id: "b", name: "http_get", input: "{no json" },
    ],
  });
});
