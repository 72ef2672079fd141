import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs } from "../../src/actors/agent-desk.ts";
import { HandDrivenRun } from "../support/hand-driven-run.ts";
import { agent, fork, plan } from "../support/plans.ts";

const EXPONENTIAL = { attempts: 9, backoff: "exponential", delayMs: 1_000, maxDelayMs: 10_000 } as const;

describe("the desk of the agents", () => {
  test("ends every task once: by its outcome, its timeout, or a cancellation (G1)", () => {
    const roots = [agent("a"), agent("b", { attempts: 2 }), agent("c")];
    const it = new HandDrivenRun(plan(roots)).start().complete("a").fire("b#1/timeout").cancel();
    expect(it.effects.dispatched).toEqual(["a#1", "b#1", "c#1"]);
    expect(
      it.effects.commands.flatMap((command) => (command.type === "cancel" ? [command.path] : [])),
    ).toEqual(["b", "c"]);
  });

  test("lets go of an attempt's timeout when the attempt is over, and of a backoff when it is cancelled (G1)", () => {
    const it = new HandDrivenRun(plan([agent("a", { attempts: 2 })])).start().fail("a").cancel();
    const cleared = it.effects.commands.flatMap((command) =>
      command.type === "clearTimer" ? [command.id] : [],
    );
    expect(cleared).toContain("a#1/timeout");
    expect(cleared).toContain("a#1/backoff");
  });

  test("gives a slot back while an agent backs off, so that another one may work (G2)", () => {
    const roots = [fork("f", [agent("a", { attempts: 2 }), agent("b")])];
    const it = new HandDrivenRun(plan(roots, { agents: 1 })).start();
    expect(it.effects.dispatched).toEqual(["f/a#1"]);
    it.fail("f/a");
    expect(it.effects.dispatched).toEqual(["f/a#1", "f/b#1"]);
    it.fire("f/a#1/backoff");
    expect(it.effects.dispatched).toHaveLength(2);
    it.complete("f/b");
    expect(it.effects.dispatched).toEqual(["f/a#1", "f/b#1", "f/a#2"]);
  });

  test("fails an attempt whose expressions fail without calling anybody, and gives its slot back (G2)", () => {
    const broken = agent("a", { prompt: "{{ 'x' | no_such_filter }}" });
    const it = new HandDrivenRun(plan([broken, agent("b")], { agents: 1 })).start();
    expect(it.effects.dispatched).toEqual(["b#1"]);
    expect(it.results[0]).toMatchObject({ path: "a", status: "failed", attempts: 1 });
    it.complete("b");
    expect(it.run.status).toBe("partial");
  });

  test("tells an attempt why the one before failed, and the first one nothing", () => {
    const it = new HandDrivenRun(plan([agent("a", { attempts: 3 })])).start();
    it.fail("a", 1, { message: "the wire broke" })
      .fire("a#1/backoff")
      .fire("a#2/timeout")
      .fire("a#2/backoff");
    const told = it.effects.commands.flatMap((command) =>
      command.type === "dispatch" ? [command.task.previousFailure?.message] : [],
    );
    expect(told).toEqual([undefined, "the wire broke", "the attempt took longer than its timeout"]);
  });

  test("begins the waits of an alternative anew", () => {
    const retry = { attempts: 3, backoff: "exponential", delayMs: 1_000, maxDelayMs: 60_000 } as const;
    const it = new HandDrivenRun(plan([agent("a", { ...retry, alternatives: [retry] })])).start();
    for (const attempt of [1, 2, 3, 4, 5]) {
      it.fail("a", attempt);
      if (attempt !== 3) it.fire(`a#${attempt}/backoff`);
    }
    const waits = it.events.flatMap((event) =>
      event.type === "agent.backingOff" ? [event.untilMs - event.atMs] : [],
    );
    expect(waits).toHaveLength(4);
    for (const [index, most] of [1_000, 2_000, 1_000, 2_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
      expect(waits[index]).toBeLessThanOrEqual(most);
    }
  });

  test("cancels a task that took too long for that, and others for the run's sake", () => {
    const it = new HandDrivenRun(plan([agent("a"), agent("b")])).start().fire("a#1/timeout").cancel();
    const cancelled = it.effects.commands.flatMap((command) =>
      command.type === "cancel" ? [[command.path, command.why]] : [],
    );
    expect(cancelled).toEqual([
      ["a", "timeout"],
      ["b", "cancelled"],
    ]);
  });

  test.each([
    [90_000, 90_000],
    [0.5, 1],
    [86_400_000, 600_000],
    [-1, 0],
    ["soon", 0],
  ])("waits as long as a failure asks (%s ms), within reason: %s ms", (retryAfterMs, waitsMs) => {
    const it = new HandDrivenRun(plan([agent("a", { attempts: 2, backoff: "none" })])).start();
    it.fail("a", 1, { detail: { retryAfterMs } });
    const backingOff = it.events.find((event) => event.type === "agent.backingOff")!;
    expect(backingOff.untilMs - backingOff.atMs).toBe(waitsMs);
  });

  test("counts an agent's time from its first attempt to its end, pauses included", () => {
    const it = new HandDrivenRun(plan([agent("a", { attempts: 2 })])).start().fail("a").fire("a#1/backoff");
    it.complete("a", 2);
    // Each of the three facts after the start came a second after the one before.
    expect(it.results[0]).toMatchObject({ attempts: 2, durationMs: 3_000 });
  });
});

describe("the wait before the next attempt", () => {
  test("doubles up to the longest, and is drawn between half and whole of that, the same for the same identity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.string(), (attempt, identity) => {
        const cap = Math.min(10_000, 1_000 * 2 ** (attempt - 1));
        const wait = backoffMs(EXPONENTIAL, attempt, identity);
        expect(wait).toBeGreaterThanOrEqual(cap / 2);
        expect(wait).toBeLessThanOrEqual(cap);
        expect(backoffMs(EXPONENTIAL, attempt, identity)).toBe(wait);
      }),
    );
  });

  test("is spread: agents that fail together do not come back together", () => {
    const waits = new Set(
      Array.from({ length: 50 }, (_, index) => backoffMs(EXPONENTIAL, 3, `r_1/a${index}`)),
    );
    expect(waits.size).toBeGreaterThan(40);
  });

  test("does not grow when it is constant, and is none when there shall be none", () => {
    for (let attempt = 1; attempt < 6; attempt++) {
      const constant = backoffMs({ ...EXPONENTIAL, backoff: "constant" }, attempt, "a");
      expect(constant).toBeGreaterThanOrEqual(500);
      expect(constant).toBeLessThanOrEqual(1_000);
      expect(backoffMs({ ...EXPONENTIAL, backoff: "none" }, attempt, "a")).toBe(0);
    }
  });
});
