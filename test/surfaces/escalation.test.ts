import { describe, expect, test } from "vitest";
import { type Abyssal, createAbyssal } from "../../src/index.ts";
import { type ModelServer, modelServer } from "../support/model-server.ts";
import { cli, folderWith } from "./cli/cli-harness.ts";

const USAGE = { prompt_tokens: 100, completion_tokens: 10 };
const PRICES = [
  { model: "openai/cheap", inputUsd: 1, outputUsd: 1 },
  { model: "openai/dear", inputUsd: 10, outputUsd: 10 },
];
const says = (model: string, content: string) => ({ match: { model }, response: { content, usage: USAGE } });

const template = (more = "") => `name: CASCADE
version: 1.0.0
description: Ask a cheap model first
category: testing
parameters: { topic: { type: string, position: 1, required: true } }
defaults: { retry: { attempts: 1 }, duration: 1s, timeout: 1m }
steps:
  answer:
    agent: analyst
    prompt: "About {{ topic }}."
    model: openai/cheap
    min_confidence: 0.7
    fallback: [{ model: openai/dear }]
${more}`;

type More = { readonly steps?: string; readonly workingFolder?: string; readonly durable?: boolean };

function runtime(
  server: ModelServer,
  { steps = "", workingFolder = folderWith(), durable = false }: More = {},
): Promise<Abyssal> {
  const config = { models: { prices: PRICES, maxOutputTokens: 1_000 } };
  return createAbyssal({ workingFolder, env: server.env, templates: [template(steps)], config, durable });
}

const PROGRAM = 'ABYSSAL[CASCADE]("queues")';
const asked = (server: ModelServer): readonly string[] => server.asked().map(({ model }) => model);

describe("a cheap model first", () => {
  test("is enough where it is sure: one call, and its line of confidence is no part of the answer", async () => {
    const server = await modelServer([says("cheap", "Yes.\n\nConfidence: 0.9")]);
    const result = await (await runtime(server)).execute(PROGRAM);
    expect(asked(server)).toEqual(["cheap"]);
    expect(server.asked()[0]!.messages.at(-1)!.content).toContain("Confidence: N");
    expect(result.output).toContain("Yes.");
    expect(result.output).not.toContain("0.9");
    expect(result.results[0]).toMatchObject({
      confidence: { value: 0.9, source: "declared" },
      model: "openai/cheap",
    });
    expect(result.usage.costMicros).toBe(110);
  });

  test("is followed by the dear one where it is not, and both are paid", async () => {
    const server = await modelServer([
      says("cheap", "Perhaps.\nConfidence: 0.4"),
      says("dear", "Yes.\nConfidence: 0.8"),
    ]);
    const result = await (await runtime(server)).execute(PROGRAM, { maxCostMicros: 1_000_000 });
    expect(asked(server)).toEqual(["cheap", "dear"]);
    expect(result.status).toBe("succeeded");
    expect(result.results[0]).toMatchObject({
      status: "succeeded",
      model: "openai/dear",
      unsure: [{ alternative: 0, model: "openai/cheap", confidence: 0.4 }],
    });
    expect(result.output).not.toContain("Perhaps");
    expect(result.usage).toMatchObject({ calls: 2, costMicros: 110 + 1_100 });
    expect(result.budgets).toMatchObject([{ costMicros: 110 + 1_100 }]);
  });

  test("is what is left where the dear one cannot be asked, and says so", async () => {
    const server = await modelServer([
      says("cheap", "Perhaps.\nConfidence: 0.4"),
      { match: { model: "dear" }, response: { status: 503, error: { message: "overloaded" } } },
    ]);
    const result = await (await runtime(server)).execute(PROGRAM);
    expect(result.output).toContain("Perhaps.");
    expect(result.results[0]).toMatchObject({
      status: "degraded",
      confidence: { value: 0.4 },
      failure: { code: "MODEL_UNAVAILABLE" },
      unsure: [{ alternative: 0, confidence: 0.4 }],
    });
  });

  test("is what is left where the budget has no room for the dear one, which is then not asked", async () => {
    const server = await modelServer([says("cheap", "Perhaps.\nConfidence: 0.4"), says("dear", "Yes.")]);
    // A call of the cheap one is held at some 2,300 micro-USD, of the dear one at ten times that.
    const result = await (await runtime(server)).execute(PROGRAM, { maxCostMicros: 5_000 });
    expect(asked(server)).toEqual(["cheap"]);
    expect(result.results[0]).toMatchObject({ status: "degraded", failure: { code: "BUDGET_EXCEEDED" } });
    expect(result.output).toContain("Perhaps.");
  });

  test("counts with the dear one in what the plan takes at most", async () => {
    const abyssal = await runtime(await modelServer([]));
    const { bounds } = abyssal.plan(PROGRAM);
    expect(bounds.calls).toEqual({ atLeast: 1, expected: 1, atMost: 2 });
    expect(bounds.costMicros.atMost).toBeGreaterThanOrEqual(1_000 + 10_000);
  });

  test("gives data by the step's schema, whoever is asked", async () => {
    const steps = "    output: { type: object, required: [score], properties: { score: { type: integer } } }";
    const server = await modelServer([
      says("cheap", '{"answer": {"score": 3}, "confidence": 0.2}'),
      says("dear", '{"answer": {"score": 7}, "confidence": 0.95}'),
    ]);
    const result = await (await runtime(server, { steps })).execute(PROGRAM);
    expect(result.data).toEqual({ score: 7 });
    expect(result.results[0]).toMatchObject({ confidence: { value: 0.95 }, model: "openai/dear" });
  });

  test("is asked again by nobody: both answers are used again by a later run", async () => {
    const workingFolder = folderWith();
    const server = await modelServer([
      says("cheap", "Perhaps.\nConfidence: 0.4"),
      says("dear", "Yes.\nConfidence: 0.8"),
    ]);
    for (const cached of [false, true]) {
      const abyssal = await runtime(server, { workingFolder, durable: true });
      const { results, usage } = await abyssal.execute(PROGRAM);
      expect(results[0]).toMatchObject({ cached, model: "openai/dear", unsure: [{ confidence: 0.4 }] });
      expect(usage.calls).toBe(cached ? 0 : 2);
      abyssal.close();
    }
    expect(asked(server)).toEqual(["cheap", "dear"]);
  });
});

test("the command line shows it before, after, and why", async () => {
  const server = await modelServer([
    says("cheap", "Perhaps.\nConfidence: 0.4"),
    says("dear", "Yes.\nConfidence: 0.8"),
  ]);
  const cwd = folderWith({ "templates/cascade.yaml": template() });
  const options = { env: server.env };
  const planned = await cli(cwd, ["plan", PROGRAM], options);
  expect(planned.stdout).toContain("asks on below 0.70, else analyst by model openai/dear");
  const ran = await cli(cwd, ["execute", PROGRAM, "--quiet", "--output", "json"], options);
  const { runId } = JSON.parse(ran.stdout) as { runId: string };
  const { stdout } = await cli(cwd, ["explain", runId, "cascade/answer"], options);
  expect(stdout).toContain("not sure enough: confidence 0.40, below 0.70; the answer is kept");
  expect(stdout).toContain(
    "alternative 1, analyst (openai/dear), did the work, as the answer before was not sure enough",
  );
  const replayed = await cli(cwd, ["replay", runId], options);
  expect(replayed.code).toBe(0);
});
