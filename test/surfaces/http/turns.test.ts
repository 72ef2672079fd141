import { describe, expect, test } from "vitest";
import { Turns } from "../../../src/surfaces/http/turns.ts";

/** Turns whose clock and event loop go on when they are told to. */
function turns() {
  let nowMs = 0;
  const next: (() => void)[] = [];
  const done: (string | number)[] = [];
  const nextTurn = (work: () => void): (() => void) => {
    next.push(work);
    return () => {};
  };
  const one = new Turns({ nowMs: () => nowMs, nextTurn });
  const work = (name: string | number, ms: number) =>
    one.serve(() => {
      nowMs += ms;
      done.push(name);
      return name;
    });
  const turn = (): void => {
    for (const go of next.splice(0)) go();
  };
  return { serve: one, work, done, turn, next };
}

describe("what many want done", () => {
  test("is done in its order, so much of it in a turn of the event loop as takes some ms (Q1, Q2)", async () => {
    const { work, done, turn } = turns();
    const all = Promise.all([1, 2, 3, 4, 5, 6, 7].map((name) => work(name, 1)));
    expect(done).toEqual([1, 2, 3]);
    turn();
    expect(done).toEqual([1, 2, 3, 4, 5, 6]);
    void work("late", 0);
    turn();
    expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, "late"]);
    expect(await all).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("is done one in a turn where one takes longer than a turn should, and at once in the next one (Q2)", () => {
    const { work, done, turn, next } = turns();
    for (const name of ["a", "b"]) void work(name, 100);
    expect(done).toEqual(["a"]);
    turn();
    expect(done).toEqual(["a", "b"]);
    turn();
    void work("c", 100);
    expect(done).toEqual(["a", "b", "c"]);
    turn();
    expect(next).toEqual([]);
  });

  test("lets what it has set for the next turn go before more of it", () => {
    const { serve, work, done, turn, next } = turns();
    void serve.serve(() => void next.push(() => done.push("on its way")));
    for (const name of [1, 2, 3, 4]) void work(name, 1);
    turn();
    expect(done).toEqual([1, 2, 3, "on its way", 4]);
  });

  test("fails for him alone whose work throws, and may ask for more of it (Q1)", async () => {
    const { serve, work, done } = turns();
    const failing = serve.serve(() => {
      throw new Error("no");
    });
    const asking = serve.serve(() => {
      void work("inner", 0);
      done.push("outer");
    });
    await expect(failing).rejects.toThrow("no");
    await asking;
    expect(done).toEqual(["outer", "inner"]);
  });
});
