import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, createActor } from "xstate";
import {
  type OrchestratorContext,
  type OrchestratorEvent,
  orchestratorMachine,
} from "../../src/machines/orchestrator.ts";

type Verdict = Exclude<OrchestratorContext["verdict"], null>;

/** An orchestrator alone: its root and its synthesis are only told of, what it asks for is written down. */
function lone(verdict: Verdict = "all") {
  const asked: string[] = [];
  const note = (name: string) => (): void => void asked.push(name);
  const machine = orchestratorMachine.provide({
    actions: {
      spawnSynthesis: note("spawnSynthesis"),
      spawnRoot: note("spawnRoot"),
      armDeadline: note("armDeadline"),
      disarmDeadline: note("disarmDeadline"),
      cancelRoot: note("cancelRoot"),
      closeCollection: note("closeCollection"),
      recordRun: (_, { status }) => void asked.push(`record ${status}`),
      judge: assign({ verdict }),
    },
  });
  return { actor: createActor(machine, { input: { runId: "r_1" } }).start(), asked };
}

const STARTED: OrchestratorEvent = { type: "run.started", refusal: null };
const CANCEL: OrchestratorEvent = { type: "run.cancelRequested", reason: "enough" };
const DEADLINE: OrchestratorEvent = { type: "timer.fired", purpose: "deadline" };
const ROOT_ENDED: OrchestratorEvent = {
  type: "xstate.done.actor.root",
  actorId: "root",
  output: { path: "", tally: { total: 1, satisfied: 1, cancelled: 0 } },
};
const answered = (answer: boolean): OrchestratorEvent => ({
  type: "xstate.done.actor.synthesis",
  actorId: "synthesis",
  output: { answered: answer },
});

/** Whether a started run is stopped by what it hears: by a cancellation always, by its deadline unless suspended. */
function stopsRoot(events: readonly OrchestratorEvent[]): boolean {
  let suspended = false;
  for (const { type } of events) {
    if (type === "run.idle") suspended = true;
    if (type === "run.woken") suspended = false;
    if (type === "run.cancelRequested" || (type === "timer.fired" && !suspended)) return true;
  }
  return false;
}

describe("an orchestrator", () => {
  test("ends in exactly one terminal state, after its root, whatever comes in between (O1)", () => {
    const events = fc.array(
      fc.constantFrom<OrchestratorEvent>(
        STARTED,
        CANCEL,
        DEADLINE,
        { type: "run.idle" },
        { type: "run.woken" },
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        events,
        fc.boolean(),
        fc.constantFrom<Verdict>("all", "some", "none"),
        (some, answer, verdict) => {
          const { actor, asked } = lone(verdict);
          for (const event of [STARTED, ...some]) {
            actor.send(event);
            expect(actor.getSnapshot().status).toBe("active");
          }
          if (actor.getSnapshot().value === "suspended") actor.send({ type: "run.woken" });
          actor.send(ROOT_ENDED);
          actor.send(answered(answer));
          expect(actor.getSnapshot().status).toBe("done");
          expect(asked.filter((what) => what.startsWith("record"))).toEqual([
            `record ${actor.getSnapshot().value}`,
          ]);
          // O3: told once, if at all.
          expect(asked.filter((what) => what === "cancelRoot")).toHaveLength(stopsRoot(some) ? 1 : 0);
          expect(asked.filter((what) => what === "spawnRoot")).toHaveLength(1);
        },
      ),
    );
  });

  test.each([
    ["a cancellation", CANCEL],
    ["the deadline", DEADLINE],
  ])("collects what has ended before %s: synthesis comes after the root has ended (O2)", (_, stop) => {
    const { actor, asked } = lone("some");
    for (const event of [STARTED, stop]) actor.send(event);
    expect(asked).toEqual(["spawnSynthesis", "armDeadline", "spawnRoot", "cancelRoot"]);
    actor.send(ROOT_ENDED);
    expect(asked.slice(4)).toEqual(["disarmDeadline", "closeCollection"]);
  });

  test("has no deadline while it is suspended, and has one again when it is woken (O4)", () => {
    const { actor, asked } = lone();
    for (const event of [STARTED, { type: "run.idle" }, DEADLINE] as const) actor.send(event);
    expect(asked.slice(3)).toEqual(["disarmDeadline"]);
    expect(actor.getSnapshot().value).toBe("suspended");
    actor.send({ type: "run.woken" });
    expect(asked.slice(3)).toEqual(["disarmDeadline", "armDeadline"]);
    actor.send(DEADLINE);
    expect(actor.getSnapshot().value).toBe("cancelling");
  });

  test("tells its root to cancel once, however often it is asked (O3)", () => {
    const { actor, asked } = lone();
    for (const event of [STARTED, DEADLINE, CANCEL, CANCEL, DEADLINE]) actor.send(event);
    expect(asked.filter((what) => what === "cancelRoot")).toHaveLength(1);
    expect(actor.getSnapshot().context.stopped!.code).toBe("RUN_TIMEOUT");
  });

  test.each([
    ["all", null, true, "succeeded"],
    ["some", null, true, "partial"],
    ["none", null, true, "failed"],
    ["all", null, false, "failed"],
    ["all", DEADLINE, true, "partial"],
    ["none", DEADLINE, true, "failed"],
    ["all", CANCEL, true, "cancelled"],
    ["none", CANCEL, false, "cancelled"],
  ] as const)("with %s ended well, stopped by %j, answered %s: %s", (verdict, stop, answer, status) => {
    const { actor } = lone(verdict);
    for (const event of [STARTED, ...(stop ? [stop] : []), ROOT_ENDED, answered(answer)]) actor.send(event);
    expect(actor.getSnapshot().value).toBe(status);
  });

  test("starts nothing when the plan is refused", () => {
    const { actor, asked } = lone();
    const refusal = { code: "PLAN_IMPOSSIBLE_RESOURCES", message: "too much", retryable: false };
    actor.send({ type: "run.started", refusal });
    expect(asked).toEqual(["record failed"]);
    expect(actor.getSnapshot().context.stopped).toEqual(refusal);
  });
});
