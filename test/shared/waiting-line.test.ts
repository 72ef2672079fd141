import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { WaitingLine } from "../../src/shared/waiting-line.ts";

test("who waits is woken once, by the turn or by the signal, and is in the line until then (L1)", async () => {
  let left = 0;
  const line = new WaitingLine<string, string>("aborted", () => left++);
  const controllers = ["a", "b", "c"].map(() => new AbortController());
  const woken = controllers.map(({ signal }, at) => line.join(signal, "abc"[at]!));
  expect([line.length, line.first]).toEqual([3, "a"]);
  controllers[1]!.abort();
  expect([line.length, left]).toEqual([2, 1]);
  expect(line.wakeFirst("turn")).toBe(true);
  controllers[0]!.abort();
  expect([line.length, line.first, left]).toEqual([1, "c", 1]);
  line.wakeAll("all");
  expect([line.length, line.wakeFirst("nobody")]).toEqual([0, false]);
  expect(await Promise.all(woken)).toEqual(["turn", "aborted", "all"]);
  expect(await line.join(AbortSignal.abort(), "d")).toBe("aborted");
  expect(line.length).toBe(0);
});

test("no listener is left on a signal once its call has been woken (L2)", async () => {
  const line = new WaitingLine<string>("aborted");
  const { signal } = new AbortController();
  for (let call = 0; call < 3; call++) {
    const woken = line.join(signal, null);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    line.wakeFirst("turn");
    await woken;
    expect(getEventListeners(signal, "abort")).toEqual([]);
  }
});
