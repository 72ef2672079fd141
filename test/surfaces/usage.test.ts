import { createServer } from "node:http";
import { expect, test } from "vitest";
import { createAbyssal } from "../../src/index.ts";
import { listening } from "../support/loopback.ts";
import { folderWith } from "./cli/cli-harness.ts";

const MODEL = "openai/some-model";
/** 1 and 10 USD for a million tokens. */
const MODELS = { maxOutputTokens: 50, prices: [{ model: MODEL, inputUsd: 1, outputUsd: 10 }] };

const PATIENT = `name: PATIENT
version: 1.0.0
description: Ask a model that takes its time
category: testing
defaults: { retry: { attempts: 1 }, duration: 1s, timeout: 1m }
steps:
  first: { agent: analyst, prompt: "First.", cache: false }
  one: { needs: [first], agent: analyst, prompt: "One.", cache: false }
  two: { needs: [first], agent: analyst, prompt: "Two.", cache: false, timeout: 1s }
`;

const WORDS = {
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Words." } }],
};

/** A model server that answers the first question, and then only hears. */
async function tiredServer() {
  const server = createServer();
  const port = await listening(server);
  return {
    server,
    env: { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: "sk-of-this-test" },
  };
}

test.each([
  ["without a budget", {}],
  ["with one", { maxTokens: 100_000, maxCostMicros: 100_000 }],
])(
  "calls that a timeout and a cancellation end are in the usage, at the most that they may have taken (%s)",
  async (_, limits) => {
    const { server, env } = await tiredServer();
    const abyssal = await createAbyssal({
      workingFolder: folderWith(),
      env,
      config: { model: MODEL, models: MODELS },
      templates: [PATIENT],
    });
    const bothAsked = Promise.withResolvers<void>();
    let asked = 0;
    server.on("request", (_, response) => {
      asked++;
      if (asked === 1) response.setHeader("content-type", "application/json").end(JSON.stringify(WORDS));
      if (asked === 3) bothAsked.resolve();
    });
    const run = abyssal.start("ABYSSAL[PATIENT]()", limits);
    const timedOut = Promise.withResolvers<void>();
    run.events$.subscribe((event) => {
      if (event.type === "agent.ended" && event.path === "patient/two") timedOut.resolve();
    });
    await Promise.all([bothAsked.promise, timedOut.promise]);
    run.cancel("enough");
    const { usage, results, budgets } = await run.result;
    expect(results.map(({ path, failure }) => [path, failure?.code])).toEqual([
      ["patient/first", undefined],
      ["patient/one", "CANCELLED"],
      ["patient/two", "TIMEOUT"],
    ]);
    const { untold, ...told } = usage;
    expect(told).toEqual({ calls: 3, inputTokens: 0, outputTokens: 0, costMicros: 0 });
    expect(untold!.calls).toBe(3);
    expect(untold!.tokens).toBeGreaterThan(3 * 50);
    expect(untold!.costMicros).toBeGreaterThan(3 * 500);
    const { tokens, costMicros } = untold!;
    expect(budgets ?? []).toEqual(budgets ? [expect.objectContaining({ tokens, costMicros })] : []);
  },
);
