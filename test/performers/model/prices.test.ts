import fc from "fast-check";
import { expect, test } from "vitest";
import { costMicros, priceOf } from "../../../src/performers/model/prices.ts";

test("a listed model has its price, a dated snapshot its model's, any other none", () => {
  expect(priceOf("openai/gpt-5-mini", [])).toEqual({
    inputMicros: 250_000,
    cachedInputMicros: 25_000,
    outputMicros: 2_000_000,
  });
  expect(priceOf("openai/gpt-5-mini-2025-08-07", [])).toEqual(priceOf("openai/gpt-5-mini", []));
  expect(priceOf("anthropic/claude-sonnet-4-5-20250929", [])).toEqual(
    priceOf("anthropic/claude-sonnet-4-5", []),
  );
  expect(priceOf("openai/llama3", [])).toBeNull();
  expect(priceOf("openai/constructor", [])).toBeNull();
});

test("the last setting that fits goes before the list", () => {
  const settings = [
    { model: "openai/gpt-5-mini", inputUsd: 9, outputUsd: 9 },
    { model: "openai/*", inputUsd: 0.1, outputUsd: 0.3, cachedInputUsd: 0.01 },
  ];
  const price = { inputMicros: 100_000, cachedInputMicros: 10_000, outputMicros: 300_000 };
  expect(priceOf("openai/gpt-5-mini", settings)).toEqual(price);
  expect(priceOf("openai/llama3", settings)).toEqual(price);
  expect(priceOf("openai/gpt-5-mini", settings.slice(0, 1))).toMatchObject({ cachedInputMicros: 9_000_000 });
});

test("money is the least whole number of micro-USD that covers the tokens", () => {
  const amount = fc.integer({ min: 0, max: 200_000_000 });
  const tokens = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(amount, amount, amount, tokens, tokens, tokens, (a, b, c, fresh, cached, output) => {
      const price = { inputMicros: a, cachedInputMicros: b, outputMicros: c };
      const micros = costMicros(price, { input: fresh + cached, cached, output });
      const exact = BigInt(fresh) * BigInt(a) + BigInt(cached) * BigInt(b) + BigInt(output) * BigInt(c);
      expect(BigInt(micros)).toBe((exact + 999_999n) / 1_000_000n);
    }),
  );
});
