import { describe, expect, test } from "vitest";
import type { Dependence } from "../../src/actors/ports.ts";
import { NO_USAGE } from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { agent, plan } from "../support/plans.ts";
import { completed, failed, ScriptedPerformer } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, World } from "./world.ts";

/** A performer whose results depend on the task alone. */
class SurePerformer extends ScriptedPerformer {
  dependence(): Dependence {
    return { beside: null };
  }
}

/** Results that are used again. */
export function cachingConformance(makeEngine: MakeEngine): void {
  const worldWith = (sure: ScriptedPerformer): World => new World(makeEngine, [sure]);
  const cachedStep = (more = {}): Plan =>
    plan([agent("a", { performer: "sure", prompt: "Do it.", cache: true, ...more })]);

  describe("caching", () => {
    test("the same work is done once; the second run has the same result, says so, and has spent nothing", async () => {
      const sure = new SurePerformer("sure");
      const usage = { calls: 1, inputTokens: 10, outputTokens: 20, costMicros: 30 };
      const artifacts = [{ path: "a.txt", content: "text", mediaType: "text/plain" }];
      sure.script("a", completed("the answer", { data: { n: 1 }, artifacts, usage }));
      const world = worldWith(sure);
      const first = resultOf(await world.run(cachedStep()), "a");
      const second = resultOf(await world.start(cachedStep(), { runId: "r_2" }).ended, "a");
      expect(sure.performed).toEqual(["a#1"]);
      expect(first).toMatchObject({ cached: false, usage, attempts: 1 });
      expect(second).toEqual({ ...first, cached: true, usage: NO_USAGE });
      expect(world.cache.stats()).toMatchObject({
        hits: 1,
        misses: 1,
        templates: [{ template: "HAND@1.0.0" }],
      });
    });

    test("another time and another timeout do not make it other work; another prompt does", async () => {
      const sure = new SurePerformer("sure");
      const world = worldWith(sure);
      await world.run(cachedStep());
      world.clock.advance(60_000);
      await world.start(cachedStep({ timeoutMs: 5 }), { runId: "r_2" }).ended;
      await world.start(cachedStep({ prompt: "Do more." }), { runId: "r_3" }).ended;
      expect(sure.calls.map(({ task }) => task.prompt)).toEqual(["Do it.", "Do more."]);
    });

    test("a step that does not allow it is done every time", async () => {
      const sure = new SurePerformer("sure");
      const world = worldWith(sure);
      await world.run(cachedStep({ cache: false }));
      await world.start(cachedStep({ cache: false }), { runId: "r_2" }).ended;
      expect(sure.performed).toEqual(["a#1", "a#1"]);
      expect(world.cache.stats()).toMatchObject({ entries: 0, hits: 0, misses: 0 });
    });

    test("a performer that does not say what its results depend on is called every time", async () => {
      const unsure = new ScriptedPerformer("sure");
      const world = worldWith(unsure);
      await world.run(cachedStep());
      await world.start(cachedStep(), { runId: "r_2" }).ended;
      expect(unsure.performed).toEqual(["a#1", "a#1"]);
    });

    test("a failure is not kept, nor an outcome that breaks the step's contract", async () => {
      const sure = new SurePerformer("sure");
      sure.script(
        "a",
        failed("FLAKY"),
        completed("", { data: { n: "text" } }),
        completed("", { data: { n: 1 } }),
      );
      const world = worldWith(sure);
      const outputSchema = { type: "object", properties: { n: { type: "number" } } };
      const end = await world.start(cachedStep({ attempts: 3, backoff: "none", outputSchema })).ended;
      expect(resultOf(end, "a")).toMatchObject({ status: "succeeded", attempts: 3, cached: false });
      expect(sure.performed).toEqual(["a#1", "a#2", "a#3"]);
      expect(world.cache.stats()).toMatchObject({ entries: 1, misses: 3 });
    });

    test("what was cancelled leaves nothing, even when its performer still answers", async () => {
      const sure = new SurePerformer("sure");
      sure.script("a", "deaf");
      const world = worldWith(sure);
      const { handle, ended } = world.start(cachedStep());
      const call = await sure.called("a");
      const cancelled = handle.cancel("enough");
      call.aborted.then(() => call.end(completed("half")));
      await cancelled;
      await ended;
      expect(world.cache.stats().entries).toBe(0);
    });

    test("a run without the cache does its work itself, and what it made takes the place of the older result", async () => {
      const sure = new SurePerformer("sure");
      let times = 0;
      sure.script("a", () => completed(`time ${++times}`));
      const world = worldWith(sure);
      await world.run(cachedStep());
      const fresh = await world.start(cachedStep(), { runId: "r_2", cache: false }).ended;
      const later = await world.start(cachedStep(), { runId: "r_3" }).ended;
      expect(resultOf(fresh, "a")).toMatchObject({ output: "time 2", cached: false });
      expect(resultOf(later, "a")).toMatchObject({ output: "time 2", cached: true });
      expect(world.cache.stats()).toMatchObject({ hits: 1, misses: 1 });
    });
  });
}
