import { describe, expect, test } from "vitest";
import type { Question } from "../../../src/actors/question.ts";
import { readDecision } from "../../../src/surfaces/cli/approvals.ts";
import { untilText, waitingRows } from "../../../src/surfaces/cli/asking-text.ts";

const PICK: Question = { path: "a", asks: "answer", question: "Which?", choices: ["10", "red", "Blue"] };

describe("what is typed", () => {
  test.each([
    ["10", "10"],
    [" red ", "red"],
    ["BLUE", "Blue"],
    ["2", "red"],
    ["3", "Blue"],
  ])("as %j is the choice %j: by its text before its number", (typed, answer) => {
    expect(readDecision(PICK, typed)).toEqual({ approved: true, answer });
  });

  test.each(["", "0", "4", "green", "-1", "1.5"])("as %j is no choice, and is asked for again", (typed) => {
    expect(readDecision(PICK, typed)).toBeNull();
  });

  test("is any text where there are no choices, but not none", () => {
    const free: Question = { path: "a", asks: "answer", question: "Why?" };
    expect(readDecision(free, " because ")).toEqual({ approved: true, answer: "because" });
    expect(readDecision(free, "  ")).toBeNull();
  });

  test.each([
    ["y", true],
    ["YES", true],
    ["", false],
    ["yesterday", false],
  ])("as %j lets an agent run: %s", (typed, approved) => {
    expect(readDecision({ path: "a", asks: "approval", question: "May it?" }, typed)).toEqual({ approved });
  });
});

test("what waits is told with its end: the default, and that it holds once the time is over", () => {
  const untilMs = Date.UTC(2026, 0, 2);
  const question: Question = { ...PICK, untilMs, otherwise: { answer: "red" } };
  expect(untilText(question, untilMs - 3_600_000)).toBe(
    '2026-01-02 00:00:00 UTC (in 1 h 00 m): then the answer is "red", as soon as the run is resumed',
  );
  expect(waitingRows("r_1", [question], untilMs)).toEqual([
    ["waits for", "a: Which?"],
    ["until", '2026-01-02 00:00:00 UTC, which is over: the answer is "red"'],
    ["go on", "abyssal resume r_1"],
  ]);
  expect(waitingRows("r_1", [PICK], 0)).toEqual([
    ["waits for", "a: Which?"],
    ["go on", "abyssal approve r_1 a --answer 10 | red | Blue (or --no)"],
  ]);
});

test("a choice is shown so that a shell that it is copied to reads it as nothing else", () => {
  const choices = ["$(id)", "it's `me`", "a b"];
  expect(waitingRows("r_1", [{ ...PICK, choices }], 0)[1]).toEqual([
    "go on",
    "abyssal approve r_1 a --answer '$(id)' | 'it'\\''s `me`' | 'a b' (or --no)",
  ]);
  const [, [, withControls]] = waitingRows("r_1", [{ ...PICK, choices: ["red", "\u001b[2J"] }], 0) as [
    unknown,
    [string, string],
  ];
  expect(withControls).toBe("abyssal approve r_1 a --answer TEXT (or --no)");
});
