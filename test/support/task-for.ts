import type { Task } from "../../src/actors/ports.ts";

/** The first attempt at path `a`, with nothing given to it, as a performer gets it; `change` overrides any member. */
export function taskFor(change: Partial<Task> = {}): Task {
  const task: Omit<Task, "idempotencyKey"> = {
    runId: "r_1",
    path: "a",
    attempt: 1,
    template: null,
    step: null,
    agent: "tester",
    performer: "scripted",
    prompt: null,
    options: {},
    parameters: {},
    context: {},
    steps: {},
    previous: null,
    replica: null,
    outputSchema: null,
    runStartedAtMs: 0,
    timeoutMs: 60_000,
    contentHash: null,
    ...change,
  };
  return { idempotencyKey: `${task.runId}/${task.path}#${task.attempt}`, ...task };
}
