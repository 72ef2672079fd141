import type { Performer } from "../actors/ports.ts";

/** One for every name, that does nothing until it is stopped. */
export class IdlePerformers extends Map<string, Performer> {
  override get(name: string): Performer {
    const failure = { code: "CANCELLED", message: "never begun", retryable: false };
    return {
      name,
      perform: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve({ kind: "failed", failure }), { once: true });
        }),
    };
  }
}
