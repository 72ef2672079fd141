import fc from "fast-check";
import { createActor } from "xstate";
import { type AgentEvent, type AgentInput, agentMachine } from "../../src/machines/agent.ts";
import { completed } from "../support/scripted-performer.ts";

export const FLAKY = { code: "FLAKY", message: "on purpose", retryable: true };
export const FATAL = { ...FLAKY, retryable: false };

/** An agent alone: what it asks for is written down as `dispatch`, `result:succeeded` and so on. */
export function lone(input: Partial<AgentInput> = {}) {
  const asked: string[] = [];
  /** The alternative that each dispatched attempt was at. */
  const worked: number[] = [];
  const note = (name: string) => (): void => void asked.push(name);
  const machine = agentMachine.provide({
    actions: {
      requestSlot: note("request"),
      withdrawRequest: note("withdraw"),
      askApproval: note("ask"),
      closeQuestion: note("close"),
      keepAnswer: note("keep"),
      dispatchTask: ({ context }) => {
        asked.push("dispatch");
        worked.push(context.alternative);
      },
      cancelTask: note("cancelTask"),
      stopTask: note("stop"),
      armGrace: note("armGrace"),
      disarmGrace: note("disarmGrace"),
      reportCrash: note("crashed"),
      reportStopped: note("stopped"),
      leaveWork: ({ event }) => void (event.type === "stop" || asked.push("leave")),
      armBackoff: note("armBackoff"),
      disarmBackoff: note("disarmBackoff"),
      recordResult: (_, { status }) => void asked.push(`result:${status}`),
    },
  });
  const preparation = { kind: "run" } as const;
  const actor = createActor(machine, {
    input: {
      path: "a",
      attemptsMax: 1,
      alternatives: [],
      escalation: null,
      asks: "nothing",
      hasFallback: false,
      supervised: false,
      preparation,
      ...input,
    },
  }).start();
  return { actor, asked, worked };
}

export function fail(attempt: number, failure = FLAKY): AgentEvent {
  return { type: "agent.failed", attempt, failure };
}

/** Below what the escalations of these tests ask for; `completed()` says 0.5. */
export const UNSURE = completed("perhaps", { confidence: { value: 0.2, source: "declared" } });

export const CRASH = { code: "PERFORMER_CRASHED", message: "on purpose", retryable: true };

const attempt = fc.integer({ min: 0, max: 4 });
export const anyEvent: fc.Arbitrary<AgentEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<AgentEvent>({ type: "slot.granted" }) },
  attempt.map((of) => fail(of)),
  attempt.map((of) => fail(of, FATAL)),
  attempt.map((of): AgentEvent => ({ type: "agent.completed", attempt: of, outcome: completed() })),
  attempt.map((of): AgentEvent => ({ type: "agent.completed", attempt: of, outcome: UNSURE })),
  attempt.map((of): AgentEvent => ({ type: "timer.fired", purpose: "timeout", attempt: of })),
  {
    weight: 4,
    arbitrary: attempt.map((of): AgentEvent => ({ type: "timer.fired", purpose: "backoff", attempt: of })),
  },
  fc.boolean().map((approved): AgentEvent => ({ type: "approval.decided", approved })),
  fc
    .constantFrom(
      { kind: "run" } as const,
      { kind: "skip", reason: "condition" } as const,
      { kind: "invalid", failure: FATAL } as const,
    )
    .map((preparation): AgentEvent => ({ type: "needs.settled", preparation })),
  fc.constant<AgentEvent>({ type: "cancel", reason: "enough" }),
  attempt.map((of) => fail(of, CRASH)),
  attempt.map((of): AgentEvent => ({ type: "agent.stopped", attempt: of })),
  attempt.map((of): AgentEvent => ({ type: "timer.fired", purpose: "grace", attempt: of })),
  fc.constantFrom<AgentEvent>(
    { type: "stop" },
    { type: "restart" },
    { type: "restart" },
    { type: "abandon", failure: FATAL },
  ),
);
export const anyInput = fc
  .record({
    attemptsMax: fc.integer({ min: 1, max: 3 }),
    alternatives: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
    isChoosy: fc.boolean(),
    asks: fc.constantFrom("nothing", "approval", "answer"),
    hasFallback: fc.boolean(),
    supervised: fc.boolean(),
    preparation: fc.constantFrom(null, { kind: "run" } as const),
  })
  .map(({ isChoosy, ...input }) => ({
    ...input,
    escalation: isChoosy ? { least: 0.4, alternatives: input.alternatives.length } : null,
  }));
