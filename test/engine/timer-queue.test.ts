import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimerQueue } from "../../src/engine/timer-queue.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { ManualClock } from "../support/manual-clock.ts";

function queue() {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const fired: [string, number][] = [];
  const timers = new TimerQueue<string>(clock, (id) => fired.push([id, clock.nowMs() - startMs]));
  const set = (id: string, inMs: number): void => timers.set(id, startMs + inMs);
  return { clock, timers, fired, set };
}

describe("a queue of deadlines", () => {
  test("fires each once, in order of time, equal ones in the order in which they were set (Q1)", () => {
    const { clock, fired, set } = queue();
    set("late", 30);
    set("early", 10);
    set("also early", 10);
    clock.advance(100);
    expect(fired).toEqual([
      ["early", 10],
      ["also early", 10],
      ["late", 30],
    ]);
    clock.advance(100);
    expect(fired).toHaveLength(3);
  });

  test("never fires before the time, nor what was cleared, whatever is set and cleared (Q1)", () => {
    const ops = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant("set" as const), id: fc.nat(9), inMs: fc.integer({ min: 1, max: 50 }) }),
        fc.record({ do: fc.constant("clear" as const), id: fc.nat(9), inMs: fc.constant(0) }),
        fc.record({ do: fc.constant("advance" as const), id: fc.constant(0), inMs: fc.nat(20) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ops, (all) => {
        const { clock, timers, fired, set } = queue();
        const expected: [string, number][] = [];
        let live: { id: string; atMs: number }[] = [];
        let nowMs = 0;
        for (const op of [...all, { do: "advance", id: 0, inMs: 200 } as const]) {
          const id = String(op.id);
          if (op.do !== "advance") live = live.filter((one) => one.id !== id);
          if (op.do === "set") {
            set(id, nowMs + op.inMs);
            live.push({ id, atMs: nowMs + op.inMs });
          } else if (op.do === "clear") {
            timers.clear(id);
          } else {
            clock.advance(op.inMs);
            nowMs += op.inMs;
            const due = live.filter(({ atMs }) => atMs <= nowMs);
            // A stable sort: of equal times, the one that was set first.
            expected.push(
              ...due.sort((a, b) => a.atMs - b.atMs).map(({ id, atMs }): [string, number] => [id, atMs]),
            );
            live = live.filter(({ atMs }) => atMs > nowMs);
          }
        }
        expect(fired).toEqual(expected);
        expect(clock.pending).toBe(0);
      }),
    );
  });

  test("does not fire when the clock wakes it too early (Q1)", () => {
    const wakes: (() => void)[] = [];
    let nowMs = 0;
    const hasty: Clock = {
      nowMs: () => nowMs,
      at: (_, wake) => {
        wakes.push(wake);
        return () => {};
      },
      nextTurn: () => () => {},
    };
    const fired: string[] = [];
    new TimerQueue<string>(hasty, (id) => fired.push(id)).set("a", 100);
    nowMs = 99;
    wakes.pop()!();
    expect(fired).toEqual([]);
    nowMs = 100;
    wakes.pop()!();
    expect(fired).toEqual(["a"]);
  });

  test("holds one wake of the clock, however many deadlines are set, and none when none is (Q2)", () => {
    const { clock, timers, set } = queue();
    for (let index = 0; index < 1_000; index++) set(`t${index}`, 1_000 - index);
    expect(clock.pending).toBe(1);
    for (let index = 0; index < 1_000; index++) timers.clear(`t${index}`);
    expect(clock.pending).toBe(0);
  });
});
