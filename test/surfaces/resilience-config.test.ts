import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { settingsOf } from "../../src/engine/resilience/rules.ts";
import { type Diagnostic, diagnosticLine } from "../../src/shared/diagnostic.ts";
import { type ConfigOverrides, loadConfig } from "../../src/surfaces/config.ts";
import { resilienceRules } from "../../src/surfaces/resilience-rules.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const load = (env = {}, overrides: ConfigOverrides = {}) =>
  loadConfig({ workingFolder: folder, env, overrides });

async function written(text: string): Promise<Awaited<ReturnType<typeof load>>> {
  await writeFile(join(folder, "abyssal.config.yaml"), text);
  return load();
}

async function problems(text: string): Promise<readonly Diagnostic[]> {
  const result = await written(text);
  if (result.ok) throw new Error("the configuration was accepted");
  return result.error;
}

describe("rules of the configuration", () => {
  test("reach the guards of the resources that they are for", async () => {
    const result = await written(`
resilience:
  rules:
    - resource: "model:*"
      breaker: { failures: 3, rate: 0.5, window_seconds: 10, minimum_calls: 5, open_seconds: 0.5, probes: 2 }
      pace: { requests_per_minute: 60, tokens_per_minute: 1000, burst: 2, max_wait_seconds: 0 }
    - resource: model:my_own/model_1
      bulkhead: { at_once: 2, queue: 0 }
      retries: { ratio: 0, reserve: 0 }
    - { resource: "command:*", breaker: { enabled: false }, retries: { enabled: false } }
`);
    if (!result.ok) throw new Error(result.error.map(diagnosticLine).join("\n"));
    const rules = resilienceRules(result.value);
    expect(settingsOf("model:my_own/model_1", rules)).toEqual({
      breaker: { failures: 3, rate: 0.5, windowMs: 10_000, minimumCalls: 5, openMs: 500, probes: 2 },
      bulkhead: { atOnce: 2, queue: 0 },
      retries: { ratio: 0, reserve: 0 },
      pace: { requestsPerMinute: 60, tokensPerMinute: 1_000, burst: 2, maxWaitMs: 0 },
    });
    expect(settingsOf("command:npx", rules)).toMatchObject({ breaker: null, retries: null });
  });

  test("may be given by a variable as JSON, and by a caller; either replaces the whole list", async () => {
    const env = { ABYSSAL_RESILIENCE_RULES: '[{ "resource": "*", "bulkhead": { "at_once": 3 } }]' };
    const byVariable = await load(env);
    expect(byVariable.ok && resilienceRules(byVariable.value)).toMatchObject([{ bulkhead: { atOnce: 3 } }]);
    const byCaller = await load(env, {
      resilience: { rules: [{ resource: "host:*", breaker: { openSeconds: 2 } }] },
    });
    expect(byCaller.ok && resilienceRules(byCaller.value)).toMatchObject([
      { resource: "host:*", breaker: { openMs: 2_000 } },
    ]);
  });

  test("that cannot hold are refused, each at its line and column with what was expected", async () => {
    const found = await problems(`resilience:
  rules:
    - { resource: "host:*", breaker: { failures: -1 } }
    - { resource: "host:*", breaker: { rate: 1 } }
    - { resource: "host:*", retries: { ratio: -0.1 } }
    - { resource: "host:*", pace: { requests_per_minute: 0 } }
    - { resource: "host:*", bulkhead: { at_once: 0 } }
    - { resource: openai, pace: { burst: 2 } }
    - { resource: "host:*" }
    - 7
`);
    expect(found.map(({ span, expected, got }) => [span?.start.line, expected, got])).toEqual([
      [3, "a whole number from 1 to 1000000", "-1"],
      [4, "a number above 0, below 1", "1"],
      [5, "a number from 0 to 100", "-0.1"],
      [6, "a number above 0, at most 1000000000", "0"],
      [7, "a whole number from 1 to 100000", "0"],
      [8, "`KIND:NAME`, where * stands for any characters", '"openai"'],
      [9, "one of breaker, bulkhead, retries and pace", '{"resource":"host:*"}'],
      [10, "settings as `key: value`", "7"],
    ]);
    for (const { code, hint, span } of found) {
      expect([code, hint]).toEqual(["CONFIG_INVALID", "see docs/reference/resilience.md"]);
      expect(span!.start.column).toBeGreaterThan(1);
    }
  });

  test("with a misspelt key are refused with the right one", async () => {
    const found = await problems(
      "resilience: { rules: [{ resource: '*', breaker: { failure: 3 }, pase: 1 }] }\n",
    );
    expect(found.map(({ hint }) => hint).sort()).toEqual(["did you mean failures?", "did you mean pace?"]);
    expect(found.every(({ span }) => span !== undefined)).toBe(true);
  });

  test("that are no list are refused, in a variable too", async () => {
    expect(await problems("resilience: { rules: { resource: '*' } }\n")).toMatchObject([
      { expected: "a list of rules", span: { start: { line: 1 } } },
    ]);
    for (const text of ["many", "[{", "{}", '[{ "resource": "x", "pace": {} }]']) {
      const result = await load({ ABYSSAL_RESILIENCE_RULES: text });
      expect(result).toMatchObject({ ok: false, error: [{ place: "ABYSSAL_RESILIENCE_RULES" }] });
    }
  });
});
