import { type AnswerSums, answererKey, type CheckedAnswer, withAnswer } from "../plan/calibration.ts";
import {
  type Experience,
  experienceKey,
  type Observation,
  withObservation,
} from "../plan/routing/experience.ts";

/** What ended work has taught: how it went, and which answers were right. */
export type Lessons = {
  readonly work: readonly Observation[];
  readonly answers: readonly CheckedAnswer[];
};

/** All that is known, and a number that changes whenever that does. */
export type Known = {
  readonly experience: readonly Experience[];
  readonly answers: readonly AnswerSums[];
  readonly version: number;
};

/** What ended work has taught about who does it well, and who knows how sure they may be. Losing it is harmless: no method throws or waits for anybody. */
export interface ExperienceBook {
  note(lessons: Lessons): void;
  known(): Known;
  /** Lets go of everything; nothing is known or kept any more. */
  close(): void;
}

/** How many agent kinds, performers and shapes of tasks are remembered, and how many who answer; those seen longest ago make room. */
export const EXPERIENCE_KEPT = 10_000;

/** Adds what was seen to what is known, in place. */
export function addObservations(
  known: Map<string, Experience>,
  seen: readonly Observation[],
  halfLifeMs: number,
): void {
  for (const one of seen) {
    const key = experienceKey(one);
    known.set(key, withObservation(known.get(key), one, halfLifeMs));
  }
}

/** Adds answers to what is known, in place. */
export function addAnswers(
  known: Map<string, AnswerSums>,
  seen: readonly CheckedAnswer[],
  halfLifeMs: number,
): void {
  for (const one of seen) {
    const key = answererKey(one);
    known.set(key, withAnswer(known.get(key), one, halfLifeMs));
  }
}

/** The newest of them, as many as are kept. */
export function newest<T extends { readonly atMs: number }>(known: Iterable<T>): readonly T[] {
  const all = [...known];
  return all.length <= EXPERIENCE_KEPT ? all : all.sort((a, b) => b.atMs - a.atMs).slice(0, EXPERIENCE_KEPT);
}
