import { expect, test } from "vitest";
import { AttemptCalls, type SaidOfCall } from "../../src/engine/attempt-calls.ts";

const BOUND = { tokens: 10, costMicros: 3 };
const TOOK = { tokens: 4, costMicros: 1 };
const REFUSAL = { code: "BUDGET_EXCEEDED", message: "no room", retryable: false };

function attempt(isBudgeted?: true) {
  const said: SaidOfCall[] = [];
  const controller = new AbortController();
  const calls = new AttemptCalls(
    (one) => said.push(one),
    { path: "a", attempt: 2, ...(isBudgeted ? { isBudgeted } : {}) },
    controller.signal,
  );
  return { said, calls, controller };
}

const types = (said: readonly SaidOfCall[]): readonly string[] =>
  said.map(({ type, call }) => `${type} ${call}`);

test("a call is asked for by its number, may be made once it is answered, and is settled once (C1, C2)", async () => {
  const { said, calls } = attempt(true);
  const [first, second] = [calls.reserve(BOUND), calls.reserve(BOUND)];
  calls.answer(1, null);
  calls.answer(2, REFUSAL);
  const reserved = await first;
  if ("code" in reserved) throw new Error("it was allowed");
  reserved.settle(TOOK);
  reserved.settle(BOUND);
  expect(await second).toEqual(REFUSAL);
  expect(said).toEqual([
    { type: "call.requested", path: "a", attempt: 2, call: 1, bound: BOUND },
    { type: "call.requested", path: "a", attempt: 2, call: 2, bound: BOUND },
    { type: "call.settled", path: "a", attempt: 2, call: 1, took: TOOK },
  ]);
});

test("who waits when the attempt is to stop is told so, and nothing of it reaches the run any more (C1, C2)", async () => {
  const { said, calls, controller } = attempt(true);
  const made = calls.reserve(BOUND);
  calls.answer(1, null);
  const reserved = await made;
  const waiting = calls.reserve(BOUND);
  controller.abort();
  await expect(waiting).rejects.toThrow(/abort/);
  await expect(calls.reserve(BOUND)).rejects.toThrow(/abort/);
  if (!("code" in reserved)) reserved.settle(TOOK);
  expect(types(said)).toEqual(["call.requested 1", "call.requested 2"]);
});

test("an answer that comes with the order to stop does not let the call be made (C1)", async () => {
  const { calls, controller } = attempt(true);
  const made = calls.reserve(BOUND);
  calls.answer(1, null);
  controller.abort();
  await expect(made).rejects.toThrow(/abort/);
});

test("an attempt that is over asks for nothing (C2)", async () => {
  const { said, calls } = attempt(true);
  calls.close(new Error("over"));
  await expect(calls.reserve(BOUND)).rejects.toThrow(/over/);
  expect(said).toEqual([]);
});

test("where no budget governs the attempt a call may be made at once, and is told of all the same (C1)", async () => {
  const { said, calls } = attempt();
  const reserved = await calls.reserve(BOUND);
  if ("code" in reserved) throw new Error("it was allowed");
  reserved.settle(TOOK);
  expect(types(said)).toEqual(["call.requested 1", "call.settled 1"]);
});

test("where no budget governs the attempt nothing of it reaches the run either once it is to stop (C2)", async () => {
  const { said, calls, controller } = attempt();
  const reserved = await calls.reserve(BOUND);
  controller.abort();
  if (!("code" in reserved)) reserved.settle(TOOK);
  await expect(calls.reserve(BOUND)).rejects.toThrow(/abort/);
  expect(types(said)).toEqual(["call.requested 1"]);
});
