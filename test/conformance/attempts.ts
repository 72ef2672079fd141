import { describe, expect, test } from "vitest";
import { agent, plan } from "../support/plans.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, World } from "./world.ts";

/** What becomes of one agent's attempts. */
export function attemptsConformance(makeEngine: MakeEngine): void {
  describe("attempts", () => {
    test("an attempt that outlasts its timeout is cancelled, counts, and is followed by the next one", async () => {
      const { clock, work, start } = open(makeEngine);
      work.script("a", "hold", completed("second"));
      const { watch, ended } = start(plan([agent("a", { attempts: 2, timeoutMs: 5_000, delayMs: 1_000 })]));
      const first = await work.called("a", 1);
      clock.advance(4_999);
      expect(first.signal.aborted).toBe(false);
      const backingOff = watch.next("agent.backingOff", "a");
      clock.advance(1);
      await backingOff;
      expect(first.signal.aborted).toBe(true);
      clock.advance(1_000);
      const end = await ended;
      expect(resultOf(end, "a")).toMatchObject({ status: "succeeded", output: "second", attempts: 2 });
      expect(watch.of("agent.backingOff")[0]!.failure).toMatchObject({ code: "TIMEOUT", retryable: true });
    });

    test("the last attempt's timeout fails the agent", async () => {
      const { clock, work, start } = open(makeEngine);
      work.script("a", "hold");
      const { ended } = start(plan([agent("a", { timeoutMs: 5_000 })]));
      await work.called("a");
      clock.advance(5_000);
      const end = await ended;
      expect(end.status).toBe("failed");
      expect(resultOf(end, "a")).toMatchObject({
        status: "failed",
        attempts: 1,
        failure: { code: "TIMEOUT" },
      });
    });

    test("waits between attempts double up to their longest, within half and whole, the same on every run", async () => {
      const waits = async (): Promise<number[]> => {
        const { clock, work, start } = open(makeEngine);
        work.script("a", failed());
        const retry = { attempts: 5, backoff: "exponential", delayMs: 1_000, maxDelayMs: 3_000 } as const;
        const { watch, ended } = start(plan([agent("a", retry)]));
        for (let attempt = 1; attempt < 5; attempt++) {
          if (watch.of("agent.backingOff").length < attempt) await watch.next("agent.backingOff");
          const next = attempt < 4 ? watch.next("agent.backingOff") : ended;
          clock.advance(3_000);
          await next;
        }
        return watch.of("agent.backingOff").map(({ untilMs, atMs }) => untilMs - atMs);
      };
      const first = await waits();
      expect(first).toHaveLength(4);
      for (const [index, cap] of [1_000, 2_000, 3_000, 3_000].entries()) {
        expect(first[index]).toBeGreaterThanOrEqual(cap / 2);
        expect(first[index]).toBeLessThanOrEqual(cap);
      }
      expect(await waits()).toEqual(first);
    });

    test("a failure that may help no more is not tried again", async () => {
      const { work, run } = open(makeEngine);
      work.script("a", failed("REFUSED", { retryable: false }));
      const end = await run(plan([agent("a", { attempts: 3 })]));
      expect(resultOf(end, "a")).toMatchObject({ attempts: 1, failure: { code: "REFUSED" } });
    });

    test("an agent that fails for good gives its fallback, which satisfies what needs it", async () => {
      const { work, run } = open(makeEngine);
      work.script("a", failed("REFUSED", { retryable: false }));
      const fallback = { output: "not linted", data: { linted: false } };
      const end = await run(plan([agent("a", { fallback }), agent("b", { needs: ["a"] })]));
      expect(end.status).toBe("succeeded");
      expect(resultOf(end, "a")).toMatchObject({ status: "degraded", ...fallback, confidence: null });
      expect(resultOf(end, "a").failure!.code).toBe("REFUSED");
      expect(resultOf(end, "b").status).toBe("succeeded");
    });

    test("a performer that throws has crashed: it may be tried again, and takes nothing else with it", async () => {
      const { work, run } = open(makeEngine);
      work.script("a", new Error("boom"));
      const end = await run(plan([agent("a", { attempts: 2, backoff: "none" }), agent("b")]));
      expect(resultOf(end, "a").failure).toMatchObject({ code: "PERFORMER_CRASHED", message: "boom" });
      expect(work.performed.filter((key) => key.startsWith("a"))).toEqual(["a#1", "a#2"]);
      expect(resultOf(end, "b").status).toBe("succeeded");
    });

    test("a performer that nobody knows fails the agent at once, and says who is known", async () => {
      const { run } = open(makeEngine);
      const end = await run(plan([agent("a", { performer: "oracle", attempts: 3 })]));
      expect(resultOf(end, "a").failure).toMatchObject({
        code: "PERFORMER_UNKNOWN",
        retryable: false,
        hint: "known: scripted",
      });
      expect(resultOf(end, "a").attempts).toBe(1);
    });

    test("data that breaks the step's schema is tried again, and is a failure when that is all there is", async () => {
      const { work, run } = open(makeEngine);
      const outputSchema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
      const retry = { attempts: 2, backoff: "none", outputSchema } as const;
      work.script("a", completed("no", { data: { n: "one" } }), completed("yes", { data: { n: 1 } }));
      work.script("b", completed("no"));
      const end = await run(plan([agent("a", retry), agent("b", retry)]));
      expect(resultOf(end, "a")).toMatchObject({ status: "succeeded", data: { n: 1 }, attempts: 2 });
      const message = "the data breaks the step's schema: expected object, received null";
      expect(resultOf(end, "b")).toMatchObject({
        status: "failed",
        failure: { code: "OUTPUT_INVALID", message },
      });
    });

    test.each(["../x", "/etc/x", "a/../../b", "C:\\x", "c:/x", "a\\..\\b", "", "a//b", "./a", "a\0b"])(
      "an artifact at %j never reaches the answer",
      async (path) => {
        const { work, run } = open(makeEngine);
        work.script("a", completed("x", { artifacts: [{ path, content: "c", mediaType: "text/plain" }] }));
        const end = await run(plan([agent("a")]));
        expect(end.answer!.artifacts).toEqual([]);
        expect(resultOf(end, "a").failure!.code).toBe("OUTPUT_INVALID");
      },
    );

    test.each([1.5, -0.1, Number.NaN])("a confidence of %d is refused", async (value) => {
      const { work, run } = open(makeEngine);
      work.script("a", completed("x", { confidence: { value, source: "declared" } }));
      expect(resultOf(await run(plan([agent("a")])), "a").failure!.code).toBe("OUTPUT_INVALID");
    });

    test("usage of failed attempts counts too", async () => {
      const { work, run } = open(makeEngine);
      const usage = { calls: 1, inputTokens: 10, outputTokens: 5, costMicros: 3 };
      work.script("a", { ...failed(), usage }, completed("x", { usage }));
      const end = await run(plan([agent("a", { attempts: 2, backoff: "none" })]));
      expect(resultOf(end, "a").usage).toEqual({
        calls: 2,
        inputTokens: 20,
        outputTokens: 10,
        costMicros: 6,
      });
    });

    test("an attempt's idempotency key is its run, path and attempt", async () => {
      const { work, run } = open(makeEngine);
      work.script("a", failed(), completed());
      await run(plan([agent("a", { attempts: 2, backoff: "none" })]));
      expect(work.calls.map(({ task }) => task.idempotencyKey)).toEqual(["r_1/a#1", "r_1/a#2"]);
    });
  });
}

function open(makeEngine: MakeEngine) {
  const world = new World(makeEngine);
  return { clock: world.clock, work: world.work, start: world.start.bind(world), run: world.run.bind(world) };
}
