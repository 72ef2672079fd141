import { describe, expect, test } from "vitest";
import {
  agentOf,
  causeInShort,
  causesOf,
  groupOf,
  linksOf,
  runOf,
  runOn,
  stretchInShort,
} from "../../support/explained-run.ts";
import { agent, chain, forEach, fork, plan } from "../../support/plans.ts";

describe("a group", () => {
  test("that failed tells its rate, what it needed, and the children that decided it", () => {
    const made = plan([fork("f", [agent("a"), agent("b"), agent("c"), agent("d")], { threshold: 0.8 })]);
    const history = runOn(made, (run) =>
      run
        .complete("f/a")
        .fail("f/b", 1, { retryable: false })
        .fail("f/c", 1, { retryable: false })
        .complete("f/d"),
    );
    expect(groupOf(history, "f")).toMatchObject({
      group: "fork",
      state: "failed",
      threshold: 0.8,
      satisfied: 2,
      total: 4,
      reason: { kind: "children", satisfied: 2, total: 4, needed: 4 },
      at: { seq: 5 },
      children: { succeeded: 2, failed: 2 },
      deciding: [{ path: "f/b", status: "failed" }, { path: "f/c" }],
    });
    expect(causesOf(history, "f")).toEqual(["f/b failure @3 via f > f/b", "f/c failure @4 via f > f/c"]);
  });

  test("that succeeded in spite of a failure says how many had to, and who came last", () => {
    const made = plan([fork("f", [agent("a"), agent("b")], { threshold: 0.5 })]);
    const history = runOn(made, (run) => run.fail("f/a", 1, { retryable: false }).complete("f/b"));
    expect(groupOf(history, "f")).toMatchObject({
      state: "succeeded",
      reason: { kind: "children", satisfied: 1, total: 2, needed: 1 },
      deciding: [{ path: "f/b" }],
      causes: [],
    });
    expect(runOf(history).causes.map(causeInShort)).toEqual(["f/a failure @2 via f/a"]);
  });

  test("under way counts its children, copies made at run time too, and waits on them", () => {
    const made = plan([forEach("each", "item", ["x", "y", "z"])], { agents: 2 });
    const history = runOn(made, (run) => run.complete("each.0"));
    expect(groupOf(history, "each")).toMatchObject({
      state: "underWay",
      children: { succeeded: 1, running: 2 },
      total: 3,
      waitsOn: [{ path: "each.1" }, { path: "each.2" }],
    });
    expect(linksOf(history, "each.2")).toEqual([
      "ready @1",
      "queued @1-2, agents held by each.0+each.1, freed by each.0",
      "attempt 1 @2-undefined underWay",
    ]);
  });

  test("whose condition cannot be read is the origin of its agents' failure", () => {
    const history = runOn(
      plan([agent("x"), chain("c", [agent("a")], { needs: ["x"], when: "1 ==" })]),
      (run) => run.complete("x"),
    );
    expect(agentOf(history, "c/a").links.at(-1)).toMatchObject({
      status: "failed",
      reason: { kind: "failure", failure: { code: "EXPRESSION_SYNTAX" }, origin: "c" },
    });
    expect(groupOf(history, "c").state).toBe("failed");
  });
});

describe("a run", () => {
  test("is explained by the stretches of time that its end waited for, without gaps", () => {
    const made = plan([
      agent("a"),
      agent("b"),
      agent("c", { needs: ["a"] }),
      agent("d", { needs: ["b", "c"] }),
    ]);
    const history = runOn(made, (run) => run.complete("b").complete("a").complete("c").complete("d"));
    expect(runOf(history).timePath.map(stretchInShort)).toEqual([
      "start: a work 1 1s-3s",
      "need: c work 1 3s-4s",
      "need: d work 1 4s-5s",
    ]);
  });

  test("that was refused says why", () => {
    const history = runOn(
      plan([agent("a", { resources: { cpu: 9, memoryMb: 1 } })], { cpu: 1 }),
      (run) => run,
    );
    expect(runOf(history)).toMatchObject({
      status: "failed",
      stopped: { code: "PLAN_IMPOSSIBLE_RESOURCES" },
      stop: null,
      agents: { waiting: 1 },
    });
  });

  test("lists the first twenty of many causes and counts the rest", () => {
    const many = Array.from({ length: 30 }, (_, index) => agent(`a${index}`));
    const history = runOn(plan(many, { agents: 30 }), (run) =>
      many.reduce((driven, { name }) => driven.fail(name, 1, { retryable: false }), run),
    );
    expect(runOf(history)).toMatchObject({ moreCauses: 10, agents: { failed: 30 } });
    expect(runOf(history).causes.map(({ path }) => path)).toEqual(many.slice(0, 20).map(({ name }) => name));
  });
});
