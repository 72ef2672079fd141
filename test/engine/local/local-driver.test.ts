import { expect, test } from "vitest";
import type { Fact } from "../../../src/actors/ports.ts";
import { LocalDriver } from "../../../src/engine/local/local-driver.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const fact = (id: number): Fact => ({ type: "timer.fired", id: String(id), atMs: id });

test("facts are given in the order of their delivery, each once, also to who waits before they come (F1)", async () => {
  const driver = new LocalDriver(new ManualClock());
  const first = driver.next();
  // More than are given in one turn of the event loop.
  for (let id = 0; id < 300; id++) driver.deliver(fact(id));
  const given = [await first];
  while (given.length < 300) given.push(await driver.next());
  expect(given).toEqual(Array.from({ length: 300 }, (_, id) => fact(id)));
  expect([driver.given, driver.givenAtMs]).toEqual([300, 299]);
});

test("after a failure nothing is given any more, not even what was delivered before (F2)", async () => {
  const failure = new Error("the disk is full");
  const driver = new LocalDriver(new ManualClock());
  driver.deliver(fact(0));
  driver.deliver(fact(1));
  expect(await driver.next()).toEqual(fact(0));
  driver.fail(failure);
  driver.deliver(fact(2));
  await expect(driver.next()).rejects.toBe(failure);
  await expect(driver.next()).rejects.toBe(failure);

  const waiting = new LocalDriver(new ManualClock());
  const next = waiting.next();
  waiting.deliver(fact(0));
  waiting.fail(failure);
  await expect(next).rejects.toBe(failure);
});

test("between facts of different commits no turn of the event loop is waited for: each commit has had its own", async () => {
  const clock = new ManualClock();
  let turns = 0;
  const driver = new LocalDriver(
    Object.assign(clock, {
      nextTurn: (act: () => void) => {
        turns++;
        setImmediate(act);
        return () => {};
      },
    }),
  );
  for (let commit = 0; commit < 30; commit++) {
    const first = driver.next();
    for (let id = 0; id < 20; id++) driver.deliver(fact(id));
    await first;
    for (let id = 1; id < 20; id++) await driver.next();
  }
  expect(turns).toBe(0);
  const first = driver.next();
  for (let id = 0; id < 300; id++) driver.deliver(fact(id));
  await first;
  for (let id = 1; id < 300; id++) await driver.next();
  expect(turns).toBe(2);
});
