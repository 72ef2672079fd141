import fc from "fast-check";
import { expect, test } from "vitest";
import { costMicros, priceOf } from "../../../src/performers/model/prices.ts";

test("a listed model has its price, a dated snapshot its model's, any other none", () => {
  expect(priceOf("openai/gpt-5-mini", [])).toEqual({
    inputMicros: 250_000,
    cachedInputMicros: 25_000,
    cacheWriteMicros: 250_000,
    outputMicros: 2_000_000,
  });
  expect(priceOf("openai/gpt-5-mini-2025-08-07", [])).toEqual(priceOf("openai/gpt-5-mini", []));
  expect(priceOf("anthropic/claude-sonnet-4-5-20250929", [])).toEqual(
    priceOf("anthropic/claude-sonnet-4-5", []),
  );
  expect(priceOf("anthropic/claude-sonnet-4-5", [])).toMatchObject({ cacheWriteMicros: 3_750_000 });
  expect(priceOf("openai/llama3", [])).toBeNull();
  expect(priceOf("openai/constructor", [])).toBeNull();
});

test("the last setting that fits goes before the list", () => {
  const settings = [
    { model: "openai/gpt-5-mini", inputUsd: 9, outputUsd: 9 },
    { model: "openai/*", inputUsd: 0.1, outputUsd: 0.3, cachedInputUsd: 0.01 },
  ];
  const price = {
    inputMicros: 100_000,
    cachedInputMicros: 10_000,
    cacheWriteMicros: 100_000,
    outputMicros: 300_000,
  };
  expect(priceOf("openai/gpt-5-mini", settings)).toEqual(price);
  expect(priceOf("openai/llama3", settings)).toEqual(price);
  expect(priceOf("openai/gpt-5-mini", settings.slice(0, 1))).toMatchObject({ cachedInputMicros: 9_000_000 });
});

test("money is the least whole number of micro-USD that covers the tokens", () => {
  const amount = fc.integer({ min: 0, max: 200_000_000 });
  const tokens = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(
      fc.tuple(amount, amount, amount, amount),
      fc.tuple(tokens, tokens, tokens, tokens),
      (prices, counts) => {
        const [fresh, cached, written, output] = counts;
        const [inputMicros, cachedInputMicros, cacheWriteMicros, outputMicros] = prices;
        const price = { inputMicros, cachedInputMicros, cacheWriteMicros, outputMicros };
        const micros = costMicros(price, { input: fresh + cached + written, cached, written, output });
        const exact = prices.reduce((sum, one, index) => sum + BigInt(one) * BigInt(counts[index]!), 0n);
        expect(BigInt(micros)).toBe((exact + 999_999n) / 1_000_000n);
      },
    ),
  );
});
