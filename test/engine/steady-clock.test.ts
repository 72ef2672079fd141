import { expect, test } from "vitest";
import { SteadyClock } from "../../src/engine/steady-clock.ts";
import { TimerQueue } from "../../src/engine/timer-queue.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { Randomness } from "../simulation/randomness.ts";
import { SimulatedTime } from "../simulation/simulated-time.ts";
import { ManualClock } from "../support/manual-clock.ts";

test("goes on when the clock under it is set back, and never back (Y1)", () => {
  const clock = new ManualClock();
  const steady = new SteadyClock(clock);
  const beganMs = steady.nowMs();
  clock.set(beganMs - 3_600_000);
  expect(steady.nowMs()).toBe(beganMs);
  clock.advance(50);
  expect(steady.nowMs()).toBe(beganMs + 50);
  clock.set(clock.nowMs() + 1_000);
  expect(steady.nowMs(), "as far as clocks drift").toBe(beganMs + 1_050);
});

test("begins no earlier than it is told (Y1)", () => {
  const clock = new ManualClock();
  const steady = new SteadyClock(clock, clock.nowMs() + 500);
  const beganMs = steady.nowMs();
  expect(beganMs).toBe(clock.nowMs() + 500);
  clock.advance(10);
  expect(steady.nowMs()).toBe(beganMs + 10);
});

test.each([
  [0, 10_000],
  [-3_600_000, 10_000],
  [3_600_000, 10_000],
  [500, 10_000],
  [-500, 10_500],
])("a span of 10 s, in whose middle the clock is set by %d ms, takes %d ms (Y2)", (byMs, wantedMs) => {
  // As on the machine, its timers count spans, whatever the clock is set to.
  const time = new SimulatedTime(new Randomness(0));
  const steady = new SteadyClock(time.clockOf({ state: "up", held: [] }));
  let wokenAtMs = 0;
  steady.at(steady.nowMs() + 10_000, () => {
    wokenAtMs = time.nowMs;
  });
  time.after(3_500, () => time.jump(byMs));
  while (time.step());
  expect(wokenAtMs).toBe(wantedMs);
});

test.each([-3_600_000, 3_600_000])(
  "two spans of 2 and 10 s, while the clock is set by %d ms, end 8 s after each other (Y2)",
  (byMs) => {
    const time = new SimulatedTime(new Randomness(0));
    const steady = new SteadyClock(time.clockOf({ state: "up", held: [] }));
    const firedAtMs: number[] = [];
    const queue = new TimerQueue<string>(steady, () => firedAtMs.push(time.nowMs));
    queue.set("backoff", steady.nowMs() + 2_000);
    queue.set("timeout", steady.nowMs() + 10_000);
    time.after(500, () => time.jump(byMs));
    while (time.step());
    expect(firedAtMs[1]! - firedAtMs[0]!).toBe(8_000);
  },
);

test("what a machine slept through is no time of what waits, what a process was busy for is (Y2)", () => {
  const clock = new ManualClock();
  const steady = new SteadyClock(clock);
  const beganMs = steady.nowMs();
  clock.set(clock.nowMs() + 3_600_000);
  expect(steady.nowMs() - beganMs).toBe(0);
  clock.advance(60_000);
  expect(steady.nowMs() - beganMs).toBe(60_000);
});

test("a clock that knows no more than the time is followed, but never back (Y1)", () => {
  let nowMs = 1_000;
  const { at, nextTurn } = systemClock;
  const steady = new SteadyClock({ nowMs: () => nowMs, at, nextTurn });
  nowMs += 5_000;
  expect(steady.nowMs()).toBe(6_000);
  nowMs -= 5_000;
  expect(steady.nowMs()).toBe(6_000);
  nowMs += 10;
  expect(steady.nowMs()).toBe(6_010);
});

test("a wake that was called off does not come", () => {
  const clock = new ManualClock();
  const steady = new SteadyClock(clock);
  let woken = 0;
  const disarm = steady.at(steady.nowMs() + 5_000, () => woken++);
  clock.advance(4_000);
  disarm();
  clock.advance(4_000);
  expect([woken, clock.pending]).toEqual([0, 0]);
});
