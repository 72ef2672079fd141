import { describe, expect, test } from "vitest";
import { agent, fork, plan } from "../support/plans.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, World } from "./world.ts";

const DOWN = failed("DOWN", { retryable: false });
const usage = { calls: 1, inputTokens: 10, outputTokens: 5, costMicros: 7 };
const said = (output: string, value: number) =>
  completed(output, { confidence: { value, source: "declared" }, usage });

/** An agent that asks a cheap model, then dearer ones while it is not sure. */
const cascade = (models: readonly string[], more: object = {}) =>
  agent("a", {
    model: "m/cheap",
    minConfidence: 0.7,
    alternatives: models.map((model) => ({ model })),
    ...more,
  });

/** What an answer of too little confidence leads to. */
export function escalationConformance(makeEngine: MakeEngine): void {
  describe("an answer of too little confidence", () => {
    test("is followed by the next model; both calls are paid, and the result says what was asked before", async () => {
      const { work, start } = open(makeEngine);
      work.script("a", said("cheap", 0.4), said("dear", 0.8));
      const started = start(plan([cascade(["m/dear", "m/dearest"]), agent("b", { needs: ["a"] })]));
      const end = await started.ended;
      expect(work.calls.map(({ task }) => [task.path, task.model, task.asksConfidence])).toEqual([
        ["a", "m/cheap", true],
        ["a", "m/dear", true],
        ["b", undefined, undefined],
      ]);
      const result = resultOf(end, "a");
      expect(result).toMatchObject({
        status: "succeeded",
        output: "dear",
        attempts: 2,
        usage: { calls: 2, inputTokens: 20, outputTokens: 10, costMicros: 14 },
        provenance: {
          model: "m/dear",
          alternative: 1,
          unsure: [{ alternative: 0, model: "m/cheap", confidence: 0.4 }],
        },
      });
      expect(result).not.toHaveProperty("failure");
      expect(started.watch.of("agent.ready").find(({ instead }) => instead)).toMatchObject({
        instead: {
          alternative: 1,
          failure: { code: "CONFIDENCE_LOW", detail: { confidence: 0.4, least: 0.7 } },
        },
      });
    });

    test("goes nowhere where it is enough, nor beyond the last model, whose answer stands", async () => {
      const enough = new World(makeEngine);
      enough.work.script("a", said("cheap", 0.7));
      const sure = resultOf(await enough.run(plan([cascade(["m/dear"])])), "a");
      expect(sure).toMatchObject({ status: "succeeded", output: "cheap", attempts: 1 });
      expect(sure.provenance).not.toHaveProperty("unsure");

      const never = new World(makeEngine);
      never.work.script("a", said("cheap", 0.4), said("dear", 0.5), said("dearest", 0.3));
      expect(resultOf(await never.run(plan([cascade(["m/dear", "m/dearest"])])), "a")).toMatchObject({
        status: "succeeded",
        output: "dearest",
        provenance: { alternative: 2, unsure: [{ confidence: 0.4 }, { alternative: 1, confidence: 0.5 }] },
      });
    });

    test("stands where what was asked after it fails, degraded, and says why; nothing less is tried", async () => {
      const world = new World(makeEngine);
      const { work } = world;
      work.script("a", said("cheap", 0.4), DOWN);
      const models = [{ model: "m/dear" }, { performer: "scripted" }];
      const made = cascade([], { alternatives: models, fallback: { output: "constant" } });
      const result = resultOf(await world.run(plan([made])), "a");
      expect(work.performed).toEqual(["a#1", "a#2"]);
      expect(result).toMatchObject({
        status: "degraded",
        output: "cheap",
        confidence: { value: 0.4 },
        failure: { code: "DOWN" },
        usage,
        provenance: { model: "m/cheap", unsure: [{ alternative: 0, confidence: 0.4 }] },
      });
      expect(result.provenance).not.toHaveProperty("alternative");
    });

    test("stands as well after a timeout, once all attempts are made", async () => {
      const { work, clock, start } = open(makeEngine);
      work.script("a", said("cheap", 0.4), failed(), "hold");
      const alternatives = [{ model: "m/dear", attempts: 2, timeoutMs: 5_000 }];
      const { ended } = start(plan([cascade([], { alternatives })]));
      await work.called("a", 3);
      clock.advance(5_000);
      expect(resultOf(await ended, "a")).toMatchObject({
        status: "degraded",
        output: "cheap",
        attempts: 3,
        failure: { code: "TIMEOUT" },
      });
    });

    test("of an alternative that stands in for failed work leads on too, and the result is degraded", async () => {
      const world = new World(makeEngine);
      const { work } = world;
      work.script("a", DOWN, said("dear", 0.5), said("dearest", 0.9));
      expect(resultOf(await world.run(plan([cascade(["m/dear", "m/dearest"])])), "a")).toMatchObject({
        status: "degraded",
        output: "dearest",
        failure: { code: "DOWN" },
        provenance: { alternative: 2, unsure: [{ alternative: 1, model: "m/dear", confidence: 0.5 }] },
      });
    });

    test("is not published, what follows it is", async () => {
      const world = new World(makeEngine);
      const { work } = world;
      work.script("a", said("cheap", 0.4), said("dear", 0.8));
      const end = await world.run(plan([cascade(["m/dear"], { publish: { word: "{{ output }}" } })]));
      expect(end.board.word).toMatchObject({ value: "dear", version: 1 });
    });

    test("keeps its mark where it comes from outside, whoever answers then", async () => {
      const world = new World(makeEngine);
      const { work } = world;
      work.script("a", { ...said("cheap", 0.4), tainted: true }, DOWN);
      expect(resultOf(await world.run(plan([cascade(["m/dear"])])), "a").provenance.tainted).toBe(true);
    });

    test("is one that experience has lowered to it, and one that it has raised is none", async () => {
      const lowered = { declared: { bias: -0.3, answers: 20 } };
      const world = new World(makeEngine);
      world.work.script("a", said("cheap", 0.8), said("dear", 0.8));
      const alternatives = [{ model: "m/dear", calibration: { declared: { bias: 0.1, answers: 9 } } }];
      const end = await world.run(plan([cascade([], { calibration: lowered, alternatives })]));
      expect(resultOf(end, "a")).toMatchObject({
        output: "dear",
        confidence: { value: 0.9, source: "declared", raw: 0.8 },
        provenance: { unsure: [{ confidence: 0.5 }] },
      });
      const raised = new World(makeEngine);
      raised.work.script("a", said("cheap", 0.6));
      const calibration = { declared: { bias: 0.2, answers: 20 } };
      expect(resultOf(await raised.run(plan([cascade(["m/dear"], { calibration })])), "a")).toMatchObject({
        output: "cheap",
        confidence: { value: 0.8, raw: 0.6 },
      });
    });

    test("is asked again by a supervisor's restart where it stopped: at the model that was under way", async () => {
      const { work, start } = open(makeEngine);
      work.script("f/a", said("cheap", 0.4), new Error("crash"), said("dear", 0.9));
      const supervised = fork("f", [cascade(["m/dear"])], { supervision: {} });
      const end = await start(plan([supervised])).ended;
      expect(work.calls.map(({ task }) => task.model)).toEqual(["m/cheap", "m/dear", "m/dear"]);
      expect(resultOf(end, "f/a")).toMatchObject({ status: "succeeded", output: "dear" });
    });

    test("stands where its supervisor gives up on what was asked after it", async () => {
      const { work, start } = open(makeEngine);
      work.script("f/a", said("cheap", 0.4), new Error("crash"));
      const supervised = fork("f", [cascade(["m/dear"])], { supervision: { restartsMax: 0 } });
      const end = await start(plan([supervised])).ended;
      expect(resultOf(end, "f/a")).toMatchObject({
        status: "degraded",
        output: "cheap",
        failure: { code: "SUPERVISION_EXCEEDED" },
      });
    });
  });
}

/** A world with what most tests take from it. */
function open(makeEngine: MakeEngine) {
  const world = new World(makeEngine);
  return { work: world.work, clock: world.clock, start: world.start.bind(world) };
}
