import { BulkheadRejectedError, bulkhead as cockatielBulkhead } from "cockatiel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bulkhead } from "../../src/shared/bulkhead.ts";
import { type Standing, settled } from "../engine/resilience/cockatiel.ts";

const NEVER = new AbortController().signal;

describe("a bulkhead", () => {
  test("gives a place that is left to the call that has waited longest (H1, H2)", async () => {
    const bulkhead = new Bulkhead({ atOnce: 1, queue: 2 });
    expect(bulkhead.enter(NEVER)).toBe("in");
    const order: string[] = [];
    for (const name of ["a", "b"]) void Promise.resolve(bulkhead.enter(NEVER)).then(() => order.push(name));
    expect(bulkhead.enter(NEVER)).toBe("full");
    bulkhead.leave();
    // Its place is b's for good: a newcomer waits like everybody.
    void Promise.resolve(bulkhead.enter(NEVER)).then(() => order.push("c"));
    await settled();
    expect(order).toEqual(["a"]);
    bulkhead.leave();
    bulkhead.leave();
    await settled();
    expect(order).toEqual(["a", "b", "c"]);
    bulkhead.leave();
    expect(bulkhead).toMatchObject({ held: 0, waiting: 0 });
  });

  test("a call that is aborted while it waits leaves the queue at once, and holds nothing (H3)", async () => {
    const bulkhead = new Bulkhead({ atOnce: 1, queue: 1 });
    const controller = new AbortController();
    bulkhead.enter(NEVER);
    const waiting = bulkhead.enter(controller.signal);
    controller.abort();
    expect(await waiting).toBe("aborted");
    const next = bulkhead.enter(NEVER);
    expect(next).toBeInstanceOf(Promise);
    bulkhead.leave();
    expect(await next).toBe("in");
    expect(bulkhead).toMatchObject({ held: 1, waiting: 0 });
  });

  test("does what cockatiel's does, on any order of beginnings and ends", async () => {
    const scenario = fc.record({
      atOnce: fc.integer({ min: 1, max: 4 }),
      queue: fc.nat(4),
      // Null begins a call, a number ends one of those under way.
      steps: fc.array(fc.option(fc.nat(9)), { maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ atOnce, queue, steps }) => {
        const ours = new Bulkhead({ atOnce, queue });
        const theirs = cockatielBulkhead(atOnce, queue);
        const calls: { ours: Standing; theirs: Standing; end: () => void }[] = [];
        for (const step of steps) {
          if (step === null) calls.push(begin(ours, theirs));
          else {
            const live = calls.filter((call) => call.ours === "made" && call.theirs === "made");
            live[step % Math.max(1, live.length)]?.end();
          }
          await settled();
          expect(calls.map((call) => call.ours)).toEqual(calls.map((call) => call.theirs));
          expect(ours.held).toBe(atOnce - theirs.executionSlots);
          expect(ours.waiting).toBe(queue - theirs.queueSlots);
        }
      }),
    );
  });
});

function begin(ours: Bulkhead, theirs: ReturnType<typeof cockatielBulkhead>) {
  const work = Promise.withResolvers<void>();
  const call: { ours: Standing; theirs: Standing; end: () => void } = {
    ours: "waits",
    theirs: "waits",
    end() {
      call.ours = call.theirs = "refused";
      ours.leave();
      work.resolve();
    },
  };
  void Promise.resolve(ours.enter(NEVER)).then((place) => {
    call.ours = place === "in" ? "made" : "refused";
  });
  const made = theirs.execute(() => {
    call.theirs = "made";
    return work.promise;
  });
  made.catch((error: unknown) => {
    if (error instanceof BulkheadRejectedError) call.theirs = "refused";
  });
  return call;
}
