import { describe, expect, test } from "vitest";
import { LIMITS } from "../../src/shared/limits.ts";
import { agent, chain, forEach, fork, plan } from "../support/plans.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import { type MakeEngine, resultOf, statusesOf, World } from "./world.ts";

/** Order, forks, lists, conditions, people. */
export function flowConformance(makeEngine: MakeEngine): void {
  describe("flow", () => {
    test("a step begins when what it needs has ended, and reads its result", async () => {
      const world = new World(makeEngine);
      world.work.script("a", completed("the design", { data: { parts: 2 } }));
      const prompt = "Build {{ steps.a.data.parts }} parts of {{ steps.a.output }}.";
      const end = await world.run(plan([agent("b", { needs: ["a"], prompt }), agent("a")]));
      expect(world.work.performed).toEqual(["a#1", "b#1"]);
      expect(world.work.calls[1]!.task.prompt).toBe("Build 2 parts of the design.");
      expect(end.status).toBe("succeeded");
    });

    test("no more agents are at work than there are slots, and none is kept waiting while one is free", async () => {
      const world = new World(makeEngine);
      const names = Array.from({ length: 6 }, (_, index) => `a${index}`);
      for (const name of names) world.work.script(`f/${name}`, "hold");
      const { ended } = world.start(
        plan(
          [
            fork(
              "f",
              names.map((name) => agent(name)),
            ),
          ],
          { agents: 2 },
        ),
      );
      for (const [index, name] of names.entries()) {
        const call = await world.work.called(`f/${name}`);
        expect(world.work.calls.length).toBeLessThanOrEqual(index + 2);
        call.end(completed());
      }
      expect((await ended).status).toBe("succeeded");
    });

    test("what needs a failed step is skipped with the reason; the rest goes on", async () => {
      const world = new World(makeEngine);
      world.work.script("a", failed("REFUSED", { retryable: false }));
      const end = await world.run(plan([agent("a"), agent("b", { needs: ["a"] }), agent("c")]));
      expect(end.status).toBe("partial");
      expect(statusesOf(end)).toEqual({ a: "failed", b: "skipped", c: "succeeded" });
      expect(resultOf(end, "b").failure).toMatchObject({
        code: "NEEDS_FAILED",
        message: "a did not succeed",
      });
    });

    test("a fork succeeds with 4 of 5, and fails with 3 of 5, at 80%", async () => {
      const five = ["v", "w", "x", "y", "z"].map((name) => agent(name));
      for (const [failing, status] of [
        [["v"], "succeeded"],
        [["v", "w"], "partial"],
      ] as const) {
        const world = new World(makeEngine);
        for (const name of failing) world.work.script(`f/${name}`, failed("REFUSED", { retryable: false }));
        const { watch, ended } = world.start(plan([fork("f", five)]));
        expect((await ended).status).toBe(status);
        const groups = watch.of("group.ended");
        expect(groups.find(({ path }) => path === "f")!.status).toBe(
          status === "succeeded" ? "succeeded" : "failed",
        );
      }
    });

    test("a fork in a fork joins before the outer one does", async () => {
      const world = new World(makeEngine);
      const inner = (name: string) => fork(name, [agent("x"), agent("y"), agent("z")]);
      const { watch, ended } = world.start(
        plan([fork("f", [inner("g"), inner("h")]), agent("last", { needs: ["f"] })]),
      );
      const end = await ended;
      expect(end.status).toBe("succeeded");
      expect(watch.of("group.ended").map(({ path }) => path)).toEqual(["f/g", "f/h", "f", ""]);
      expect(world.work.performed.at(-1)).toBe("last#1");
    });

    test("a fork of 10,000 runs whole", async () => {
      const world = new World(makeEngine);
      const agents = Array.from({ length: 10_000 }, (_, index) => agent(`a${index}`));
      world.work.script("f/a77", failed("REFUSED", { retryable: false }));
      const end = await world.run(plan([fork("f", agents, { threshold: 0.9999 })]));
      expect(end.status).toBe("succeeded");
      expect(end.answer!.results).toHaveLength(10_000);
      expect(resultOf(end, "f/a77").status).toBe("failed");
    });

    test("a list known only at run time makes one agent for each element", async () => {
      const world = new World(makeEngine);
      world.work.script("list", completed("", { data: ["red", "blue"] }));
      const each = { prompt: "Paint it {{ colour }}." };
      const roots = [agent("list"), forEach("paint", "colour", "steps.list.data", each, { needs: ["list"] })];
      const end = await world.run(plan(roots));
      expect(world.work.performed).toEqual(["list#1", "paint.0#1", "paint.1#1"]);
      expect(world.work.calls.map(({ task }) => task.prompt)).toEqual([
        null,
        "Paint it red.",
        "Paint it blue.",
      ]);
      expect(end.status).toBe("succeeded");
    });

    test("a list may be the artifacts of an earlier step", async () => {
      const world = new World(makeEngine);
      const artifacts = ["a.ts", "b.ts"].map((path) => ({
        path,
        content: path,
        mediaType: "text/typescript",
      }));
      world.work.script("write", completed("", { artifacts }));
      const each = { prompt: "Lint {{ file.path }}." };
      await world.run(
        plan([agent("write"), forEach("lint", "file", "steps.write.artifacts", each, { needs: ["write"] })]),
      );
      expect(world.work.calls.map(({ task }) => task.prompt)).toEqual([null, "Lint a.ts.", "Lint b.ts."]);
    });

    test("an empty list makes no agents and is satisfied", async () => {
      const world = new World(makeEngine);
      const end = await world.run(plan([forEach("f", "item", []), agent("after", { needs: ["f"] })]));
      expect(end.status).toBe("succeeded");
      expect(world.work.performed).toEqual(["after#1"]);
    });

    test.each([
      ["no list", { n: 1 }, "EXPRESSION_NOT_A_LIST"],
      ["too long a list", Array.from({ length: LIMITS.forEachItems + 1 }, () => 0), "EXPRESSION_LIMIT"],
    ])("%s fails its step, with a result that says so", async (_, data, code) => {
      const world = new World(makeEngine);
      world.work.script("list", completed("", { data }));
      const roots = [agent("list"), forEach("f", "item", "steps.list.data", {}, { needs: ["list"] })];
      const end = await world.run(plan(roots));
      expect(end.status).toBe("partial");
      expect(resultOf(end, "f")).toMatchObject({ status: "failed", failure: { code } });
      expect(world.work.performed).toEqual(["list#1"]);
    });

    test("a step whose condition is false is skipped, and satisfies what needs it", async () => {
      const world = new World(makeEngine);
      world.work.script("a", completed("", { data: { language: "rust" } }));
      const when = "steps.a.data.language == 'typescript'";
      const roots = [
        agent("a"),
        agent("b", { needs: ["a"], when }),
        chain("c", [agent("x")], { needs: ["a"], when }),
        agent("d", { needs: ["b", "c"] }),
      ];
      const end = await world.run(plan(roots));
      expect(end.status).toBe("succeeded");
      expect(statusesOf(end)).toEqual({ a: "succeeded", b: "skipped", "c/x": "skipped", d: "succeeded" });
      expect(world.work.performed).toEqual(["a#1", "d#1"]);
    });

    test("an expression that fails makes a failure of its step, not of the run", async () => {
      const world = new World(makeEngine);
      const end = await world.run(plan([agent("a", { prompt: "{{ 1 | nothing_of_ours }}" }), agent("b")]));
      expect(end.status).toBe("partial");
      expect(resultOf(end, "a").failure!.code).toMatch(/^EXPRESSION_/);
      expect(world.work.performed).toEqual(["b#1"]);
    });

    test("agents that wait for each other are reported, and the run ends", async () => {
      const world = new World(makeEngine);
      const roots = [agent("a", { needs: ["b"] }), agent("b", { needs: ["a"] }), agent("c")];
      const end = await world.run(plan(roots));
      expect(end.status).toBe("partial");
      expect(resultOf(end, "a").failure!.code).toBe("RUN_BLOCKED");
      expect(resultOf(end, "b").failure!.code).toBe("RUN_BLOCKED");
    });

    test("a run that waits for a person says so, and goes on when the person agrees", async () => {
      const world = new World(makeEngine);
      const roots = [agent("a", { approve: true, prompt: "Deploy." }), agent("b")];
      const { handle, watch, ended } = world.start(plan(roots));
      expect(await watch.next("run.suspended")).toMatchObject({ waitingFor: ["a"] });
      expect(watch.of("agent.awaitingApproval")[0]!.question).toContain("Deploy.");
      expect(world.work.performed).toEqual(["b#1"]);
      handle.decide("a", { approved: true, by: "ann" });
      const end = await ended;
      expect(statusesOf(end)).toEqual({ a: "succeeded", b: "succeeded" });
      expect(world.work.performed).toEqual(["b#1", "a#1"]);
    });

    test("what a person refuses is not done, and what needs it is skipped", async () => {
      const world = new World(makeEngine);
      const { handle, watch, ended } = world.start(
        plan([agent("a", { approve: true }), agent("b", { needs: ["a"] })]),
      );
      await watch.next("run.suspended");
      handle.decide("a", { approved: false, by: "ann", answer: "not on a Friday" });
      const end = await ended;
      expect(end.status).toBe("failed");
      expect(resultOf(end, "a").failure).toMatchObject({
        code: "APPROVAL_REJECTED",
        message: "rejected by ann: not on a Friday",
      });
      expect(resultOf(end, "b").status).toBe("skipped");
      expect(world.work.calls).toEqual([]);
    });

    test("events begin with the run's start, end with its end, and name every agent's end once", async () => {
      const world = new World(makeEngine);
      const { watch, ended } = world.start(plan([fork("f", [agent("x"), agent("y")]), agent("z")]));
      await ended;
      expect(watch.events[0]!.type).toBe("run.started");
      expect(watch.events.at(-1)).toMatchObject({ type: "run.ended", status: "succeeded" });
      expect(
        watch
          .of("agent.ended")
          .map(({ path }) => path)
          .sort(),
      ).toEqual(["f/x", "f/y", "z"]);
    });

    test("two runs of one engine do not touch each other", async () => {
      const world = new World(makeEngine);
      world.work.script("a", "hold");
      const one = world.start(plan([agent("a")]), { runId: "r_one" });
      const other = world.start(plan([agent("b")]), { runId: "r_other" });
      expect((await other.ended).status).toBe("succeeded");
      const call = await world.work.called("a");
      await other.handle.cancel("gone");
      expect(call.signal.aborted).toBe(false);
      call.end(completed());
      expect((await one.ended).status).toBe("succeeded");
    });
  });
}
