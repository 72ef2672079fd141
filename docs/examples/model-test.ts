/**
 * Model-testing a machine of the runtime: every way in which an agent of two attempts can end, found by walking the machine itself.
 * Run it with: node docs/examples/model-test.ts
 */
import { getSimplePaths } from "@xstate/graph";
import { type AgentEvent, type AgentInput, agentMachine } from "../../src/machines/index.ts";

const input: AgentInput = {
  path: "work",
  attemptsMax: 2,
  alternatives: [],
  asks: "nothing",
  hasFallback: false,
  escalation: null,
  supervised: false,
  preparation: { kind: "run" },
};

const events: AgentEvent[] = [
  { type: "slot.granted" },
  { type: "timer.fired", purpose: "backoff", attempt: 1 },
  { type: "cancel", reason: "no longer needed" },
  ...[1, 2].flatMap((attempt): AgentEvent[] => [
    {
      type: "agent.completed",
      attempt,
      outcome: { kind: "completed", output: "done", confidence: { value: 1, source: "checked" } },
    },
    {
      type: "agent.failed",
      attempt,
      failure: { code: "BUSY", message: "try again", retryable: true },
    },
  ]),
];

/** Every way to an end, with the attempts that it takes. */
export const endings = getSimplePaths(agentMachine, {
  input,
  events,
  // What a path may not meet twice: a state in an attempt. The whole context would tell more states apart.
  serializeState: ({ value, context }) => `${value} ${context.attempt}`,
  toState: ({ status }) => status === "done",
}).map(({ state, steps }) => ({
  ending: state.value,
  attempts: state.context.attempt,
  // The first step is the machine's start.
  history: steps.slice(1).map(({ event }) => event.type),
}));

if (import.meta.main)
  for (const { ending, attempts, history } of endings)
    console.log(`${ending} after ${attempts}: ${history.join(", ")}`);
