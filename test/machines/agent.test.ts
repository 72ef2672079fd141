import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { completed } from "../support/scripted-performer.ts";
import { anyEvent, anyInput, CRASH, FLAKY, fail, lone } from "./lone-agent.ts";

describe("an agent", () => {
  test("ends in exactly one terminal state, and asks for nothing after it, whatever it is told (A1)", () => {
    fc.assert(
      fc.property(anyInput, fc.array(anyEvent, { maxLength: 40 }), (input, events) => {
        const { actor, asked } = lone(input);
        for (const event of [...events, { type: "cancel", reason: "enough" } as const]) {
          if (actor.getSnapshot().status === "active") actor.send(event);
        }
        expect(actor.getSnapshot().status).toBe("done");
        expect(asked.filter((what) => what.startsWith("result:"))).toEqual([
          `result:${actor.getSnapshot().value}`,
        ]);
        expect(asked.at(-1)).toMatch(/^result:/);
      }),
    );
  });

  test("dispatches at most its attempts, each after a slot of its own that is given back (A2)", () => {
    fc.assert(
      fc.property(anyInput, fc.array(anyEvent, { maxLength: 40 }), (input, events) => {
        const { actor, asked, worked } = lone(input);
        let slots = 0;
        let begunAnew = 0;
        for (const event of events) {
          if (actor.getSnapshot().status !== "active") break;
          if (event.type === "slot.granted" && actor.getSnapshot().value === "ready") slots++;
          actor.send(event);
        }
        if (actor.getSnapshot().status === "active") actor.send({ type: "cancel", reason: "enough" });
        const count = (what: string): number => asked.filter((one) => one === what).length;
        begunAnew = actor.getSnapshot().context.begunAnew;
        expect(begunAnew).toBeLessThanOrEqual(count("crashed") + count("stop"));
        for (const [alternative, most] of [input.attemptsMax, ...input.alternatives].entries())
          expect(worked.filter((one) => one === alternative).length - begunAnew).toBeLessThanOrEqual(most);
        const whole = [input.attemptsMax, ...input.alternatives].reduce((sum, most) => sum + most, 0);
        expect(count("dispatch") - begunAnew).toBeLessThanOrEqual(whole);
        expect(worked).toEqual([...worked].sort((a, b) => a - b));
        expect(count("dispatch")).toBe(slots);
        expect(count("leave")).toBe(slots);
        expect(count("request")).toBe(slots + count("withdraw"));
      }),
    );
  });

  test("rests after a crash until its supervisor's word (A6), and counts it as no attempt (A2)", () => {
    const { actor, asked } = lone({ supervised: true });
    actor.send({ type: "slot.granted" });
    actor.send(fail(1, CRASH));
    expect(actor.getSnapshot().value).toBe("held");
    for (const event of [{ type: "slot.granted" }, fail(1), { type: "stop" }] as const) actor.send(event);
    expect(actor.getSnapshot().value).toBe("held");
    actor.send({ type: "restart" });
    actor.send({ type: "slot.granted" });
    actor.send({ type: "agent.completed", attempt: 2, outcome: completed() });
    expect(asked).toEqual([
      "request",
      "dispatch",
      "leave",
      "crashed",
      "request",
      "dispatch",
      "leave",
      "result:succeeded",
    ]);
  });

  test("without a supervisor a crash is a failed attempt", () => {
    const { actor, asked } = lone();
    actor.send({ type: "slot.granted" });
    actor.send(fail(1, CRASH));
    expect(asked.at(-1)).toBe("result:failed");
  });

  test("keeps its slot until it has stopped, or its grace is over", () => {
    for (const end of [
      { type: "agent.stopped", attempt: 1 },
      { type: "timer.fired", purpose: "grace", attempt: 1 },
    ] as const) {
      const { actor, asked } = lone({ supervised: true });
      actor.send({ type: "slot.granted" });
      actor.send({ type: "stop" });
      expect(asked).toEqual(["request", "dispatch", "stop", "armGrace"]);
      actor.send(end);
      expect(asked.slice(4)).toEqual(["disarmGrace", "leave", "stopped"]);
      expect(actor.getSnapshot().value).toBe("held");
    }
  });

  test("what was done before it could be stopped is done", () => {
    const { actor, asked } = lone({ supervised: true });
    actor.send({ type: "slot.granted" });
    actor.send({ type: "stop" });
    actor.send({ type: "agent.completed", attempt: 1, outcome: completed() });
    expect(asked.at(-1)).toBe("result:succeeded");
  });

  test("asks a person for an answer in place of a slot, and dispatches nothing (A5)", () => {
    fc.assert(
      fc.property(anyInput, fc.array(anyEvent, { maxLength: 40 }), (input, events) => {
        const { actor, asked } = lone({ ...input, asks: "answer" });
        for (const event of events) if (actor.getSnapshot().status === "active") actor.send(event);
        expect(asked.filter((what) => ["request", "dispatch", "armBackoff"].includes(what))).toEqual([]);
        const isOpen = actor.getSnapshot().value === "awaitingApproval";
        const closed = asked.filter((what) => what === "close").length;
        expect(asked.filter((what) => what === "ask")).toHaveLength(closed + (isOpen ? 1 : 0));
      }),
    );
    const refused = lone({ asks: "answer" });
    refused.actor.send({ type: "approval.decided", approved: false, by: "ann" });
    expect(refused.asked).toEqual(["ask", "close", "result:failed"]);
    expect(refused.actor.getSnapshot().context.failure!.code).toBe("HUMAN_REFUSED");
    const answered = lone({ asks: "answer" });
    answered.actor.send({ type: "approval.decided", approved: true, answer: "blue" });
    expect(answered.asked).toEqual(["ask", "close", "result:succeeded"]);
  });

  test("takes no notice of an outcome, a timeout or a backoff of an earlier attempt (A3)", () => {
    const { actor, asked } = lone({ attemptsMax: 3 });
    actor.send({ type: "slot.granted" });
    actor.send(fail(1));
    actor.send({ type: "timer.fired", purpose: "backoff", attempt: 1 });
    actor.send({ type: "slot.granted" });
    const before = [...asked];
    actor.send({ type: "agent.completed", attempt: 1, outcome: completed() });
    actor.send(fail(1));
    actor.send({ type: "timer.fired", purpose: "timeout", attempt: 1 });
    actor.send({ type: "timer.fired", purpose: "backoff", attempt: 1 });
    expect(actor.getSnapshot().value).toBe("running");
    expect(asked).toEqual(before);
  });

  test.each([
    ["blocked", { preparation: null }, [], []],
    ["awaitingApproval", { asks: "approval" }, [], ["ask", "close"]],
    ["ready", {}, [], ["request", "withdraw"]],
    ["running", {}, [{ type: "slot.granted" }], ["request", "dispatch", "leave", "cancelTask"]],
    [
      "backingOff",
      { attemptsMax: 2 },
      [{ type: "slot.granted" }, fail(1)],
      ["request", "dispatch", "leave", "armBackoff", "disarmBackoff"],
    ],
  ] as const)(
    "is cancelled while %s, and nothing is dispatched after it (A4)",
    (state, input, events, asked) => {
      const it = lone(input);
      for (const event of events) it.actor.send(event);
      expect(it.actor.getSnapshot().value).toBe(state);
      it.actor.send({ type: "cancel", reason: "enough" });
      expect(it.asked).toEqual([...asked, "result:cancelled"]);
      expect(it.actor.getSnapshot().output).toEqual({
        path: "a",
        tally: { total: 1, satisfied: 0, cancelled: 1 },
      });
    },
  );

  test("is tried again after a timeout as after a failure, and gives up with its last failure", () => {
    const { actor, asked } = lone({ attemptsMax: 2 });
    actor.send({ type: "slot.granted" });
    actor.send({ type: "timer.fired", purpose: "timeout", attempt: 1 });
    actor.send({ type: "timer.fired", purpose: "backoff", attempt: 1 });
    actor.send({ type: "slot.granted" });
    actor.send(fail(2));
    expect(actor.getSnapshot().context).toMatchObject({ attempt: 2, failure: FLAKY });
    expect(asked.at(-1)).toBe("result:failed");
  });

  test("gives its fallback when it fails for good, also when a person says no", () => {
    const failing = lone({ hasFallback: true });
    failing.actor.send({ type: "slot.granted" });
    failing.actor.send(fail(1));
    expect(failing.asked.at(-1)).toBe("result:degraded");
    const refused = lone({ hasFallback: true, asks: "approval" });
    refused.actor.send({ type: "approval.decided", approved: false, by: "ann", answer: "not now" });
    expect(refused.asked.at(-1)).toBe("result:degraded");
    expect(refused.actor.getSnapshot().context.failure).toEqual({
      code: "APPROVAL_REJECTED",
      message: "rejected by ann: not now",
      retryable: false,
    });
  });

  test("waits for a person without a slot, goes on whatever is decided, and loses no attempt by it (A8)", () => {
    for (const approved of [true, false]) {
      const { actor, asked } = lone({ attemptsMax: 2 });
      actor.send({ type: "slot.granted" });
      actor.send({ type: "agent.asked", attempt: 1, asked: { question: "May it?", state: null } });
      expect(actor.getSnapshot().value).toBe("awaitingApproval");
      expect(asked.slice(-2)).toEqual(["leave", "ask"]);
      actor.send({ type: "approval.decided", approved });
      actor.send({ type: "slot.granted" });
      actor.send(fail(2));
      expect(actor.getSnapshot().value).toBe("backingOff");
    }
  });

  test("goes on with the same alternative after a crash under a supervisor", () => {
    const { actor, worked } = lone({ alternatives: [1, 1], supervised: true });
    actor.send({ type: "slot.granted" });
    actor.send(fail(1));
    actor.send({ type: "slot.granted" });
    actor.send(fail(2, CRASH));
    actor.send({ type: "restart" });
    actor.send({ type: "slot.granted" });
    expect(worked).toEqual([0, 1, 1]);
    actor.send(fail(3));
    actor.send({ type: "slot.granted" });
    expect(worked).toEqual([0, 1, 1, 2]);
  });

  test("counts as satisfied when its own condition skips it, not when what it needs did not end well", () => {
    const own = lone({ preparation: { kind: "skip", reason: "condition" } });
    expect(own.actor.getSnapshot().output!.tally).toEqual({ total: 1, satisfied: 1, cancelled: 0 });
    const broken = lone({ preparation: { kind: "skip", reason: "b did not succeed" } });
    expect(broken.actor.getSnapshot().output!.tally).toEqual({ total: 1, satisfied: 0, cancelled: 0 });
  });
});
