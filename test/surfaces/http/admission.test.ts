import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Identity } from "../../../src/surfaces/http/identity.ts";
import { RequestRate } from "../../../src/surfaces/http/request-rate.ts";
import { RunQueue } from "../../../src/surfaces/http/run-queue.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** A queue whose runs begin in a list, `room` of them at most; to begin one takes `beginMs`. */
function queue(room: number, { max = 1_000, beginMs = 10 } = {}) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const one = new RunQueue({
    clock,
    max: () => max,
    hasRoom: () => begun.length < room,
    calm: () => Promise.resolve(),
    begin: (runId) => {
      begun.push(runId);
      clock.advance(beginMs);
    },
  });
  const arrive = (...runIds: string[]): void => {
    for (const runId of runIds) {
      one.arriving();
      one.add(runId);
    }
    one.pump();
  };
  return { clock, begun, queue: one, arrive };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `r_${n}`);

describe("runs that wait for their turn", () => {
  test("D6 begin in their order, one a turn where that takes long, as long as there is room", async () => {
    const { begun, queue: one, arrive } = queue(3);
    arrive(...names(5));
    expect(begun).toEqual([]);
    await nextTurn();
    expect(begun).toEqual(["r_0"]);
    await nextTurn();
    await nextTurn();
    await nextTurn();
    expect([begun, one.size]).toEqual([["r_0", "r_1", "r_2"], 2]);
  });

  test("D6 begin in their order, several in a turn of 4 ms, as long as there is room", async () => {
    const { begun, queue: one, arrive } = queue(6, { beginMs: 1 });
    arrive(...names(8));
    await nextTurn();
    expect(begun).toEqual(names(4));
    await nextTurn();
    expect([begun, one.size]).toEqual([names(6), 2]);
  });

  test("D6 begin once a turn where one that could not begin comes back to the queue", async () => {
    const { clock } = queue(1);
    const tried: string[] = [];
    const one = new RunQueue({
      clock,
      max: () => 1_000,
      hasRoom: () => true,
      calm: () => Promise.resolve(),
      begin: (runId) => {
        tried.push(runId);
        one.add(runId);
      },
    });
    for (const name of names(2)) one.add(name);
    one.pump();
    await nextTurn();
    expect(tried).toEqual(names(2));
    await nextTurn();
    expect(tried).toEqual([...names(2), ...names(2)]);
    one.close();
  });

  test("D6 begin now and then only while many come, all again when fewer do, or when half of the places are taken", async () => {
    const { clock, begun, arrive } = queue(1_000);
    for (let stretch = 0; stretch < 10; stretch++) {
      arrive(...names(30).map((name) => `${stretch}${name}`));
      for (let look = 0; look < 10; look++) {
        clock.advance(10);
        await nextTurn();
      }
    }
    expect(begun.length).toBeGreaterThan(2);
    expect(begun.length).toBeLessThanOrEqual(6);
    clock.advance(200);
    for (let turn = 0; turn < 400; turn++) await nextTurn();
    expect(begun).toHaveLength(300);
    const full = queue(1_000, { max: 80 });
    full.arrive(...names(60));
    for (let turn = 0; turn < 400; turn++) await nextTurn();
    expect(full.begun.length).toBeGreaterThanOrEqual(20);
  });

  test("D4 begin no more once it is closed, not even who was about to", async () => {
    const { begun, queue: one, arrive } = queue(3);
    arrive("r_0");
    one.close();
    arrive("r_1");
    await nextTurn();
    expect(begun).toEqual([]);
  });
});

const caller = (subject: string): Identity => ({ subject, tenant: "default", role: "viewer" });

describe("what holds callers to so many requests a minute", () => {
  test("M1 refuses who asks more, says when to come again, and lets him in then; others are not counted", () => {
    const clock = new ManualClock();
    const rate = new RequestRate(() => 2, clock);
    rate.count(caller("a"));
    clock.advance(20_000);
    rate.count(caller("a"));
    const again = caller("a");
    expect(() => rate.count(again)).toThrow(
      expect.objectContaining({ code: "RATE_LIMITED", retryAfterS: 40 }),
    );
    rate.count(caller("b"));
    clock.advance(40_000);
    rate.count(again);
    rate.count(caller("a"));
    expect(() => rate.count(again)).toThrow("too many requests");
  });

  test("M1 lets in after a minute also who was refused before the clock was set back", () => {
    const clock = new ManualClock();
    const rate = new RequestRate(() => 1, clock);
    const again = caller("a");
    rate.count(again);
    clock.set(clock.nowMs() - 3_600_000);
    expect(() => rate.count(again)).toThrow("too many requests");
    clock.advance(60_000);
    rate.count(again);
  });

  test("M2 forgets who came first when there are too many", () => {
    const rate = new RequestRate(() => 1, new ManualClock());
    rate.count(caller("first"));
    for (let n = 0; n < 5_000; n++) rate.count(caller(`caller ${n}`));
    rate.count(caller("first"));
    expect(() => rate.count(caller("caller 4999"))).toThrow("too many requests");
  });
});
