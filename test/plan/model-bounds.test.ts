import { expect, test } from "vitest";
import type { Bounds } from "../../src/plan/plan.ts";
import { planOf, registryOf } from "../support/compile.ts";

function template(name: string, steps: string): string {
  return `name: ${name}
version: 1.0.0
description: For bounds
category: testing
parameters: { topic: { type: any, position: 1, default: x } }
defaults: { retry: { attempts: 2, backoff: none }, duration: 1s, timeout: 1m }
steps:
${steps}
`;
}

const ONE = template("ONE", "  a: { agent: worker, prompt: p }");
const PAIR = template(
  "PAIR",
  '  a: { agent: worker, prompt: p }\n  b: { agent: worker, needs: [a], prompt: "{{ steps.a.output }}" }',
);
const APART = template(
  "APART",
  "  a: { agent: worker, prompt: p }\n  b: { agent: worker, needs: [a], prompt: p }",
);
const FORMED = template("FORMED", "  a: { agent: worker, prompt: p, output: { type: object } }");
const NESTING = template(
  "NESTING",
  '  a: { agent: worker, prompt: p }\n  b: { template: ONE, needs: [a], with: { topic: "{{ steps.a.output }}" } }',
);
const registry = registryOf([ONE, PAIR, APART, FORMED, NESTING]);

/** 1 and 2 USD for a million tokens: one and two micro-USD for each. */
const PRICE = { inputMicros: 1_000_000, outputMicros: 2_000_000 };

function boundsOf(program: string, price: typeof PRICE | null = PRICE): Bounds {
  const models = { usual: "x/y", fault: () => null, terms: () => ({ maxOutputTokens: 2_000, price }) };
  return planOf(program, registry, { modelPerformers: ["draft"], models }).bounds;
}

test("every attempt may write as much as an answer may have, and money follows the tokens", () => {
  const { calls, tokens, costMicros } = boundsOf("ABYSSAL[ONE]()");
  expect(calls).toEqual({ atLeast: 1, expected: 1, atMost: 2 });
  const input = tokens.atMost / 2 - 2_000;
  expect(input).toBeGreaterThan(300);
  expect(tokens.expected).toBe(input + 1_000);
  expect(costMicros).toEqual({ atLeast: 1, expected: input + 2_000, atMost: 2 * (input + 4_000) });
});

test("data by a schema may take a second call in every attempt", () => {
  expect(boundsOf("ABYSSAL[FORMED]()").calls.atMost).toBe(4);
  expect(boundsOf("ABYSSAL[FORMED]()").tokens.atMost).toBe(2 * boundsOf("ABYSSAL[ONE]()").tokens.atMost);
});

test("a result that a prompt reads counts at what a model may write", () => {
  const [read, unread] = [boundsOf("ABYSSAL[PAIR]()"), boundsOf("ABYSSAL[APART]()")];
  const prompt = 5; // "{{ steps.a.output }}" against "p", in tokens
  expect(read.tokens.expected - unread.tokens.expected).toBe(1_000 + prompt - 1);
  expect(read.tokens.atMost - unread.tokens.atMost).toBe(2 * (2_000 + prompt - 1));
});

test("a command as a value, and a nested template's parameter, count as what they may become", () => {
  const plain = 2 * boundsOf("ABYSSAL[ONE]()").tokens.atMost;
  expect(boundsOf("ABYSSAL[ONE](ABYSSAL[ONE]())").tokens.atMost - plain).toBeGreaterThanOrEqual(2 * 2_000);
  expect(boundsOf("ABYSSAL[NESTING]()").tokens.atMost - plain).toBeGreaterThanOrEqual(2 * 2_000);
});

test("without a price no money is counted", () => {
  expect(boundsOf("ABYSSAL[PAIR]()", null).costMicros).toEqual({ atLeast: 0, expected: 0, atMost: 0 });
});
