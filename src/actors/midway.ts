import type { AgentContext, AgentEvent } from "../machines/agent.ts";
import type { Resumed } from "./ports.ts";
import type { Question } from "./question.ts";

type Asked = Extract<AgentEvent, { readonly type: "agent.asked" }>["asked"];

type Kept = {
  readonly alternative: number;
  readonly attempt: number;
  readonly asked: Asked;
  decision?: Omit<Resumed, "state">;
};

/**
 * Purpose: what agents have asked while they were at work, and what was decided.
 * Owns: the state in which an attempt stopped to ask, until the agent has ended or asks anew. Does not own: who is asked, and when.
 * Invariants:
 * M1 an attempt gets the state and the decision of the last question of the same work: never those of an alternative.
 */
export class Midway {
  readonly #kept = new Map<string, Kept>();

  keep({ path, alternative, attempt }: AgentContext, event: AgentEvent): void {
    if (event.type === "agent.asked") this.#kept.set(path, { alternative, attempt, asked: event.asked });
  }

  /** What an agent waits to be told; its time to decide counts from `atMs`. Undefined when it has not asked. */
  question(path: string, atMs: number): Question | undefined {
    const kept = this.#kept.get(path);
    if (!kept || kept.decision) return undefined;
    const { question, deadline } = kept.asked;
    return {
      path,
      askedBy: kept.attempt,
      asks: "approval",
      question,
      ...(deadline ? { untilMs: atMs + deadline.withinMs, otherwise: deadline.default } : {}),
    };
  }

  decide(path: string, event: AgentEvent): void {
    const kept = this.#kept.get(path);
    if (!kept || kept.decision || event.type !== "approval.decided") return;
    const { approved, answer, by } = event;
    kept.decision = {
      approved,
      ...(answer === undefined ? {} : { answer }),
      ...(by === undefined ? {} : { by }),
    };
  }

  /** What the next attempt at a work goes on from. */
  resumed(path: string, alternative: number): Resumed | undefined {
    const kept = this.#kept.get(path);
    if (!kept?.decision || kept.alternative !== alternative) return undefined;
    return { state: kept.asked.state, ...kept.decision };
  }

  forget(path: string): void {
    this.#kept.delete(path);
  }
}
