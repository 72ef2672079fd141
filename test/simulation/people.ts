import type { Decision, Question } from "../../src/actors/question.ts";
import { isGranted, placeNodes, type WorkSpec, worksOf } from "../actors/random-run/plan-spec.ts";
import type { SimCase } from "./sim-case.ts";
import type { SimulatedTime } from "./simulated-time.ts";

/** What people say who are asked for an answer. */
export const ANSWER = "fine";

export type Decide = (question: Question, decision: Decision) => void;

/** Whoever is asked answers after a while, as the case says; now and then twice. */
export class People {
  readonly #case: SimCase;
  readonly #time: SimulatedTime;
  readonly #works: ReadonlyMap<string, WorkSpec>;
  readonly #decide: Decide;

  constructor(one: SimCase, time: SimulatedTime, decide: Decide) {
    this.#case = one;
    this.#time = time;
    this.#works = worksOf(placeNodes(one.spec));
    this.#decide = decide;
  }

  asked(question: Question): void {
    const { afterMs, twice } = this.#case.people;
    const approved = isGranted(this.#works.get(question.path)!);
    const decision = { approved, answer: ANSWER, askedBy: question.askedBy ?? 0 };
    for (let time = 0; time < (twice ? 2 : 1); time++)
      this.#time.after(afterMs, () => this.#decide(question, decision));
  }
}
