import { expect, test } from "vitest";
import { type AgentFunction, createFunctionPerformer } from "../../src/performers/function.ts";
import type { Outcome } from "../../src/plan/outcome.ts";
import type { JsonObject } from "../../src/shared/json.ts";
import { NO_BOARD } from "../support/no-board.ts";
import { taskFor } from "../support/task-for.ts";

function call(functions: Record<string, AgentFunction>, options: JsonObject): Promise<Outcome> {
  const task = taskFor({ performer: "function", options, parameters: { x: 2 }, timeoutMs: 1_000 });
  return createFunctionPerformer(functions).perform(task, {
    signal: new AbortController().signal,
    idempotencyKey: task.idempotencyKey,
    emit: () => {},
    board: NO_BOARD,
  });
}

test("a text becomes the output", async () => {
  expect(await call({ hello: () => "hi" }, { name: "hello" })).toMatchObject({
    kind: "completed",
    output: "hi",
    confidence: { source: "declared" },
  });
});

test("a JSON value becomes the data, shown in the output", async () => {
  const outcome = await call(
    { double: async (task) => ({ value: Number(task.parameters.x) * 2 }) },
    { name: "double" },
  );
  expect(outcome).toMatchObject({ data: { value: 4 } });
  expect(outcome).toHaveProperty("output", '```json\n{\n  "value": 4\n}\n```');
});

test("an outcome is handed on as it is", async () => {
  const done: Outcome = { kind: "completed", output: "x", confidence: { value: 0.3, source: "checked" } };
  const refused: Outcome = { kind: "failed", failure: { code: "NO", message: "no", retryable: false } };
  expect(await call({ f: () => done }, { name: "f" })).toBe(done);
  expect(await call({ f: () => refused }, { name: "f" })).toBe(refused);
  const asks: Outcome = { kind: "asks", question: "May it?", state: { step: 1 } };
  expect(await call({ f: () => asks }, { name: "f" })).toBe(asks);
});

test("nothing returned is an empty output, not a failure", async () => {
  expect(await call({ f: () => undefined }, { name: "f" })).toMatchObject({ output: "", data: null });
});

test("an unknown name fails with the nearest one", async () => {
  expect(await call({ "audit.scan": () => "" }, { name: "audit.scn" })).toMatchObject({
    failure: { code: "FUNCTION_UNKNOWN", retryable: false, hint: "did you mean `audit.scan`?" },
  });
  expect(await call({ f: () => "" }, { name: "toString" })).toMatchObject({
    failure: { code: "FUNCTION_UNKNOWN" },
  });
  expect(await call({}, {})).toMatchObject({ failure: { code: "FUNCTION_UNKNOWN" } });
});

test("a thrown error fails, retryable, with its stack", async () => {
  const outcome = await call(
    {
      f: () => {
        throw new RangeError("too far");
      },
    },
    { name: "f" },
  );
  expect(outcome).toMatchObject({
    failure: { code: "FUNCTION_FAILED", message: "`f` threw: too far", retryable: true },
  });
  expect(JSON.stringify(outcome)).toContain("RangeError: too far");
});

test.each([
  [null, "null"],
  ["in words", "in words"],
  [{ code: 7, message: "no route" }, "no route"],
  [{ code: 7 }, '{"code":7}'],
  [Object.assign(Object.create(null), { big: 1n }), "what cannot be told in words"],
])("what is thrown and no Error is told in words: %#", async (thrown, words) => {
  const f = () => {
    throw thrown;
  };
  expect(await call({ f }, { name: "f" })).toMatchObject({
    failure: { code: "FUNCTION_FAILED", message: `\`f\` threw: ${words}` },
  });
});

test("a result that JSON cannot hold fails", async () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  for (const value of [loop, 1n, () => 1, new Map([[1, 2]]), { of: new Set([1]) }, new Error("mine")]) {
    expect(await call({ f: () => value }, { name: "f" })).toMatchObject({
      failure: { code: "FUNCTION_RESULT" },
    });
  }
});
