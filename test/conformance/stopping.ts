import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { agent, chain, fork, plan } from "../support/plans.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

const AN_HOUR_MS = 3_600_000;
/** Beyond every grace that an engine gives. */
const LONG_GRACE_MS = 30_000;

/** Cancellation, deadlines, and performers that do not listen. */
export function stoppingConformance(makeEngine: MakeEngine): void {
  describe("stopping", () => {
    test.each([
      ["running", { script: "hold", wait: "agent.running" }],
      ["backing off", { script: failed(), wait: "agent.backingOff" }],
      ["awaiting approval", { script: completed(), wait: "run.suspended" }],
    ] as const)(
      "an agent that is %s when the run is cancelled is called no more",
      async (state, { script, wait }) => {
        const world = new World(makeEngine);
        world.work.script("a", script);
        const approve = state === "awaiting approval";
        const { handle, watch } = world.start(plan([agent("a", { attempts: 3, approve })]));
        await watch.next(wait);
        if (state === "running") await world.work.called("a");
        const calls = world.work.calls.length;
        const end = await handle.cancel("enough");
        expect(end.status).toBe("cancelled");
        expect(end.stopped).toMatchObject({ code: "RUN_CANCELLED", message: "enough" });
        expect(resultOf(end, "a")).toMatchObject({ status: "cancelled", failure: { code: "CANCELLED" } });
        world.clock.advance(AN_HOUR_MS);
        await turn();
        expect(world.work.calls.length).toBe(calls);
        for (const call of world.work.calls) expect(call.signal.aborted).toBe(state === "running");
      },
    );

    test("what waits for a slot is cancelled with the rest and never called", async () => {
      const world = new World(makeEngine);
      world.work.script("f/a", "hold");
      const { handle } = world.start(plan([fork("f", [agent("a"), agent("b"), agent("c")])], { agents: 1 }));
      await world.work.called("f/a");
      const end = await handle.cancel("enough");
      expect(world.work.performed).toEqual(["f/a#1"]);
      expect(statusesOf(end)).toEqual({ "f/a": "cancelled", "f/b": "cancelled", "f/c": "cancelled" });
    });

    test("what ended before the cancellation stays in the answer", async () => {
      const world = new World(makeEngine);
      world.work.script("g/b", "hold");
      const { handle } = world.start(plan([chain("g", [agent("a"), agent("b", { needs: ["a"] })])]));
      await world.work.called("g/b");
      const end = await handle.cancel("enough");
      expect(statusesOf(end)).toEqual({ "g/a": "succeeded", "g/b": "cancelled" });
      expect(end.answer!.output).toContain("output of g/a");
    });

    test("a run may be cancelled before anything of it has happened", async () => {
      const world = new World(makeEngine);
      const { handle } = world.start(plan([agent("a")]));
      const end = await handle.cancel("changed my mind");
      expect(end.status).toBe("cancelled");
      for (const call of world.work.calls) expect(call.signal.aborted).toBe(true);
    });

    test("cancelling a run that has ended changes nothing", async () => {
      const world = new World(makeEngine);
      const { handle, ended } = world.start(plan([agent("a")]));
      const end = await ended;
      expect((await handle.cancel("too late")).status).toBe("succeeded");
      expect(await handle.cancel("again")).toEqual(end);
    });

    test("a performer that ignores its signal cannot keep a cancelled run from ending", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "deaf");
      const { handle, watch } = world.start(plan([agent("a")]));
      const call = await world.work.called("a");
      const runEnded = watch.next("run.ended");
      const armed = world.clock.nextArmed();
      const ended = handle.cancel("enough");
      await runEnded;
      await armed;
      world.clock.advance(LONG_GRACE_MS);
      expect((await ended).status).toBe("cancelled");
      expect(call.signal.aborted).toBe(true);
    });

    test("a cancelled run waits for performers that are on their way out", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "deaf");
      const { handle, watch } = world.start(plan([agent("a")]));
      const call = await world.work.called("a");
      let over = false;
      const runEnded = watch.next("run.ended");
      const ended = handle.cancel("enough").then((end) => {
        over = true;
        return end;
      });
      await runEnded;
      await call.aborted;
      expect(over).toBe(false);
      call.end(completed("too late"));
      expect(resultOf(await ended, "a").status).toBe("cancelled");
    });

    test("what a performer says after its timeout is not heard: neither its answer nor its progress", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "deaf", "hold");
      const retry = { attempts: 2, timeoutMs: 1_000, delayMs: 1_000 };
      const { handle, ended } = world.start(plan([agent("a", retry)]));
      const heard: string[] = [];
      handle.signals$.subscribe(({ signal }) => heard.push(signal.type === "progress" ? signal.message : ""));
      const first = await world.work.called("a", 1);
      first.emit({ type: "progress", message: "begun" });
      const second = world.work.called("a", 2);
      world.clock.advance(1_000);
      await first.aborted;
      first.emit({ type: "progress", message: "still here" });
      first.end(completed("late"));
      await first.answer;
      world.clock.advance(1_000);
      (await second).end(completed("second"));
      expect(resultOf(await ended, "a")).toMatchObject({ output: "second", attempts: 2 });
      expect(heard).toEqual(["begun"]);
    });

    test("the run's deadline ends it with what was done until then", async () => {
      const world = new World(makeEngine);
      world.work.script("b", "hold");
      const roots = [agent("a"), agent("b", { needs: ["a"] }), agent("c", { needs: ["b"] })];
      const { watch, ended } = world.start(plan(roots), { timeoutMs: 10_000 });
      const running = watch.of("agent.running").some(({ path }) => path === "b");
      if (!running) await watch.next("agent.running", "b");
      const call = await world.work.called("b");
      world.clock.advance(10_000);
      const end = await ended;
      expect(end.status).toBe("partial");
      expect(end.stopped!.code).toBe("RUN_TIMEOUT");
      expect(statusesOf(end)).toEqual({ a: "succeeded", b: "cancelled", c: "cancelled" });
      expect(call.signal.aborted).toBe(true);
    });

    test("a fork of 10,000 is cancelled whole", async () => {
      const world = new World(makeEngine);
      const agents = Array.from({ length: 10_000 }, (_, index) => agent(`a${index}`));
      for (let index = 20; index < 40; index++) world.work.script(`f/a${index}`, "hold");
      const { handle } = world.start(plan([fork("f", agents)]));
      await Promise.all(Array.from({ length: 20 }, (_, index) => world.work.called(`f/a${index + 20}`)));
      const end = await handle.cancel("enough");
      expect(world.work.calls).toHaveLength(40);
      const statuses = Object.values(statusesOf(end));
      expect(statuses).toHaveLength(10_000);
      expect(statuses.filter((status) => status === "succeeded")).toHaveLength(20);
      expect(statuses.filter((status) => status === "cancelled")).toHaveLength(9_980);
    });
  });
}
