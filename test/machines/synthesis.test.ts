import { describe, expect, test } from "vitest";
import { createActor } from "xstate";
import { type SynthesisEvent, synthesisMachine } from "../../src/machines/synthesis.ts";
import type { AgentResult } from "../../src/plan/outcome.ts";

const STAGES = ["resolve", "assess", "refine", "format"] as const;
const RECORDED: SynthesisEvent = { type: "results.recorded", results: [{ path: "a" } as AgentResult] };
const CLOSED: SynthesisEvent = { type: "collection.closed" };
const DONE: SynthesisEvent = { type: "stage.done" };

/** A synthesis alone: its stages are written down, the test says how each one ended. */
function lone() {
  const asked: string[] = [];
  const note = (name: string) => (): void => void asked.push(name);
  const machine = synthesisMachine.provide({
    actions: {
      subscribeResults: note("subscribe"),
      unsubscribeResults: note("unsubscribe"),
      collectResults: note("collect"),
      resolveConflicts: note("resolve"),
      assessQuality: note("assess"),
      refineResults: note("refine"),
      formatAnswer: note("format"),
      noteFailure: ({ event }) => void asked.push(event.type === "stage.failed" ? event.message : ""),
    },
  });
  return { actor: createActor(machine).start(), asked };
}

describe("a synthesis", () => {
  test("takes results in until the collection is closed, and none after (S1)", () => {
    const { actor, asked } = lone();
    for (const event of [RECORDED, RECORDED, CLOSED, RECORDED]) actor.send(event);
    expect(asked).toEqual(["subscribe", "collect", "collect", "unsubscribe", "resolve"]);
  });

  test("goes through resolve, assess, refine and format, each once, then is done (S2, S3)", () => {
    const { actor, asked } = lone();
    for (const event of [CLOSED, DONE, DONE, DONE]) actor.send(event);
    expect(actor.getSnapshot().status).toBe("active");
    actor.send(DONE);
    expect(asked.slice(2)).toEqual(STAGES);
    expect(actor.getSnapshot().output).toEqual({ answered: true });
  });

  test.each(STAGES)("fails when %s fails, and goes no further (S3)", (stage) => {
    const { actor, asked } = lone();
    actor.send(CLOSED);
    for (const _ of STAGES.slice(0, STAGES.indexOf(stage))) actor.send(DONE);
    actor.send({ type: "stage.failed", message: "broken" });
    expect(actor.getSnapshot().output).toEqual({ answered: false });
    expect(asked.slice(-2)).toEqual([stage, "broken"]);
  });

  test("does not begin before the collection is closed (S2)", () => {
    const { actor, asked } = lone();
    for (const event of [DONE, DONE, RECORDED]) actor.send(event);
    expect(actor.getSnapshot().value).toBe("collecting");
    expect(asked).toEqual(["subscribe", "collect"]);
  });
});
