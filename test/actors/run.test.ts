import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Workbench } from "../../src/actors/synthesis/workbench.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, chain, fork, plan } from "../support/plans.ts";

describe("a run as a fold over facts", () => {
  test("the same facts give the same commands, events and answer (K1)", () => {
    const play = () =>
      new HandDrivenRun(plan([agent("a", { attempts: 2 }), agent("b", { needs: ["a"] })]))
        .start()
        .fail("a")
        .fire("a#1/backoff")
        .complete("a", 2)
        .complete("b");
    const [one, other] = [play(), play()];
    expect(other.effects.commands).toEqual(one.effects.commands);
    expect(other.events).toEqual(one.events);
    expect(other.run.answer).toEqual(one.run.answer);
    expect(one.run.status).toBe("succeeded");
  });

  test("every agent has exactly one result when the run has ended, also when it was stopped at once (K2)", () => {
    const roots = [fork("f", [agent("x"), agent("y")]), chain("c", [agent("z")], { needs: ["f"] })];
    const it = new HandDrivenRun(plan(roots)).start().cancel();
    expect(it.run.answer!.results.map(({ path, status }) => [path, status])).toEqual([
      ["f/x", "cancelled"],
      ["f/y", "cancelled"],
      ["c/z", "cancelled"],
    ]);
  });

  test("a fact for an actor that has ended changes nothing and is counted (K3)", () => {
    const it = new HandDrivenRun(plan([agent("a"), agent("b")])).start().complete("a");
    const before = [it.events.length, it.effects.commands.length, it.results.length];
    it.complete("a").fire("a#1/timeout").decide("a", true).complete("nobody");
    expect([it.events.length, it.effects.commands.length, it.results.length]).toEqual(before);
    expect(it.run.deadLetters.count).toBe(4);
  });

  test("dead letters say what they were and why; the newest are kept, all are counted", () => {
    const it = new HandDrivenRun(plan([agent("a", { attempts: 2, backoff: "none" }), agent("b")])).start();
    it.fail("a").fire("a#1/backoff").complete("a", 1).complete("nobody").decide("b", true);
    expect(it.run.deadLetters.kept.map(({ type, reason, path }) => [type, reason, path])).toEqual([
      ["agent.completed", "attempt.stale", "a"],
      ["agent.completed", "agent.unknown", "nobody"],
      ["approval.decided", "decision.unasked", "b"],
    ]);
    for (let index = 0; index < 300; index++) it.fire("a#1/timeout");
    expect([it.run.deadLetters.count, it.run.deadLetters.kept.length]).toEqual([303, 256]);
    expect(it.statuses).toEqual({});
  });

  test("a run whose answer cannot be made has failed, and says why", () => {
    const format = vi.spyOn(Workbench.prototype, "formatAnswer").mockImplementation(() => {
      throw new Error("no room for words");
    });
    onTestFinished(() => format.mockRestore());
    const { run } = new HandDrivenRun(plan([agent("a")])).start().complete("a");
    expect([run.status, run.answer]).toEqual(["failed", null]);
    expect(run.stopped).toMatchObject({ code: "SYNTHESIS_FAILED", message: "no room for words" });
  });

  test("a fact after the end changes nothing and is counted (K3)", () => {
    const it = new HandDrivenRun(plan([agent("a")])).start().complete("a");
    const answer = JSON.stringify(it.run.answer);
    it.cancel().fail("a").start();
    expect(it.run.deadLetters.count).toBe(3);
    expect(it.run.status).toBe("succeeded");
    expect(JSON.stringify(it.run.answer)).toBe(answer);
  });

  test("a second decision about one agent does not wake a run that waits for another (K3)", () => {
    const asking = [agent("a", { approve: true }), agent("b", { approve: true })];
    const it = new HandDrivenRun(plan(asking)).start().decide("a", false);
    const before = it.events.length;
    it.decide("a", true).decide("nobody", true);
    expect(it.events.length).toBe(before);
    expect(it.run.deadLetters.count).toBe(2);
    expect(it.run.state).toBe("suspended");
  });

  test("agents that wait for each other are reported as blocked, and the run ends with what it has (K4)", () => {
    const roots = [agent("a", { needs: ["b"] }), agent("b", { needs: ["a"] }), agent("c")];
    const it = new HandDrivenRun(plan(roots)).start();
    expect(it.run.active).toBe(true);
    it.complete("c");
    expect(it.run.status).toBe("partial");
    expect(it.statuses).toEqual({ a: "skipped", b: "skipped", c: "succeeded" });
    expect(it.results.find(({ path }) => path === "a")!.failure).toEqual({
      code: "RUN_BLOCKED",
      message: "blocked: waits for b, which can never end",
      retryable: false,
    });
  });

  test("groups that wait for each other are reported as blocked, at every depth (K4)", () => {
    const inner = chain("g", [fork("f", [agent("x")], { needs: ["h"] })]);
    const it = new HandDrivenRun(plan([inner, chain("h", [agent("y")], { needs: ["g"] })])).start();
    expect(it.run.status).toBe("failed");
    expect(it.statuses).toEqual({ "g/f/x": "skipped", "h/y": "skipped" });
    expect(it.results.map(({ failure }) => failure!.code)).toEqual(["RUN_BLOCKED", "RUN_BLOCKED"]);
  });

  test("a blocked set is not reported while a person may still free it (K4)", () => {
    const roots = [agent("a", { approve: true }), agent("b", { needs: ["c"] }), agent("c", { needs: ["b"] })];
    const it = new HandDrivenRun(plan(roots)).start();
    expect(it.events.at(-1)).toMatchObject({ type: "run.suspended", waitingFor: ["a"] });
    it.decide("a", true).complete("a");
    expect(it.run.status).toBe("partial");
    expect(it.statuses).toEqual({ a: "succeeded", b: "skipped", c: "skipped" });
  });

  test("a plan that its capacity can never hold is refused before anything starts", () => {
    const it = new HandDrivenRun(
      plan([agent("a", { resources: { cpu: 9, memoryMb: 1 } })], { cpu: 8 }),
    ).start();
    expect(it.run.status).toBe("failed");
    expect(it.run.stopped).toMatchObject({
      code: "PLAN_IMPOSSIBLE_RESOURCES",
      message: "a needs 9 cpu, there is 8",
    });
    expect(it.run.answer).toBeNull();
    expect(it.effects.commands).toEqual([]);
  });

  test("the deadline stops the run; what was done until then is the answer", () => {
    const it = new HandDrivenRun(plan([agent("a"), agent("b")]), { timeoutMs: 5_000 }).start();
    expect(it.effects.commands).toContainEqual({ type: "setTimer", id: "run/deadline", atMs: 6_000 });
    it.complete("a").fire("run/deadline");
    expect(it.run.status).toBe("partial");
    expect(it.run.stopped!.code).toBe("RUN_TIMEOUT");
    expect(it.statuses).toEqual({ a: "succeeded", b: "cancelled" });
    expect(it.effects.commands).toContainEqual({ type: "cancel", path: "b", why: "cancelled" });
  });

  test("a broken invariant reaches whoever applies the fact", () => {
    const it = new HandDrivenRun(plan([agent("a")])).start();
    expect(() => it.fire("no timer of ours")).toThrow("timer id no timer of ours is not ours");
  });
});
