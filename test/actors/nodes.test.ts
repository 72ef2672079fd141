import { describe, expect, test } from "vitest";
import type { AnyActorRef } from "xstate";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, forEach, fork, plan } from "../support/plans.ts";

describe("nodes and their actors", () => {
  test("a group that became due while its parent was being started is started once (N1)", () => {
    const roots = [
      chain("g", [
        chain("skipped", [agent("x")], { when: "false" }),
        chain("due", [agent("y")], { needs: ["skipped"] }),
      ]),
    ];
    const it = new HandDrivenRun(plan(roots)).start();
    expect(it.events.filter(({ type }) => type === "agent.ready")).toHaveLength(1);
    it.complete("g/due/y");
    expect(it.run.status).toBe("succeeded");
  });

  test("an agent whose actor has ended is not reached any more (N1)", () => {
    const it = new HandDrivenRun(plan([agent("a"), agent("b")])).start().complete("a");
    expect(it.run.deadLetters.count).toBe(0);
    it.complete("a").fail("a").fire("a#1/timeout");
    expect(it.run.deadLetters.count).toBe(3);
    expect(it.statuses).toEqual({ a: "succeeded" });
  });

  test("everything below a group that is never started settles with it, once (N2)", () => {
    const below = [fork("f", [agent("x"), agent("y")]), agent("z", { needs: ["f"] })];
    const it = new HandDrivenRun(plan([agent("a"), chain("g", below, { needs: ["a"] })])).start().fail("a");
    expect(it.statuses).toEqual({ a: "failed", "g/f/x": "skipped", "g/f/y": "skipped", "g/z": "skipped" });
    expect(it.groups).toEqual({ "g/f": "skipped", g: "skipped", "": "failed" });
    expect(it.results[1]!.failure).toMatchObject({ code: "NEEDS_FAILED", message: "a did not succeed" });
  });

  test.each([
    ["its condition is false", { when: "false" }, "skipped", undefined],
    ["what it needs failed", { needs: ["a"] }, "skipped", "NEEDS_FAILED"],
    ["its list is none", { needs: ["b"] }, "failed", "EXPRESSION_NOT_A_LIST"],
  ])("a fork whose agents were never made leaves one result: %s (N2)", (_, options, status, code) => {
    const roots = [agent("a"), agent("b"), forEach("list", "item", "steps.b.data", {}, options)];
    const it = new HandDrivenRun(plan(roots)).start().fail("a").complete("b");
    expect(it.results.find(({ path }) => path === "list")).toMatchObject({ status });
    expect(it.results.find(({ path }) => path === "list")!.failure?.code).toBe(code);
    expect(it.run.answer!.results.map(({ path }) => path)).toEqual(["a", "b", "list"]);
  });

  test("of a wide fork only agents at work have actors; all are told of as ready (N4)", () => {
    const agents = Array.from({ length: 200 }, (_, index) => agent(`a${index}`));
    let alive = 0;
    let most = 0;
    const it = new HandDrivenRun(plan([fork("f", agents)], { agents: 3 }), {
      inspect: ({ type, actorRef }) => {
        if (type !== "@xstate.actor" || (actorRef as { src?: unknown }).src !== "agent") return;
        most = Math.max(most, ++alive);
        (actorRef as AnyActorRef).subscribe({ complete: () => alive-- });
      },
    }).start();
    expect(it.events.filter(({ type }) => type === "agent.ready")).toHaveLength(200);
    expect(it.effects.dispatched).toHaveLength(3);
    for (let index = 0; index < 200; index++) it.complete(`f/a${index}`);
    expect(it.run.status).toBe("succeeded");
    expect(most).toBe(3);
  });

  test("agents that wait without an actor are cancelled with their group, and get no slot (N3, N4)", () => {
    const it = new HandDrivenRun(
      plan([fork("f", [agent("x"), agent("y"), agent("z")])], { agents: 1 }),
    ).start();
    it.cancel();
    expect(it.effects.dispatched).toEqual(["f/x#1"]);
    expect(it.statuses).toEqual({ "f/x": "cancelled", "f/y": "cancelled", "f/z": "cancelled" });
    expect(it.run.status).toBe("cancelled");
  });

  test("slots go by the plan's order whether agents have actors yet or not (N4)", () => {
    const asks = agent("asks", { approve: true });
    const it = new HandDrivenRun(plan([agent("a"), asks, agent("b")], { agents: 1 })).start();
    it.decide("asks", true).complete("a").complete("asks").complete("b");
    expect(it.effects.dispatched).toEqual(["a#1", "asks#1", "b#1"]);
  });

  test("nothing below a group is started once the group was told to cancel (N3)", () => {
    const roots = [
      chain("g", [agent("a"), agent("b", { needs: ["a"] }), fork("f", [agent("c")], { needs: ["a"] })]),
    ];
    const it = new HandDrivenRun(plan(roots)).start().cancel().complete("g/a");
    expect(it.effects.dispatched).toEqual(["g/a#1"]);
    expect(it.statuses).toEqual({ "g/a": "cancelled", "g/b": "cancelled", "g/f/c": "cancelled" });
    expect(it.groups).toEqual({ "g/f": "cancelled", g: "cancelled", "": "cancelled" });
  });
});
