import { describe, expect, test } from "vitest";
import { renderPrompt } from "../../src/templates/prompt-text.ts";

const LINES =
  "Analyse: {{ topic }}\nKnown findings: {{ findings | json }}\nKnown health: {{ health }}\nGive a score.\n";
const SENTENCES =
  "Plan: {{ topic }}\nMetrics: {{ metrics | json }}. Goal: {{ goal }}. Must not get worse: {{ constraints | json }}.\nBe brief.\n";

describe("a labelled expression that gives nothing is left out of a prompt", () => {
  test.each<[string, string, object, string]>([
    ["with its line", LINES, { topic: "x" }, "Analyse: x\nGive a score.\n"],
    ["while others stay", LINES, { topic: "x", health: 0 }, "Analyse: x\nKnown health: 0\nGive a score.\n"],
    [
      "as JSON of nothing too",
      LINES,
      { topic: "x", findings: {}, health: "" },
      "Analyse: x\nGive a score.\n",
    ],
    ["at the beginning and the end", "A: {{ a }}\nB.\nC: {{ c }}", {}, "B.\n"],
    ["alone", "A: {{ a }}", {}, ""],
    [
      "at the end of its line, others before it",
      SENTENCES,
      { topic: "x", metrics: ["p99"] },
      'Plan: x\nMetrics: ["p99"].\nBe brief.\n',
    ],
    [
      "at the beginning of its line, others after it",
      SENTENCES,
      { topic: "x", goal: "1 s" },
      "Plan: x\nGoal: 1 s.\nBe brief.\n",
    ],
    [
      "between others",
      SENTENCES,
      { topic: "x", metrics: [1], constraints: [2] },
      "Plan: x\nMetrics: [1]. Must not get worse: [2].\nBe brief.\n",
    ],
    ["as often as there are any in a line", SENTENCES, { topic: "x" }, "Plan: x\nBe brief.\n"],
    [
      "with a label that is a word in a list",
      "- Port: {{ port }}\n- Host: {{ host }}\n",
      { host: "h" },
      "- Host: h\n",
    ],
  ])("%s", (_, template, scope, text) => {
    expect(renderPrompt(template, scope as Record<string, unknown>)).toEqual({ ok: true, value: text });
  });
});

test.each<[string, string, object, string]>([
  ["an expression without a label", "Write it in {{ language }}.\n", {}, "Write it in .\n"],
  ["one in the midst of a sentence", "Use {{ a }} and this: {{ b }}\n", { a: "x" }, "Use x and this: \n"],
  ["a heading over an empty text", "The design:\n\n{{ design }}\n", {}, "The design:\n\n\n"],
  ["a text that only reads as nothing", "Say: {{ word }}\n", { word: "null" }, "Say: null\n"],
  ["false and 0", "A: {{ a }}. B: {{ b }}.\n", { a: false, b: 0 }, "A: false. B: 0.\n"],
  ["what a condition leaves out", "A: {% if a %}{{ a }}{% endif %}\n", {}, "A: \n"],
  ["a text without expressions", "Goal: \n", {}, "Goal: \n"],
])("%s stays as it is", (_, template, scope, text) => {
  expect(renderPrompt(template, scope as Record<string, unknown>)).toEqual({ ok: true, value: text });
});

test("what an expression gives is never read as a label", () => {
  const told = renderPrompt("Notes: {{ notes }}\n{{ more }}\n", { notes: "x.\nKey: ", more: "" });
  expect(told).toEqual({ ok: true, value: "Notes: x.\nKey: \n\n" });
});

test("a prompt that cannot be rendered says why", () => {
  expect(renderPrompt("A: {{ a | nope }}", {})).toMatchObject({
    ok: false,
    error: { code: "EXPRESSION_SYNTAX" },
  });
});
