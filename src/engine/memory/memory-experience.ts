import { type Experience, experienceKey, type Observation } from "../../plan/routing/experience.ts";
import {
  addObservations,
  EXPERIENCE_KEPT,
  type ExperienceBook,
  type Known,
  newestExperience,
} from "../experience-book.ts";

/** Experience for as long as this process lives. */
export class MemoryExperience implements ExperienceBook {
  readonly #halfLifeMs: number;
  #known = new Map<string, Experience>();
  #version = 0;

  constructor({ halfLifeMs }: { readonly halfLifeMs: number }) {
    this.#halfLifeMs = halfLifeMs;
  }

  note(seen: readonly Observation[]): void {
    if (seen.length === 0) return;
    addObservations(this.#known, seen, this.#halfLifeMs);
    if (this.#known.size > EXPERIENCE_KEPT)
      this.#known = new Map(newestExperience(this.#known.values()).map((one) => [experienceKey(one), one]));
    this.#version++;
  }

  known(): Known {
    return { experience: [...this.#known.values()], version: this.#version };
  }

  close(): void {
    this.#known.clear();
    this.#version++;
  }
}
