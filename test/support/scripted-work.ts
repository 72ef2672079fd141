import type { Performer, Task } from "../../src/actors/ports.ts";

/** A performer that does a task well or fails it, as told; `after`: not before that. */
export function scriptedPerformer(
  name: string,
  isDone: (task: Task) => boolean,
  after: Promise<void> = Promise.resolve(),
): Performer {
  return {
    name,
    dependence: () => ({ beside: null }),
    perform: async (task) => {
      await after;
      return isDone(task)
        ? { kind: "completed", output: "done", confidence: { value: 0.5, source: "draft" } }
        : { kind: "failed", failure: { code: "NO_LUCK", message: "not today", retryable: false } };
    },
  };
}
