import { describe, expect, test } from "vitest";
import {
  statedInData,
  statedInText,
  withConfidence,
} from "../../../src/performers/model/stated-confidence.ts";

describe("how sure a text says that it is", () => {
  test.each([
    ["Words.\n\nConfidence: 0.8", "Words.", 0.8],
    ["Words.\n**Confidence:** 0.35\n", "Words.", 0.35],
    ["Words.\n- confidence = .5", "Words.", 0.5],
    ["Words.\nConfidence: 85%", "Words.", 0.85],
    ["Words.\nConfidence: 1", "Words.", 1],
    ["Words.\n`Confidence: 0`", "Words.", 0],
  ])("%j", (said, text, confidence) => {
    expect(statedInText(said)).toEqual({ text, confidence });
  });

  test.each([
    "Words.",
    "Confidence: 0.8 is what I would say, but who knows.",
    "Confidence: 0.8\n\nWords after it.",
    "Words.\nConfidence: high",
    "Words.\nConfidence: 1.5",
    "Words.\nOverconfidence: 0.8",
  ])("is not told by %j, which stays as it is", (text) => {
    expect(statedInText(text)).toEqual({ text, confidence: null });
  });

  test("is above 100% by nobody", () => {
    expect(statedInText("Words.\nConfidence: 250%").confidence).toBeNull();
  });
});

describe("data with how sure it is", () => {
  const schema = { type: "object", properties: { score: { type: "integer" } } };

  test("is asked for beside the data, and taken off", () => {
    expect(withConfidence(schema)).toMatchObject({
      type: "object",
      required: ["answer", "confidence"],
      properties: { answer: schema, confidence: { type: "number", minimum: 0, maximum: 1 } },
    });
    const told = { answer: { score: 7 }, confidence: 0.4 };
    expect(statedInData(told, schema)).toEqual({ data: { score: 7 }, confidence: 0.4 });
  });

  test("keeps definitions where references find them", () => {
    const defined = {
      type: "object",
      properties: { a: { $ref: "#/$defs/A" } },
      $defs: { A: { type: "string" } },
    };
    expect(withConfidence(defined)).toMatchObject({ $defs: { A: { type: "string" } } });
  });

  test("is not asked for where a schema refers to its own root", () => {
    const tree = { type: "object", properties: { children: { type: "array", items: { $ref: "#" } } } };
    expect(withConfidence(tree)).toBe(tree);
    expect(statedInData({ children: [] }, tree)).toEqual({ data: { children: [] }, confidence: null });
  });
});
