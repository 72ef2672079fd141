import { describe, expect, test } from "vitest";
import { MemoryDriver } from "../../src/engine/memory/memory-driver.ts";
import { ManualClock } from "../support/manual-clock.ts";

const timer = (id: number) => ({ type: "timer.fired", id: String(id) }) as const;

describe("the in-memory driver", () => {
  test("gives facts in the order in which they were recorded, each once (M1)", async () => {
    const driver = new MemoryDriver(new ManualClock());
    const first = driver.next();
    for (let id = 0; id < 1_000; id++) driver.record(timer(id));
    const ids = [(await first) as { id: string }];
    for (let index = 1; index < 1_000; index++) ids.push((await driver.next()) as { id: string });
    expect(ids.map(({ id }) => Number(id))).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  test("lets the event loop have its turn while facts never cease (M2)", async () => {
    const driver = new MemoryDriver(new ManualClock());
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    for (let count = 0; !turned && count < 10_000; count++) {
      driver.record(timer(count));
      await driver.next();
    }
    expect(turned).toBe(true);
  });

  test("stamps facts with times that never go back, even when the clock does (M3)", async () => {
    const clock = new ManualClock();
    const driver = new MemoryDriver(clock);
    const startMs = clock.nowMs();
    driver.record(timer(1));
    clock.set(startMs - 60_000);
    driver.record(timer(2));
    clock.set(startMs + 5);
    driver.record(timer(3));
    const times = [await driver.next(), await driver.next(), await driver.next()].map(
      ({ atMs }) => atMs - startMs,
    );
    expect(times).toEqual([0, 0, 5]);
  });
});
