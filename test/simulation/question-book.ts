import type { Task } from "../../src/actors/ports.ts";
import type { Question } from "../../src/actors/question.ts";
import type { RunEvent } from "../../src/actors/run-events.ts";
import { isGranted, type WorkSpec } from "../actors/random-run/plan-spec.ts";

type Asked = { readonly attempt: number; readonly question: Question };

/** What work that asks goes on from. */
export function stateOf(path: string, attempt: number): string {
  return `${path}#${attempt} has asked`;
}

/** A question, told from every other one. */
export function questionKey({ path, askedBy = 0 }: Question): string {
  return `${path}#${askedBy}`;
}

/**
 * Purpose: know what agents have asked while they were at work, from what one process has shown.
 * Owns: each attempt that was shown to have asked. Does not own: who has decided (the book's).
 */
export class QuestionBook {
  readonly #asked = new Map<string, readonly Asked[]>();

  show(event: RunEvent): void {
    // Who is asked before the work begins is no business of an attempt's.
    if (event.type !== "agent.awaitingApproval" || event.askedBy === undefined) return;
    const { type: _, atMs: __, ...question } = event;
    this.#asked.set(event.path, [...this.of(event.path), { attempt: event.askedBy, question }]);
  }

  /** The attempts of an agent that have ended with a question, in order. */
  of(path: string): readonly Asked[] {
    return this.#asked.get(path) ?? [];
  }
}

type Told = {
  /** What was last asked by the same work. */
  readonly asked: Asked | undefined;
  readonly work: WorkSpec;
  /** Whether the decision was made, or the time to decide is over. */
  readonly isDecided: boolean;
};

/** What is wrong with what an attempt is told of what was asked before it; null: nothing. */
export function wronglyTold({ path, resumed }: Task, { asked, work, isDecided }: Told): string | null {
  if (!asked) return resumed ? "is told of what its work has not asked" : null;
  if (!isDecided) return "goes on before anybody has decided";
  const isTold = resumed?.state === stateOf(path, asked.attempt) && resumed.approved === isGranted(work);
  return isTold ? null : `is told ${JSON.stringify(resumed)} of what attempt ${asked.attempt} has asked`;
}
