import { expect, test } from "vitest";
import type { Answer, AskModel, Question } from "../../../src/performers/model/question.ts";
import { SharedCalls } from "../../../src/performers/model/shared-calls.ts";

const USAGE = { calls: 1, inputTokens: 10, outputTokens: 2, costMicros: 5 };
const TEXT: Answer = { kind: "text", text: "words", usage: USAGE };
const FAILED: Answer = {
  kind: "failed",
  failure: { code: "MODEL_UNAVAILABLE", message: "no", retryable: true },
  usage: { ...USAGE, inputTokens: 0, outputTokens: 0, costMicros: 0 },
};

const question = (content: string): Question => ({
  system: "s",
  messages: [{ role: "user", content }],
  schema: null,
});

/** A model whose calls the test answers. */
function modelInHand() {
  const calls: {
    readonly signal: AbortSignal;
    readonly emit: Parameters<AskModel>[2];
    answer(as: Answer): void;
  }[] = [];
  const ask: AskModel = (_, signal, emit) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    calls.push({ signal, emit, answer: resolve });
    return promise;
  };
  const shared = new SharedCalls().share(ask, { model: "m" });
  const by = (
    content: string,
    signal = new AbortController().signal,
    emit: Parameters<AskModel>[2] = () => {},
  ) => shared(question(content), signal, emit);
  return { calls, by };
}

test("identical questions under way are one call, whose usage one of them is told; another question is a call of its own (S1, S3)", async () => {
  const { calls, by } = modelInHand();
  const asked = [by("a"), by("a"), by("b"), by("a")];
  expect(calls).toHaveLength(2);
  for (const call of calls) call.answer(TEXT);
  const usages = (await Promise.all(asked)).map((answer) => answer.usage.calls);
  expect(usages).toEqual([1, 0, 1, 0]);
  const later = by("a");
  expect(calls).toHaveLength(3);
  calls[2]!.answer(TEXT);
  expect(await later).toEqual(TEXT);
});

test("who is cancelled takes nobody along, and leaves the bill to who still waits (S2, S3)", async () => {
  const { calls, by } = modelInHand();
  const leader = new AbortController();
  const [first, second] = [by("a", leader.signal), by("a")];
  leader.abort();
  expect(await first).toMatchObject({ kind: "failed", failure: { code: "CANCELLED" } });
  expect(calls[0]!.signal.aborted).toBe(false);
  calls[0]!.answer(TEXT);
  expect(await second).toEqual(TEXT);
});

test("a call that nobody waits for any more is aborted, and who asks then is not kept waiting for it (S2)", async () => {
  const { calls, by } = modelInHand();
  const controllers = [new AbortController(), new AbortController()];
  const asked = controllers.map(({ signal }) => by("a", signal));
  for (const controller of controllers) controller.abort();
  await Promise.all(asked);
  expect(calls[0]!.signal.aborted).toBe(true);
  const next = by("a");
  expect(calls).toHaveLength(2);
  calls[1]!.answer(TEXT);
  expect(await next).toEqual(TEXT);
});

test("a failure is one agent's: the others ask again, together (S1, S4)", async () => {
  const { calls, by } = modelInHand();
  const asked = [by("a"), by("a"), by("a")];
  calls[0]!.answer(FAILED);
  expect(await asked[0]).toEqual(FAILED);
  await Promise.resolve();
  expect(calls).toHaveLength(2);
  calls[1]!.answer(TEXT);
  expect((await Promise.all(asked.slice(1))).map(({ kind, usage }) => [kind, usage.calls])).toEqual([
    ["text", 1],
    ["text", 0],
  ]);
});

test("everybody who waits hears the words", async () => {
  const { calls, by } = modelInHand();
  const heard: string[] = [];
  const asked = [1, 2].map((who) =>
    by("a", undefined, (signal) => signal.type === "token" && heard.push(`${who} ${signal.text}`)),
  );
  calls[0]!.emit({ type: "token", text: "w" });
  calls[0]!.answer(TEXT);
  await Promise.all(asked);
  expect(heard).toEqual(["1 w", "2 w"]);
});
