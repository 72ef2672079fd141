import {
  type Experience,
  experienceKey,
  type Observation,
  withObservation,
} from "../plan/routing/experience.ts";

/** All that is known, and a number that changes whenever that does. */
export type Known = { readonly experience: readonly Experience[]; readonly version: number };

/** What ended work has taught about who does it well. Losing it is harmless: no method throws or waits for anybody. */
export interface ExperienceBook {
  note(seen: readonly Observation[]): void;
  known(): Known;
  /** Lets go of everything; nothing is known or kept any more. */
  close(): void;
}

/** How many agent kinds, performers and shapes of tasks are remembered; those seen longest ago make room. */
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

/** The newest of them, as many as are kept. */
export function newestExperience(known: Iterable<Experience>): readonly Experience[] {
  const all = [...known];
  return all.length <= EXPERIENCE_KEPT ? all : all.sort((a, b) => b.atMs - a.atMs).slice(0, EXPERIENCE_KEPT);
}
