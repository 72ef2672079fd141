import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createActor } from "xstate";
import { type BreakerEvent, breakerMachine } from "../../src/machines/breaker.ts";

const OPEN_MS = 100;

/** A breaker alone; what it announces is written down. */
function lone() {
  const announced: string[] = [];
  const note = (name: string) => (): void => void announced.push(name);
  const machine = breakerMachine.provide({
    actions: {
      announceOpened: note("opened"),
      announceHalfOpened: note("halfOpened"),
      announceClosed: note("closed"),
    },
  });
  const actor = createActor(machine, { input: { resource: "host:example.com", openMs: OPEN_MS } }).start();
  return { actor, announced };
}

const at = (type: BreakerEvent["type"], atMs: number): BreakerEvent => ({ type, atMs });

describe("a breaker", () => {
  test("opens at its threshold, tries again after its time, and closes when the probes succeed (B1, B3)", () => {
    const { actor, announced } = lone();
    for (const event of [at("threshold.reached", 10), at("probe.begun", 110), at("probes.succeeded", 120)])
      actor.send(event);
    expect(announced).toEqual(["opened", "halfOpened", "closed"]);
    expect(actor.getSnapshot().value).toBe("closed");
  });

  test("lets no call try before its time, however often it is asked (B2)", () => {
    const { actor, announced } = lone();
    actor.send(at("threshold.reached", 10));
    for (const atMs of [10, 60, 109]) actor.send(at("probe.begun", atMs));
    expect(announced).toEqual(["opened"]);
    actor.send(at("probe.begun", 110));
    expect(actor.getSnapshot().value).toBe("halfOpen");
  });

  test("opens for its whole time again when a probe fails, and counts that (B1, B4)", () => {
    const { actor } = lone();
    for (const event of [at("threshold.reached", 0), at("probe.begun", 100), at("probe.failed", 150)])
      actor.send(event);
    expect(actor.getSnapshot().context).toMatchObject({ untilMs: 250, openings: 2 });
    for (const event of [at("probe.begun", 250), at("probes.succeeded", 251), at("threshold.reached", 252)])
      actor.send(event);
    expect(actor.getSnapshot().context).toMatchObject({ untilMs: 352, openings: 1 });
  });

  test("opens again when calls from before it opened go on failing (B1)", () => {
    const { actor } = lone();
    for (const event of [at("threshold.reached", 0), at("probe.begun", 100), at("threshold.reached", 101)])
      actor.send(event);
    expect(actor.getSnapshot().value).toBe("open");
  });

  test("is closed by a person's word, before its time too, and begins to count anew (B2, B3, B4)", () => {
    const { actor, announced } = lone();
    for (const event of [at("threshold.reached", 0), at("reset.ordered", 1)]) actor.send(event);
    expect([actor.getSnapshot().value, actor.getSnapshot().context.openings]).toEqual(["closed", 0]);
    for (const event of [at("threshold.reached", 2), at("probe.begun", 102), at("reset.ordered", 103)])
      actor.send(event);
    expect(actor.getSnapshot().value).toBe("closed");
    actor.send(at("reset.ordered", 104));
    expect(announced).toEqual(["opened", "closed", "opened", "halfOpened", "closed"]);
  });

  test("keeps its invariants whatever it is told, in whatever order (B1-B4)", () => {
    const kinds = fc.constantFrom(
      "threshold.reached" as const,
      "probe.begun" as const,
      "probe.failed" as const,
      "probes.succeeded" as const,
      "reset.ordered" as const,
    );
    const steps = fc.array(fc.record({ type: kinds, afterMs: fc.nat(80) }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (told) => {
        const { actor } = lone();
        let nowMs = 0;
        let openedAtMs = Number.NEGATIVE_INFINITY;
        for (const { type, afterMs } of told) {
          nowMs += afterMs;
          const before = actor.getSnapshot();
          actor.send({ type, atMs: nowMs });
          const after = actor.getSnapshot();
          const step = `${before.value} ${type} ${after.value}`;
          if (before.value === after.value) {
            expect(after.context).toEqual(before.context);
            continue;
          }
          if (after.value === "open") {
            expect(step).toMatch(/^(closed|halfOpen) threshold\.reached|^halfOpen probe\.failed/);
            openedAtMs = nowMs;
            expect(after.context.openings).toBe(before.context.openings + 1);
          } else {
            expect(step).toMatch(
              /^open probe\.begun halfOpen|^halfOpen probes\.succeeded closed|^(open|halfOpen) reset\.ordered closed/,
            );
            if (after.value === "halfOpen") expect(nowMs - openedAtMs).toBeGreaterThanOrEqual(OPEN_MS);
            else expect(after.context.openings).toBe(0);
          }
        }
      }),
    );
  });
});
