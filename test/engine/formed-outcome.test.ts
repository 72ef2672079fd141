import { describe, expect, test } from "vitest";
import { formedOutcome } from "../../src/engine/formed-outcome.ts";
import type { Outcome } from "../../src/plan/outcome.ts";

const SURE = { value: 1, source: "declared" };
const DONE = { kind: "completed", output: "x", confidence: SURE };
const USAGE = { calls: 1, inputTokens: 2, outputTokens: 3, costMicros: 4 };

describe("what a performer gives", () => {
  test.each([
    DONE,
    { ...DONE, data: null, artifacts: [{ path: "a", content: "", mediaType: "text/plain" }] },
    { ...DONE, claims: [{ subject: "port", value: 80 }], usage: USAGE, tainted: true },
    { kind: "failed", failure: { code: "NO", message: "no", retryable: false }, usage: USAGE },
    { kind: "asks", question: "May it?", state: null },
  ])("is handed on as it is when it is an outcome: %j", (given) => {
    expect(formedOutcome(given as Outcome)).toBe(given);
  });

  const circle: Record<string, unknown> = {};
  circle.itself = circle;
  test.each([
    [undefined, "`kind`", "got nothing"],
    [null, "`kind`", "got nothing"],
    ["done", "`kind`", "got nothing"],
    [{ kind: "complete", output: "x" }, "`kind`", 'got "complete"'],
    [{ kind: "toString" }, "`kind`", 'got "toString"'],
    [{ ...DONE, output: 5 }, "`output`", "got 5"],
    [{ kind: "completed", output: "x" }, "`confidence`", "got nothing"],
    [{ ...DONE, confidence: { value: 1, source: "sure" } }, "`confidence`", "checked, agreement"],
    [{ ...DONE, artifacts: [{ path: "a", content: Buffer.from("x") }] }, "`artifacts`", "path"],
    [{ ...DONE, artifacts: { path: "a" } }, "`artifacts`", "a list"],
    [{ ...DONE, claims: ["port"] }, "`claims`", "subject"],
    [{ ...DONE, usage: { calls: 1 } }, "`usage`", "inputTokens"],
    [{ ...DONE, output: circle }, "`output`", "got a object"],
    [{ ...DONE, output: 1n }, "`output`", "got a bigint"],
    [{ kind: "failed" }, "`failure`", "got nothing"],
    [{ kind: "failed", failure: { code: "NO", message: "no" } }, "`failure`", "retryable"],
    [{ kind: "asks" }, "`question`", "got nothing"],
  ])("is a crash that says what is wrong when it is none: %o", (given, member, told) => {
    const outcome = formedOutcome(given as unknown as Outcome);
    expect(outcome).toMatchObject({
      kind: "failed",
      failure: { code: "PERFORMER_CRASHED", retryable: true },
    });
    const { message } = (outcome as Extract<Outcome, { kind: "failed" }>).failure;
    expect(message).toContain(member);
    expect(message).toContain(told);
  });
});
