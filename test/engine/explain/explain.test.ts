import { describe, expect, test } from "vitest";
import {
  agentOf,
  causeInShort,
  causesOf,
  groupOf,
  historyOf,
  linksOf,
  runOf,
  runOn,
  stretchInShort,
} from "../../support/explained-run.ts";
import { HandDrivenRun } from "../../support/hand-driven-run.ts";
import { agent, chain, plan } from "../../support/plans.ts";

describe("an agent that ended", () => {
  test("is explained by what it needed, its attempt and its outcome, each with its record", () => {
    const history = runOn(plan([agent("a"), agent("b", { needs: ["a"] })]), (run) =>
      run.complete("a").complete("b"),
    );
    expect(linksOf(history, "b")).toEqual([
      "b needs a: succeeded @2",
      "ready @2",
      "attempt 1 @2-3 completed",
      "succeeded: completed @3",
    ]);
    expect(agentOf(history, "b")).toMatchObject({ state: "succeeded", causes: [], waitsOn: [] });
    expect(agentOf(history, "b").timePath.map(stretchInShort)).toEqual([
      "start: a work 1 1s-2s",
      "need: b work 1 2s-3s",
    ]);
  });

  test("shows each failed attempt, how long it waited, and the failure it ended with", () => {
    const made = plan([agent("a", { attempts: 3, timeoutMs: 5_000 })]);
    const history = runOn(made, (run) =>
      run
        .fail("a")
        .fire("a#1/backoff")
        .fire("a#2/timeout")
        .fire("a#2/backoff")
        .fail("a", 3, { code: "LAST" }),
    );
    expect(linksOf(history, "a")).toEqual([
      "ready @1",
      "attempt 1 @1-2 failed",
      "backed off @2",
      "ready after backoff @3",
      "attempt 2 @3-4 timedOut",
      "backed off @4",
      "ready after backoff @5",
      "attempt 3 @5-6 failed",
      "failed: failure @6",
    ]);
    const { links, causes, timePath } = agentOf(history, "a");
    expect(links[4]).toMatchObject({ end: { timeoutMs: 5_000 } });
    expect(links.at(-1)).toMatchObject({ reason: { failure: { code: "LAST" }, origin: "a" } });
    expect(causes.map(causeInShort)).toEqual(["a failure @6 via a"]);
    expect(timePath.map(stretchInShort)).toEqual([
      "start: a work 1 1s-2s",
      "failure: a backoff 1 2s-3s",
      "retry: a work 2 3s-4s",
      "failure: a backoff 2 4s-5s",
      "retry: a work 3 5s-6s",
    ]);
  });

  test("with a fallback says which failure it stands in for", () => {
    const made = plan([agent("a", { fallback: { output: "instead" } })]);
    const history = runOn(made, (run) => run.fail("a", 1, { retryable: false }));
    expect(agentOf(history, "a").links.at(-1)).toMatchObject({
      status: "degraded",
      reason: { kind: "failure", failure: { code: "FLAKY" } },
    });
    expect(agentOf(history, "a").causes).toEqual([]);
  });

  test("that gave way to an alternative says who did the work instead, and what it was that failed", () => {
    const made = plan([
      agent("a", { alternatives: [{ timeoutMs: 7_000 }, { agent: "last", performer: "other" }] }),
    ]);
    const history = runOn(made, (run) =>
      run.fail("a", 1, { code: "OWN" }).fire("a#2/timeout").complete("a", 3),
    );
    const { links, causes, timePath } = agentOf(history, "a");
    expect(links.filter(({ kind }) => kind === "attempt")).toMatchObject([
      { attempt: 1, end: { kind: "failed", failure: { code: "OWN" } } },
      {
        attempt: 2,
        alternative: { index: 1, of: 2, by: { agent: "worker1", performer: "scripted" } },
        end: { kind: "timedOut", timeoutMs: 7_000 },
      },
      { attempt: 3, alternative: { index: 2, of: 2 }, end: { kind: "completed", cached: false } },
    ]);
    expect(links.filter(({ kind }) => kind === "ready")).toMatchObject([
      { after: "needs" },
      { after: "alternative" },
      { after: "alternative" },
    ]);
    expect(links.at(-1)).toMatchObject({
      status: "degraded",
      reason: {
        kind: "alternative",
        alternative: 2,
        by: { agent: "last", performer: "other" },
        failure: { code: "OWN" },
      },
    });
    expect(causes).toEqual([]);
    expect(timePath.map(({ via }) => via)).toEqual(["start", "failure", "failure"]);
  });

  test("whose attempt answers too late for it is not explained by that answer", () => {
    const history = runOn(plan([agent("a"), agent("b")]), (run) =>
      run.fire("a#1/timeout").complete("a").complete("b"),
    );
    expect(linksOf(history, "a").slice(1)).toEqual(["attempt 1 @1-2 timedOut", "failed: failure @2"]);
  });

  test("that waited for a slot names who held it, what there was too little of, and who made room", () => {
    const made = plan([agent("a"), agent("b"), agent("c")], { agents: 2 });
    const history = runOn(made, (run) => run.complete("b").complete("a").complete("c"));
    expect(linksOf(history, "c")).toEqual([
      "ready @1",
      "queued @1-2, agents held by a+b, freed by b",
      "attempt 1 @2-4 completed",
      "succeeded: completed @4",
    ]);
    const cores = plan(
      [
        agent("a", { resources: { cpu: 3, memoryMb: 1 } }),
        agent("b", { resources: { cpu: 2, memoryMb: 1 } }),
      ],
      { cpu: 4 },
    );
    const short = runOn(cores, (run) => run.complete("a").complete("b"));
    expect(linksOf(short, "b")[1]).toBe("queued @1-2, cpu held by a, freed by a");
    expect(agentOf(short, "b").timePath.map(stretchInShort)).toEqual([
      "start: a work 1 1s-2s",
      "slot: b work 1 2s-3s",
    ]);
  });
});

describe("a person's word", () => {
  const made = plan([agent("a", { approve: true })]);

  test("is told with who decided, and how long it took", () => {
    const history = historyOf(
      made,
      new HandDrivenRun(made)
        .start()
        .apply({ type: "approval.decided", path: "a", approved: true, by: "Ada", atMs: 61_000 })
        .apply({
          type: "agent.completed",
          path: "a",
          attempt: 1,
          atMs: 62_000,
          outcome: { kind: "completed", output: "", confidence: { value: 1, source: "checked" } },
        }).facts,
    );
    expect(linksOf(history, "a")).toEqual([
      "asked @1",
      "approved by Ada @2",
      "ready after decision @2",
      "attempt 1 @2-3 completed",
      "succeeded: completed @3",
    ]);
    expect(agentOf(history, "a").links[1]).toMatchObject({ waitedMs: 60_000 });
    expect(agentOf(history, "a").timePath.map(stretchInShort)).toEqual([
      "start: a person 0 1s-61s",
      "decision: a work 1 61s-62s",
    ]);
  });

  test("that is no ends the agent, and is the cause of what it leaves undone", () => {
    const asks = plan([agent("a", { approve: true }), agent("b", { needs: ["a"] })]);
    const history = runOn(asks, (run) => run.decide("a", false));
    expect(linksOf(history, "a")).toEqual(["asked @1", "refused by null @2", "failed: failure @2"]);
    expect(causesOf(history, "b")).toEqual(["a failure @2 via b > a"]);
  });

  test("that has not been said yet is what the agent and the run wait for", () => {
    const history = runOn(made, (run) => run);
    expect(agentOf(history, "a")).toMatchObject({
      state: "awaitingApproval",
      waitsOn: [
        {
          path: "a",
          state: "awaitingApproval",
          sinceMs: 1_000,
          question: expect.stringContaining("May worker"),
        },
      ],
    });
    expect(runOf(history)).toMatchObject({ status: "suspended", waitsOn: [{ path: "a" }] });
  });
});

describe("an agent that was skipped", () => {
  test("by its condition says which, and has no cause to look for", () => {
    const history = runOn(plan([agent("a", { when: "1 == 2" })]), (run) => run);
    expect(agentOf(history, "a").links.at(-1)).toMatchObject({
      status: "skipped",
      reason: { kind: "condition", when: "1 == 2", origin: "a" },
    });
    expect(agentOf(history, "a").causes).toEqual([]);
  });

  test("by the condition of a group around it names the group", () => {
    const history = runOn(
      plan([agent("first"), chain("c", [agent("a")], { when: "1 == 2", needs: ["first"] })]),
      (run) => run.complete("first"),
    );
    expect(agentOf(history, "c/a").links.at(-1)).toMatchObject({
      reason: { kind: "condition", origin: "c" },
    });
    expect(groupOf(history, "c")).toMatchObject({
      state: "skipped",
      reason: { kind: "condition", when: "1 == 2" },
      causes: [],
    });
  });

  test("because of a failure is followed back to it, through agents and groups", () => {
    const made = plan([
      chain("one", [agent("a"), agent("b", { needs: ["a"] })]),
      chain("two", [agent("c"), agent("d", { needs: ["c"] })], { needs: ["one"] }),
      agent("e", { needs: ["two"] }),
    ]);
    const history = runOn(made, (run) => run.fail("one/a", 1, { retryable: false, code: "ROOT" }));
    expect(linksOf(history, "two/d")).toEqual([
      "two needs one: failed (unsatisfied) @2",
      "two/d needs two/c: skipped (unsatisfied) @2",
      "skipped: needs @2",
    ]);
    expect(agentOf(history, "two/d").links.at(-1)).toMatchObject({
      reason: { broken: ["one"], origin: "two" },
    });
    expect(causesOf(history, "e")).toEqual(["one/a failure @2 via e > two > one > one/a"]);
    expect(runOf(history)).toMatchObject({
      causes: [{ path: "one/a" }],
      affected: [4],
      agents: { failed: 1, skipped: 4 },
    });
  });

  test("because it waits for itself in a circle shows the circle", () => {
    const made = plan([agent("a", { needs: ["b"] }), agent("b", { needs: ["a"] }), agent("c")]);
    const history = runOn(made, (run) => run.complete("c"));
    const [cause] = agentOf(history, "a").causes;
    expect(cause).toMatchObject({
      path: "a",
      reason: { kind: "blocked", waitsFor: ["b"], circle: ["a", "b", "a"] },
    });
  });
});

describe("what was cancelled", () => {
  const made = plan([agent("a"), agent("b", { needs: ["a"] })]);

  test("on request says why, for what was under way and for what had not begun", () => {
    const history = runOn(made, (run) => run.cancel("not needed"));
    expect(linksOf(history, "a")).toEqual(["ready @1", "attempt 1 @1-2 stopped", "cancelled: stopped @2"]);
    expect(linksOf(history, "b")).toEqual(["b needs a: cancelled (unsatisfied) @2", "cancelled: stopped @2"]);
    expect(agentOf(history, "b").links.at(-1)).toMatchObject({
      reason: { stop: { kind: "request", reason: "not needed" } },
    });
    expect(runOf(history)).toMatchObject({
      status: "cancelled",
      stop: { kind: "request", reason: "not needed", at: { seq: 2 } },
      causes: [{ path: "", reason: { kind: "stopped" } }],
    });
  });

  test("by the deadline says so", () => {
    const history = runOn(made, (run) => run.fire("run/deadline"));
    expect(runOf(history)).toMatchObject({
      stop: { kind: "deadline", timeoutMs: 3_600_000 },
      stopped: { code: "RUN_TIMEOUT" },
    });
  });
});

describe("what has not ended", () => {
  const made = plan(
    [agent("a", { attempts: 2 }), agent("b", { needs: ["a"] }), agent("c", { needs: ["b"] })],
    { agents: 1 },
  );

  test("waits on what is under way before it, however far away", () => {
    const history = runOn(made, (run) => run);
    expect(agentOf(history, "c")).toMatchObject({
      state: "waiting",
      links: [{ kind: "need", need: "b", status: null, at: null }],
      waitsOn: [{ path: "a", state: "running", sinceMs: 1_000 }],
    });
    expect(agentOf(history, "a").links.at(-1)).toMatchObject({
      kind: "attempt",
      to: null,
      end: { kind: "underWay" },
    });
    expect(runOf(history)).toMatchObject({
      status: "running",
      agents: { running: 1, waiting: 2 },
      causes: [],
    });
    expect(runOf(history).timePath.map(stretchInShort)).toEqual(["start: a work 1 1s-"]);
  });

  test("and backs off says until when", () => {
    const history = runOn(made, (run) => run.fail("a"));
    const { links, waitsOn } = agentOf(history, "a");
    const off = links.at(-1);
    if (off?.kind !== "backedOff") throw new Error("it does not back off");
    expect(waitsOn).toMatchObject([{ path: "a", state: "backingOff", untilMs: off.untilMs }]);
    expect(off.untilMs).toBe(2_000 + off.delayMs);
  });

  test("and waits for a slot names who holds it", () => {
    const two = plan([agent("a"), agent("b")], { agents: 1 });
    const history = runOn(two, (run) => run);
    expect(linksOf(history, "b")).toEqual([
      "ready @1",
      "queued @1-undefined, agents held by a, freed by null",
    ]);
  });
});
