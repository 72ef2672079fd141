import { expect, test } from "vitest";
import { parseExpression, parseText, pathsRead, pathsReadBy } from "../../src/templates/expression-parser.ts";
import { ParseCache } from "../../src/templates/parse-cache.ts";

test("a text is parsed once while it is held", () => {
  const cache = new ParseCache<object>();
  const first = cache.get("a", () => ({}));
  expect(cache.get("a", () => ({}))).toBe(first);
});

test("I1 the longest unused entry goes when there are too many", () => {
  const cache = new ParseCache<object>();
  const kept = cache.get("kept", () => ({}));
  const dropped = cache.get("dropped", () => ({}));
  for (let index = 0; index < 1_999; index++) {
    cache.get("kept", () => ({}));
    cache.get(`text ${index}`, () => ({}));
  }
  expect(cache.size).toBe(2_000);
  expect(cache.get("kept", () => ({}))).toBe(kept);
  expect(cache.get("dropped", () => ({}))).not.toBe(dropped);
});

test("I1 long texts go before there are too many of them", () => {
  const cache = new ParseCache<object>();
  for (let index = 0; index < 20; index++) cache.get(String(index).padEnd(1_000_000), () => ({}));
  expect(cache.size).toBe(8);
});

test("I2 a text that cannot be parsed is tried again", () => {
  const cache = new ParseCache<number>();
  const failing = (): number => {
    throw new SyntaxError("no");
  };
  expect(() => cache.get("a", failing)).toThrow("no");
  expect(cache.size).toBe(0);
  expect(cache.get("a", () => 1)).toBe(1);
});

test("what a text or an expression reads is found out once while it is held", () => {
  const text = "{{ topic }} and {{ steps.first.output }}";
  expect(pathsRead(parseText(text).parts)).toEqual([["topic"], ["steps", "first", "output"]]);
  expect(pathsRead(parseText(text).parts)).toBe(pathsRead(parseText(text).parts));
  expect(pathsReadBy(parseExpression("topic == 'x'"))).toEqual([["topic"]]);
  expect(pathsReadBy(parseExpression("topic == 'x'"))).toBe(pathsReadBy(parseExpression("topic == 'x'")));
});
