import { describe, expect, test } from "vitest";
import { fits, settingsOf } from "../../../src/engine/resilience/rules.ts";

describe("rules", () => {
  test("by themselves guard what can be down by a breaker, and work in this process by retry budgets alone", () => {
    for (const resource of ["model:openai/gpt-5", "host:example.com", "command:npx"])
      expect(settingsOf(resource, [])).toMatchObject({
        breaker: { failures: 5, rate: null, openMs: 30_000, probes: 1 },
        bulkhead: null,
        retries: { ratio: 0.1, reserve: 10 },
        pace: { requestsPerMinute: null, tokensPerMinute: null },
      });
    for (const resource of ["function:lint", "performer:mine"])
      expect(settingsOf(resource, [])).toMatchObject({ breaker: null, retries: { ratio: 0.1 } });
  });

  test("that fit count all, a later one setting by setting", () => {
    const settings = settingsOf("model:openai/gpt-5", [
      { resource: "model:*", breaker: { failures: 3, openMs: 1_000 }, pace: { requestsPerMinute: 60 } },
      { resource: "model:openai/*", breaker: { openMs: 2_000 }, bulkhead: { atOnce: 4 } },
      { resource: "model:other/*", breaker: false },
    ]);
    expect(settings).toMatchObject({
      breaker: { failures: 3, openMs: 2_000 },
      bulkhead: { atOnce: 4, queue: 1_000 },
      pace: { requestsPerMinute: 60, burst: 1 },
    });
  });

  test("switch off, and on again from the defaults", () => {
    const off = { resource: "host:*", breaker: false, retries: false } as const;
    expect(settingsOf("host:a", [off])).toMatchObject({ breaker: null, retries: null });
    expect(settingsOf("host:a", [off, { resource: "host:a", breaker: { rate: 0.5 } }]).breaker).toMatchObject(
      {
        failures: null,
        rate: 0.5,
        minimumCalls: 20,
      },
    );
  });

  test("leave what they do not mention, undefined too, as it is", () => {
    const rule = { resource: "*", breaker: { failures: undefined, openMs: 5 }, pace: { burst: undefined } };
    expect(settingsOf("host:a", [rule as never])).toMatchObject({
      breaker: { failures: 5, openMs: 5 },
      pace: { burst: 1 },
    });
  });
});

test.each([
  ["*", "model:a/b", true],
  ["model:*", "model:a/b", true],
  ["model:*", "host:a", false],
  ["model:a/b", "model:a/b", true],
  ["model:a/b", "model:a/bc", false],
  ["*:npx", "command:npx", true],
  ["m*a*b", "model:a/b", true],
  ["m*ab*b", "model:a/b", false],
  ["ab*ba", "aba", false],
  ["a**b", "ab", true],
  ["host:*.example.com", "host:api.example.com", true],
  ["host:*.example.com", "host:example.org", false],
])("the pattern %s fits %s: %s", (pattern, name, expected) => {
  expect(fits(pattern, name)).toBe(expected);
});
