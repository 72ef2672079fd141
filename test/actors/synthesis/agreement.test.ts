import { describe, expect, test } from "vitest";
import { likeness, measureAgreement } from "../../../src/actors/synthesis/agreement.ts";
import { agent, chain, replicas } from "../../support/plans.ts";
import { completed } from "../../support/scripted-performer.ts";
import { aResult } from "./a-result.ts";
import { answerOf, claims, gives, says } from "./answer-of.ts";

describe("how far agents on the same work agree", () => {
  test("is the mean over their pairs, field by field where all gave data", () => {
    const answer = answerOf([replicas("w", 3)], {
      "w/0": gives({ size: 3, ok: true }),
      "w/1": gives({ size: 3, ok: false }),
      "w/2": gives({ size: 4, ok: true }),
    });
    // Pairs agree on 1, 1 and 0 of 2 fields.
    expect(answer.agreements).toEqual([{ path: "w", agents: 3, value: 0.333, of: "data" }]);
  });

  test("is how alike their texts are worded where one of them gave only text", () => {
    const answer = answerOf([replicas("w", 2)], { "w/0": says("a b c"), "w/1": says("a b d") });
    expect(answer.agreements).toEqual([{ path: "w", agents: 2, value: 0.5, of: "text" }]);
  });

  test("is not measured between agents that have different work, or where only one ended well", () => {
    expect(answerOf([agent("a"), agent("b")]).agreements).toEqual([]);
    const one = measureAgreement([aResult("w/0")], () => "w");
    expect(one).toEqual([]);
  });

  test.each([
    ["equal objects", { a: 1 }, { a: 1 }, 1],
    ["a field that one has not", { a: 1 }, { a: 1, b: 2 }, 0.5],
    ["lists by what they have in common", ["a", "b"], ["b", "c"], 0.5],
    ["lists with one element twice", ["a", "a"], ["a"], 2 / 3],
    ["empty lists", [], [], 1],
    ["different kinds", [1], { 0: 1 }, 0],
    ["short texts: the same or not", "left", "left now", 0],
    ["prose by its wording", "a b c d e f g h i", "a b c d e f g h j", 0.8],
  ])("%s", (_, one, other, expected) => {
    expect(likeness(one, other)).toBeCloseTo(expected, 10);
  });
});

describe("the agreement in the quality", () => {
  const three = [chain("g", [agent("a"), agent("b"), agent("c")], { role: "command" })];

  test("is the share of pairs that agree, not all or nothing", () => {
    const answer = answerOf(three, {
      "g/a": claims("db", "pg"),
      "g/b": claims("db", "pg"),
      "g/c": claims("db", "my"),
    });
    expect(answer.quality.agreement).toBe(0.333);
  });

  test("counts first-hand voices only: who could see another may have repeated it", () => {
    const roots = [chain("g", [agent("a"), agent("b", { needs: ["a"] })], { role: "command" })];
    const answer = answerOf(roots, { "g/a": claims("db", "pg"), "g/b": claims("db", "pg") });
    expect(answer.quality.agreement).toBeNull();
  });

  test("counts nothing where only drafts speak", () => {
    const draft = completed("", {
      claims: [{ subject: "db", value: "pg" }],
      confidence: { value: 0.4, source: "draft" },
    });
    const answer = answerOf(three, { "g/a": draft, "g/b": draft });
    expect(answer.quality.agreement).toBeNull();
  });
});
