import { LIMITS } from "../shared/limits.ts";
import type { Fact } from "./ports.ts";

/** Why a fact found nobody. */
export type DeadLetterReason =
  /** The run has ended. */
  | "run.ended"
  /** There is no live agent of that path. */
  | "agent.unknown"
  /** The agent lives, and is at another attempt. */
  | "attempt.stale"
  /** The agent lives, and that attempt has ended or is to stop. */
  | "attempt.over"
  /** Nobody asked, or it does not answer the question. */
  | "decision.unasked";

/** A fact that changed nothing. `atMs` in ms since the epoch. */
export type DeadLetter = {
  readonly type: Fact["type"];
  readonly reason: DeadLetterReason;
  readonly atMs: number;
  readonly path?: string;
  readonly attempt?: number;
  /** Of a timer: its id. */
  readonly id?: string;
};

/** Counts the facts of one run that found nobody, and remembers the newest of them. */
export class DeadLetters {
  readonly #kept: DeadLetter[] = [];
  #count = 0;

  add(fact: Fact, reason: DeadLetterReason): void {
    this.#count++;
    const { type, atMs } = fact;
    this.#kept.push({
      type,
      reason,
      atMs,
      ...("path" in fact ? { path: fact.path } : {}),
      ...("attempt" in fact ? { attempt: fact.attempt } : {}),
      ...("id" in fact ? { id: fact.id } : {}),
    });
    if (this.#kept.length > LIMITS.deadLettersKept) this.#kept.shift();
  }

  get count(): number {
    return this.#count;
  }

  /** The newest ones, oldest first. */
  get kept(): readonly DeadLetter[] {
    return this.#kept;
  }
}
