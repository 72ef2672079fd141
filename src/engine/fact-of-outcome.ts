import type { Fact } from "../actors/ports.ts";
import type { Outcome } from "../plan/outcome.ts";

type Attempt = { readonly path: string; readonly attempt: number };
type AttemptFact = Extract<Fact, { readonly type: "agent.completed" | "agent.failed" | "agent.asked" }>;
/** A fact that has no time yet. */
type Untimed<F> = F extends unknown ? Omit<F, "atMs"> : never;

/** What an attempt's outcome is to the run; `cached`: it is an earlier attempt's. */
export function factOfOutcome(
  { path, attempt }: Attempt,
  outcome: Outcome,
  cached: boolean,
): Untimed<AttemptFact> {
  if (outcome.kind === "completed") {
    const completed = { type: "agent.completed", path, attempt, outcome } as const;
    return cached ? { ...completed, cached } : completed;
  }
  const usage = outcome.usage ? { usage: outcome.usage } : {};
  switch (outcome.kind) {
    case "failed":
      return { type: "agent.failed", path, attempt, failure: outcome.failure, ...usage };
    case "asks": {
      const { question, state, deadline } = outcome;
      const asked = { question, state, ...(deadline ? { deadline } : {}) };
      return { type: "agent.asked", path, attempt, asked, ...usage };
    }
  }
}
