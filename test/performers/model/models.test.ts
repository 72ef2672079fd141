import { describe, expect, test } from "vitest";
import { Models, type ModelsSettings } from "../../../src/performers/model/models.ts";

const models = (settings: Partial<ModelsSettings> = {}): Models =>
  new Models({ maxOutputTokens: 500, toolSteps: 16, env: {}, ...settings });

const OLLAMA = { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1" };
const ROUTER = { name: "openrouter", baseUrl: "https://openrouter.ai/api/v1", keyEnv: "ROUTER_KEY" };

describe("a provider that the configuration declares", () => {
  test("is asked where it is, by the name that it gives its model, without a key where it names none", () => {
    expect(models({ providers: [OLLAMA] }).access("ollama/llama3.2:3b")).toEqual({
      ok: true,
      value: {
        model: "llama3.2:3b",
        access: { speaks: "openai", apiKey: "none", baseUrl: "http://127.0.0.1:11434/v1" },
      },
    });
  });

  test("is given the key of the variable that it names, and is not asked without it", () => {
    const given = models({ providers: [ROUTER], env: { ROUTER_KEY: "k-1" } });
    expect(given.access("openrouter/meta/llama")).toMatchObject({
      value: { model: "meta/llama", access: { apiKey: "k-1" } },
    });
    expect(models({ providers: [ROUTER] }).access("openrouter/meta/llama")).toMatchObject({
      ok: false,
      error: {
        code: "MODEL_KEY_MISSING",
        message: expect.stringContaining("ROUTER_KEY"),
        hint: "set ROUTER_KEY",
      },
    });
  });

  test("may speak as Anthropic does, and its cache is priced so", () => {
    const mine = models({
      providers: [{ name: "mine", baseUrl: "http://127.0.0.1:9", speaks: "anthropic" }],
      prices: [{ model: "mine/*", inputUsd: 4, outputUsd: 8 }],
    });
    expect(mine.access("mine/x")).toMatchObject({
      value: { access: { speaks: "anthropic", baseUrl: "http://127.0.0.1:9/v1" } },
    });
    expect(mine.terms("mine/x").price).toMatchObject({ cacheWriteMicros: 5_000_000 });
  });

  test("may say where a built-in one is, and which variable holds its key; the environment's address goes before it", () => {
    const providers = [{ name: "openai", baseUrl: "http://10.0.0.7/v1" }];
    expect(models({ providers }).access("openai/x")).toMatchObject({
      value: { access: { apiKey: "none", baseUrl: "http://10.0.0.7/v1" } },
    });
    const env = { OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_API_KEY: "k-2" };
    expect(models({ providers, env }).access("openai/x")).toMatchObject({
      value: { access: { apiKey: "k-2", baseUrl: "http://127.0.0.1:1/v1" } },
    });
    const other = models({ providers: [{ name: "anthropic", keyEnv: "OTHER" }], env: { OTHER: "k-3" } });
    expect(other.access("anthropic/x")).toMatchObject({
      value: { access: { apiKey: "k-3", baseUrl: "https://api.anthropic.com/v1" } },
    });
  });
});

test.each([
  ["opnai/gpt-5", "did you mean `openai/gpt-5`?"],
  ["ollma/llama3", "did you mean `ollama/llama3`?"],
  ["gpt-5-mini", "did you mean `openai/gpt-5-mini`?"],
  ["nobody/x", "declare who offers it under `models.providers`, with its base_url"],
  ["openai/", "did you mean `openai/...`?"],
])("%s is nobody's model: %s", (name, hint) => {
  const known = models({ providers: [OLLAMA] });
  expect(known.fault(name)).toMatchObject({ code: "MODEL_UNKNOWN_PROVIDER", got: name, hint });
  expect(known.access(name)).toMatchObject({ ok: false, error: { code: "MODEL_UNKNOWN_PROVIDER", hint } });
});

test("a task asks the model of its plan, else the usual one; guards know it by that name", () => {
  const known = models({ usual: "openai/usual" });
  expect(known.resourcesOf({ model: "openai/other" })).toEqual(["model:openai/other"]);
  expect(known.resourcesOf({})).toEqual(["model:openai/usual"]);
  expect(models().resourcesOf({})).toEqual([]);
});
