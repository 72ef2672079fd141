import { type AnswerSums, answererKey } from "../../plan/calibration.ts";
import { type Experience, experienceKey } from "../../plan/routing/experience.ts";
import {
  addAnswers,
  addObservations,
  EXPERIENCE_KEPT,
  type ExperienceBook,
  type Known,
  type Lessons,
  newest,
} from "../experience-book.ts";

/** Experience for as long as this process lives. */
export class MemoryExperience implements ExperienceBook {
  readonly #halfLifeMs: number;
  #known = new Map<string, Experience>();
  #answers = new Map<string, AnswerSums>();
  #version = 0;

  constructor({ halfLifeMs }: { readonly halfLifeMs: number }) {
    this.#halfLifeMs = halfLifeMs;
  }

  note({ work, answers }: Lessons): void {
    if (work.length === 0 && answers.length === 0) return;
    addObservations(this.#known, work, this.#halfLifeMs);
    addAnswers(this.#answers, answers, this.#halfLifeMs);
    this.#known = keptOf(this.#known, experienceKey);
    this.#answers = keptOf(this.#answers, answererKey);
    this.#version++;
  }

  known(): Known {
    return {
      experience: [...this.#known.values()],
      answers: [...this.#answers.values()],
      version: this.#version,
    };
  }

  close(): void {
    this.#known.clear();
    this.#answers.clear();
    this.#version++;
  }
}

function keptOf<T extends { readonly atMs: number }>(
  known: Map<string, T>,
  keyOf: (one: T) => string,
): Map<string, T> {
  if (known.size <= EXPERIENCE_KEPT) return known;
  return new Map(newest(known.values()).map((one) => [keyOf(one), one]));
}
