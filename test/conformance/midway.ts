import { describe, expect, test } from "vitest";
import type { AskedOutcome } from "../../src/plan/outcome.ts";
import { agent, fork, plan } from "../support/plans.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

const HOUR_MS = 3_600_000;
const USAGE = { calls: 2, inputTokens: 10, outputTokens: 5, costMicros: 7 };
const ASKS: AskedOutcome = { kind: "asks", question: "May it?", state: { step: 3 }, usage: USAGE };

/** Work that asks a person while it is under way, and goes on from where it stopped. */
export function midwayConformance(makeEngine: MakeEngine): void {
  describe("work that asks a person", () => {
    test.each([true, false])("goes on with its state and the decision: %s", async (approved) => {
      const world = new World(makeEngine);
      world.work.script("a", ASKS, completed("whole", { usage: USAGE }));
      const { handle, watch, ended } = world.start(plan([agent("a")]));
      await watch.next("run.suspended");
      expect(handle.questions).toEqual([{ path: "a", askedBy: 1, asks: "approval", question: "May it?" }]);
      handle.decide("a", { approved, by: "ann" });
      const end = await ended;
      expect(resultOf(end, "a")).toMatchObject({
        status: "succeeded",
        output: "whole",
        usage: { calls: 4, inputTokens: 20, outputTokens: 10, costMicros: 14 },
      });
      const [first, second] = world.work.calls.map(({ task }) => task);
      expect(first).not.toHaveProperty("resumed");
      expect(second).toMatchObject({ attempt: 2, resumed: { state: { step: 3 }, approved, by: "ann" } });
      expect(second).not.toHaveProperty("previousFailure");
    });

    test("holds no slot and has no timeout while it waits", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", ASKS, completed());
      const roots = [fork("f", [agent("a", { timeoutMs: 1_000 }), agent("b")])];
      const { handle, watch, ended } = world.start(plan(roots, { agents: 1 }));
      await watch.next("run.suspended");
      expect(world.work.performed).toEqual(["f/a#1", "f/b#1"]);
      world.clock.advance(2 * HOUR_MS);
      handle.decide("f/a", { approved: true });
      expect(statusesOf(await ended)).toEqual({ "f/a": "succeeded", "f/b": "succeeded" });
    });

    test.each(["approve", "reject"] as const)(
      "takes its default when nobody decides: %s",
      async (otherwise) => {
        const world = new World(makeEngine);
        const deadline = { withinMs: HOUR_MS, default: otherwise };
        world.work.script("a", { ...ASKS, deadline }, completed());
        const { watch, ended } = world.start(plan([agent("a")]));
        await watch.next("run.suspended");
        world.clock.advance(HOUR_MS - 1);
        expect(world.work.performed).toEqual(["a#1"]);
        world.clock.advance(1);
        expect(resultOf(await ended, "a").status).toBe("succeeded");
        const { resumed } = world.work.calls[1]!.task;
        expect(resumed).toMatchObject({ approved: otherwise === "approve" });
      },
    );

    test("keeps the attempts that it may fail, and its retries know the decision", async () => {
      const world = new World(makeEngine);
      world.work.script("a", ASKS, failed(), completed());
      const { handle, watch, ended } = world.start(plan([agent("a", { attempts: 2, backoff: "none" })]));
      await watch.next("run.suspended");
      handle.decide("a", { approved: true });
      expect(resultOf(await ended, "a").status).toBe("succeeded");
      expect(world.work.calls.map(({ task }) => task.resumed?.approved)).toEqual([undefined, true, true]);
      expect(world.work.calls[2]!.task.previousFailure).toMatchObject({ code: "FLAKY" });
    });

    test("does not hand an alternative what its own work has asked (M1)", async () => {
      const world = new World(makeEngine);
      world.work.script("a", ASKS, failed("FLAKY", { retryable: false }), completed());
      const { handle, watch, ended } = world.start(plan([agent("a", { alternatives: [{}] })]));
      await watch.next("run.suspended");
      handle.decide("a", { approved: true });
      expect(resultOf(await ended, "a").status).toBe("degraded");
      expect(world.work.calls[2]!.task).not.toHaveProperty("resumed");
    });

    test("may ask again; a decision that comes twice, or that was of the question before, changes nothing", async () => {
      const world = new World(makeEngine);
      world.work.script("a", ASKS, { ...ASKS, question: "And now?", state: 4 }, completed());
      const { handle, watch, ended } = world.start(plan([agent("a")]));
      await watch.next("run.suspended");
      const again = watch.next("run.suspended");
      handle.decide("a", { approved: true, askedBy: 1 });
      await again;
      expect(handle.questions).toMatchObject([{ question: "And now?", askedBy: 2 }]);
      handle.decide("a", { approved: true, askedBy: 1 });
      handle.decide("a", { approved: false });
      handle.decide("a", { approved: true });
      await ended;
      expect(world.work.calls[2]!.task.resumed).toEqual({ state: 4, approved: false });
    });

    test("is called no more once the run is cancelled", async () => {
      const world = new World(makeEngine);
      world.work.script("a", ASKS, completed());
      const { handle, watch } = world.start(plan([agent("a")]));
      await watch.next("run.suspended");
      const end = await handle.cancel("enough");
      expect(statusesOf(end)).toEqual({ a: "cancelled" });
      expect(world.work.performed).toEqual(["a#1"]);
    });
  });
}
