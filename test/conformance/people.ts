import { describe, expect, test } from "vitest";
import { agent, fork, plan } from "../support/plans.ts";
import { completed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

/** An engine looks around now and then: hours of that must stand for days. */
const HOUR_MS = 3_600_000;
const HUMAN = { performer: "human" } as const;

/** People who are asked, who answer, refuse, or say nothing. */
export function peopleConformance(makeEngine: MakeEngine): void {
  describe("people", () => {
    test("a person's answer is the step's output, and what needs it reads it", async () => {
      const world = new World(makeEngine);
      world.work.script("a", completed("three colours"));
      const ask = { question: "Which of {{ steps.a.output }}?", choices: ["red", "blue"] };
      const roots = [
        agent("a"),
        agent("colour", { ...HUMAN, needs: ["a"], ask }),
        agent("paint", { needs: ["colour"], prompt: "Paint it {{ steps.colour.output }}." }),
      ];
      const { handle, watch, ended } = world.start(plan(roots));
      await watch.next("run.suspended");
      expect(handle.questions).toEqual([
        { path: "colour", asks: "answer", question: "Which of three colours?", choices: ["red", "blue"] },
      ]);
      handle.decide("colour", { approved: true, answer: "blue", by: "ann" });
      const end = await ended;
      expect(handle.questions).toEqual([]);
      expect(resultOf(end, "colour")).toMatchObject({
        status: "succeeded",
        output: "blue",
        attempts: 0,
        confidence: { value: 1, source: "declared" },
        provenance: { performer: "human", decided: { by: "ann", answer: "blue" } },
      });
      expect(world.work.calls.map(({ task }) => task.prompt)).toEqual([null, "Paint it blue."]);
    });

    test("a decision that does not answer the question changes nothing", async () => {
      const world = new World(makeEngine);
      const { handle, watch, ended } = world.start(plan([agent("a", { ...HUMAN, ask: { choices: ["x"] } })]));
      await watch.next("run.suspended");
      handle.decide("a", { approved: true });
      handle.decide("a", { approved: true, answer: "y" });
      handle.decide("b", { approved: true, answer: "x" });
      handle.decide("a", { approved: true, answer: "x" });
      handle.decide("a", { approved: false });
      expect(resultOf(await ended, "a")).toMatchObject({ status: "succeeded", output: "x" });
      expect(watch.of("run.suspended")).toHaveLength(1);
    });

    test("who refuses to answer fails the step for good; its fallback stands in, if there is one", async () => {
      const world = new World(makeEngine);
      const fallback = { output: "grey" };
      const roots = [agent("a", { ...HUMAN, attempts: 3 }), agent("b", { ...HUMAN, fallback })];
      const { handle, watch, ended } = world.start(plan(roots));
      await watch.next("run.suspended");
      handle.decide("a", { approved: false, by: "ann" });
      handle.decide("b", { approved: false });
      const end = await ended;
      expect(statusesOf(end)).toEqual({ a: "failed", b: "degraded" });
      expect(resultOf(end, "a").failure).toEqual({
        code: "HUMAN_REFUSED",
        message: "rejected by ann",
        retryable: false,
      });
      expect(resultOf(end, "b").output).toBe("grey");
    });

    test("waiting for a person holds no slot and has no timeout", async () => {
      const world = new World(makeEngine);
      const roots = [fork("f", [agent("a", { ...HUMAN, timeoutMs: 1_000 }), agent("b")])];
      const { handle, watch, ended } = world.start(plan(roots, { agents: 1 }));
      await watch.next("run.suspended");
      expect(world.work.performed).toEqual(["f/b#1"]);
      world.clock.advance(2 * HOUR_MS);
      handle.decide("f/a", { approved: true, answer: "at last" });
      expect(statusesOf(await ended)).toEqual({ "f/a": "succeeded", "f/b": "succeeded" });
    });

    test.each([
      ["approve", "succeeded", ["a#1"]],
      ["reject", "failed", []],
    ] as const)(
      "when nobody approves in time, the default holds: %s",
      async (otherwise, status, performed) => {
        const world = new World(makeEngine);
        const ask = { question: "May it?", deadline: { withinMs: HOUR_MS, default: otherwise } };
        const { handle, watch, ended } = world.start(plan([agent("a", { approve: true, ask })]));
        await watch.next("run.suspended");
        const [question] = handle.questions;
        expect(question).toMatchObject({ asks: "approval", question: "May it?", otherwise });
        expect(question!.untilMs).toBe(world.clock.nowMs() + HOUR_MS);
        world.clock.advance(HOUR_MS - 1);
        expect(handle.questions).toHaveLength(1);
        world.clock.advance(1);
        const end = await ended;
        expect(resultOf(end, "a").status).toBe(status);
        expect(world.work.performed).toEqual(performed);
        const nobody = "its default, as nobody decided in time";
        if (otherwise === "approve") expect(resultOf(end, "a").provenance.decided).toEqual({ by: nobody });
        else expect(resultOf(end, "a").failure!.message).toBe(`rejected by ${nobody}`);
      },
    );

    test("an answer that nobody gave is the declared one, and trusted less", async () => {
      const world = new World(makeEngine);
      const deadline = { withinMs: 1_000, default: { answer: "{{ 1 | plus: 1 }}" } };
      const ask = { question: "1 + 1?", choices: ["1", "2"], deadline };
      const { watch, ended } = world.start(plan([agent("a", { ...HUMAN, ask })]));
      await watch.next("run.suspended");
      world.clock.advance(1_000);
      expect(resultOf(await ended, "a")).toMatchObject({ output: "2", confidence: { value: 0.5 } });
    });

    test("a decision in time lets go of the deadline, and so does a cancellation", async () => {
      const world = new World(makeEngine);
      const ask = { deadline: { withinMs: 1_000, default: "reject" } } as const;
      world.work.script("a", "hold");
      const one = world.start(plan([agent("a", { approve: true, ask })]));
      await one.watch.next("run.suspended");
      one.handle.decide("a", { approved: true });
      const call = await world.work.called("a");
      world.clock.advance(30_000);
      call.end(completed());
      expect(resultOf(await one.ended, "a").status).toBe("succeeded");
      const other = world.start(plan([agent("a", { approve: true, ask })]), { runId: "r_2" });
      await other.watch.next("run.suspended");
      const end = await other.handle.cancel("enough");
      expect(resultOf(end, "a")).toMatchObject({ status: "cancelled" });
    });

    test("a question that cannot be put fails its step, and nobody is asked", async () => {
      const world = new World(makeEngine);
      const ask = { choices: "{{ steps.list.data }}" };
      world.work.script("list", completed("", { data: { no: "list" } }));
      const { handle, ended } = world.start(
        plan([agent("list"), agent("a", { ...HUMAN, needs: ["list"], ask })]),
      );
      const end = await ended;
      expect(resultOf(end, "a").failure).toMatchObject({ code: "HUMAN_QUESTION", retryable: false });
      expect(handle.questions).toEqual([]);
    });

    test("the time of a run stands still while only people are waited for, and goes on after that", async () => {
      const world = new World(makeEngine);
      for (const path of ["a", "b"]) world.work.script(path, "hold");
      const roots = [agent("a"), agent("ok", { ...HUMAN, needs: ["a"] }), agent("b", { needs: ["ok"] })];
      const { handle, watch, ended } = world.start(plan(roots), { timeoutMs: 50_000 });
      const call = await world.work.called("a");
      world.clock.advance(10_000);
      const suspended = watch.next("run.suspended");
      call.end(completed());
      await suspended;
      world.clock.advance(2 * HOUR_MS);
      handle.decide("ok", { approved: true, answer: "go" });
      await world.work.called("b");
      world.clock.advance(39_999);
      expect(watch.of("run.ended")).toEqual([]);
      world.clock.advance(1);
      const end = await ended;
      expect(end.stopped).toMatchObject({ code: "RUN_TIMEOUT" });
      expect(statusesOf(end)).toEqual({ a: "succeeded", ok: "succeeded", b: "cancelled" });
    });
  });
}
