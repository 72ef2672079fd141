import { readdirSync, readFileSync } from "node:fs";
import type { Fixture } from "@copilotkit/aimock";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { createAbyssal } from "../../src/index.ts";
import { EXAMPLE_PROGRAMS } from "../support/example-programs.ts";
import { modelServer } from "../support/model-server.ts";
import { folderWith } from "./cli/cli-harness.ts";

/** Words for whom words are enough, and the data that CHAIN's agents must give. */
const CONTENT = {
  answer: "Words of a model.",
  ...{ health: 62, risks: [], blockers: [], dependencies: [], findings: [] },
};
const USAGE = { prompt_tokens: 100, completion_tokens: 10 };
/** 1 and 10 USD for a million tokens, read or written. */
const PRICES = [
  { model: "shop/cheap", inputUsd: 1, outputUsd: 1 },
  { model: "shop/dear", inputUsd: 10, outputUsd: 10 },
];
const COST: Readonly<Record<string, number>> = { cheap: 110, dear: 1_100 };

type StepFile = { readonly agent?: string; readonly run?: object };
type TemplateFile = { readonly name: string; readonly steps: Readonly<Record<string, StepFile>> };

/** The shipped templates, each of whose agents asks a cheap model first, and a dear one where that is not sure. */
function cascades(): readonly string[] {
  const folder = new URL("../../templates/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return files.map((file) => {
    const template = parse(readFileSync(new URL(file, folder), "utf8")) as TemplateFile;
    const steps = Object.entries(template.steps).map(([name, step]) => {
      if (step.agent === undefined || step.run !== undefined) return [name, step];
      const economy = {
        model: "shop/cheap",
        min_confidence: 0.7,
        fallback: [{ model: "shop/dear" }, { performer: "draft" }],
        retry: { attempts: 4, backoff: "none" },
      };
      return [name, { ...step, ...economy }];
    });
    return stringify({ ...template, version: "9.0.0", steps: Object.fromEntries(steps) });
  });
}

/** What a call is answered with, by turns: every third one fails, each in the next of five ways. */
function turns() {
  const count = { calls: 0, ok: 0, paid: 0, cheap: 0, dear: 0 };
  const isFault = (way: number) => (): boolean => count.calls % 3 === 0 && (count.calls / 3) % 5 === way;
  const fault = (way: number, response: Fixture["response"], more: Partial<Fixture> = {}): Fixture => ({
    match: { predicate: isFault(way) },
    response,
    ...more,
  });
  /** Sees every call, and answers none. */
  const seen: Fixture = {
    match: {
      predicate: ({ model }: { readonly model: string }) => {
        count.calls++;
        const way = count.calls % 3 === 0 ? (count.calls / 3) % 5 : null;
        // An empty answer is paid for as well; every other fault costs nothing that anybody tells.
        if (way === null || way === 4) count.paid += COST[model]!;
        if (way === null) model === "cheap" ? count.cheap++ : count.dear++;
        return false;
      },
    },
    response: { content: "" },
  };
  const say = (): { content: string; usage: typeof USAGE } => {
    count.ok++;
    // One in two is sure enough; data says so in a member, words in their last line.
    const confidence = count.ok % 2 === 0 ? 0.9 : 0.4;
    const wrapped = { answer: CONTENT, confidence };
    return { content: JSON.stringify(wrapped), usage: USAGE };
  };
  const fixtures: readonly Fixture[] = [
    seen,
    fault(0, { status: 429, error: { message: "slow down" }, retryAfter: 0 }),
    fault(1, { status: 503, error: { message: "overloaded" } }),
    fault(2, { content: "x", usage: USAGE }, { chaos: { malformedRate: 1 } }),
    fault(3, { content: "x", usage: USAGE }, { chaos: { disconnectRate: 1 } }),
    fault(4, { content: "", usage: USAGE }),
    { match: {}, response: say },
  ];
  return { count, fixtures };
}

test.each(EXAMPLE_PROGRAMS)(
  "%s runs on a cheap model and a dear one with a third of the calls failing; what it takes is what the server's log says",
  async (example) => {
    const { count, fixtures } = turns();
    const server = await modelServer(fixtures);
    const abyssal = await createAbyssal({
      workingFolder: folderWith(),
      env: {},
      templates: cascades(),
      config: {
        models: { providers: [{ name: "shop", baseUrl: `${server.mock.url}/v1` }], prices: PRICES },
        resilience: { rules: [{ resource: "model:*", retries: { reserve: 1_000 } }] },
      },
    });
    const plan = abyssal.plan(example);
    const result = await abyssal.execute(example);
    expect(["succeeded", "partial"]).toContain(result.status);
    expect(result.reasons.length > 0).toBe(result.status === "partial");
    expect(result.usage).toMatchObject({ calls: count.calls, costMicros: count.paid });
    expect(result.usage.costMicros).toBeLessThanOrEqual(plan.bounds.costMicros.atMost);
    expect(result.usage.calls).toBeLessThanOrEqual(plan.bounds.calls.atMost);
    // Answers that were not sure enough have led on.
    expect(count.dear).toBeGreaterThan(0);
    expect(count.cheap).toBeGreaterThan(count.dear / 2);
    expect(result.results.some(({ unsure }) => unsure)).toBe(true);
    for (const { unsure = [], model, status } of result.results) {
      for (const one of unsure) expect(one.confidence).toBeLessThan(0.7);
      if (unsure.length > 0 && status === "succeeded") expect(model).toBe("shop/dear");
    }
    abyssal.close();
  },
);
