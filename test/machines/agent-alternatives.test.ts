import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AgentEvent } from "../../src/machines/agent.ts";
import { completed } from "../support/scripted-performer.ts";
import { anyEvent, CRASH, FATAL, FLAKY, fail, lone, UNSURE } from "./lone-agent.ts";

describe("alternatives of an agent", () => {
  test("begins an alternative once an attempt has failed for good, and counts what it does as degraded (A2, A7)", () => {
    const { actor, asked, worked } = lone({ attemptsMax: 2, alternatives: [1, 2] });
    const grant = { type: "slot.granted" } as const;
    const backoff = (of: number) => ({ type: "timer.fired", purpose: "backoff", attempt: of }) as const;
    for (const event of [grant, fail(1), backoff(1), grant, fail(2), grant] as const) actor.send(event);
    expect(worked).toEqual([0, 0, 1]);
    actor.send({ type: "timer.fired", purpose: "timeout", attempt: 3 });
    for (const event of [grant, fail(4), backoff(4), grant] as const) actor.send(event);
    expect(worked).toEqual([0, 0, 1, 2, 2]);
    expect(asked.filter((what) => what === "cancelTask")).toHaveLength(1);
    actor.send({ type: "agent.completed", attempt: 5, outcome: completed() });
    expect(asked.at(-1)).toBe("result:degraded");
    expect(actor.getSnapshot().output!.tally).toEqual({ total: 1, satisfied: 1, cancelled: 0 });
  });

  test("when no alternative is left it gives its fallback, or fails with its last failure", () => {
    for (const hasFallback of [true, false]) {
      const { actor, asked } = lone({ alternatives: [1], hasFallback });
      actor.send({ type: "slot.granted" });
      actor.send(fail(1, FATAL));
      actor.send({ type: "slot.granted" });
      actor.send(fail(2, { ...FATAL, code: "LAST" }));
      expect(asked.at(-1)).toBe(hasFallback ? "result:degraded" : "result:failed");
      expect(actor.getSnapshot().context.failure!.code).toBe("LAST");
    }
  });

  test.each(["BREAKER_OPEN", "PACE_EXCEEDED"])(
    "%s is not waited for where an alternative is left, else tried again",
    (code) => {
      const { actor } = lone({ attemptsMax: 3, alternatives: [2] });
      actor.send({ type: "slot.granted" });
      actor.send(fail(1, { ...FLAKY, code }));
      expect(actor.getSnapshot()).toMatchObject({ value: "ready", context: { alternative: 1 } });
      actor.send({ type: "slot.granted" });
      actor.send(fail(2, { ...FLAKY, code }));
      expect(actor.getSnapshot().value).toBe("backingOff");
    },
  );

  test("keeps an answer that is not sure enough, and begins what may be surer; what that does has succeeded (A7, A9)", () => {
    const choosy = { alternatives: [1, 1, 1], escalation: { least: 0.4, alternatives: 2 } };
    const grant = { type: "slot.granted" } as const;
    const unsure = (of: number) => ({ type: "agent.completed", attempt: of, outcome: UNSURE }) as const;
    const surer = lone(choosy);
    for (const event of [grant, unsure(1), grant] as const) surer.actor.send(event);
    expect(surer.actor.getSnapshot().context).toMatchObject({
      isKept: true,
      failure: { code: "CONFIDENCE_LOW" },
    });
    surer.actor.send({ type: "agent.completed", attempt: 2, outcome: completed() });
    expect(surer.worked).toEqual([0, 1]);
    expect(surer.asked.at(-1)).toBe("result:succeeded");

    // Beyond the last that may be surer an answer stands, however sure it is.
    const never = lone(choosy);
    for (const event of [grant, unsure(1), grant, unsure(2), grant, unsure(3)] as const)
      never.actor.send(event);
    expect(never.worked).toEqual([0, 1, 2]);
    expect(never.asked.filter((what) => what === "keep")).toHaveLength(2);
    expect(never.asked.at(-1)).toBe("result:succeeded");

    // Where the surer ones fail it stands, and nothing less is tried.
    const failing = lone(choosy);
    for (const event of [grant, unsure(1), grant, fail(2, FATAL), grant, fail(3, FATAL)] as const)
      failing.actor.send(event);
    expect(failing.worked).toEqual([0, 1, 2]);
    expect(failing.asked.at(-1)).toBe("result:degraded");
  });

  test("never fails once an answer is kept (A9)", () => {
    const begun: readonly AgentEvent[] = [
      { type: "slot.granted" },
      { type: "agent.completed", attempt: 1, outcome: UNSURE },
    ];
    const choosy = { alternatives: [1, 2], escalation: { least: 0.4, alternatives: 2 } };
    const asking = fc.record({ hasFallback: fc.boolean(), supervised: fc.boolean() });
    fc.assert(
      fc.property(asking, fc.array(anyEvent, { maxLength: 40 }), (input, events) => {
        const { actor, asked } = lone({ ...input, ...choosy });
        for (const event of [...begun, ...events])
          if (actor.getSnapshot().status === "active") actor.send(event);
        expect(asked).toContain("keep");
        expect(asked).not.toContain("result:failed");
      }),
    );
  });

  test("an answer that came while it was to stop is done, however sure it is (A9)", () => {
    const { actor, asked } = lone({
      supervised: true,
      alternatives: [1],
      escalation: { least: 0.4, alternatives: 1 },
    });
    actor.send({ type: "slot.granted" });
    actor.send({ type: "stop" });
    actor.send({ type: "agent.completed", attempt: 1, outcome: UNSURE });
    expect(asked.at(-1)).toBe("result:succeeded");
  });

  test("begins no alternative after a person's no, nor when its supervisor gives it up (A7)", () => {
    const refused = lone({ alternatives: [1], asks: "approval" });
    refused.actor.send({ type: "approval.decided", approved: false });
    expect(refused.asked).toEqual(["ask", "close", "result:failed"]);
    const abandoned = lone({ alternatives: [1], supervised: true });
    abandoned.actor.send({ type: "slot.granted" });
    abandoned.actor.send(fail(1, CRASH));
    abandoned.actor.send({ type: "abandon", failure: FATAL });
    expect(abandoned.asked.at(-1)).toBe("result:failed");
  });
});
