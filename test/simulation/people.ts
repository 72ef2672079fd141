import { placeNodes } from "../actors/random-run/plan-spec.ts";
import type { SimCase } from "./sim-case.ts";
import type { SimulatedTime } from "./simulated-time.ts";

/** What people say who are asked for an answer. */
export const ANSWER = "fine";

export type Decide = (
  path: string,
  decision: { readonly approved: boolean; readonly answer: string },
) => void;

/** Whoever is asked answers after a while, as the case says; now and then twice. */
export class People {
  readonly #case: SimCase;
  readonly #time: SimulatedTime;
  readonly #decide: Decide;
  readonly #approvals = new Map<string, boolean>();

  constructor(one: SimCase, time: SimulatedTime, decide: Decide) {
    this.#case = one;
    this.#time = time;
    this.#decide = decide;
    for (const [path, { spec }] of placeNodes(one.spec))
      if (spec.kind === "agent" || spec.kind === "each")
        this.#approvals.set(path, ["yes", "answer"].includes(spec.work.approval));
  }

  asked(path: string): void {
    const { afterMs, twice } = this.#case.people;
    const approved = this.#approvals.get(path) ?? this.#approvals.get(path.replace(/\.\d+$/, "")) ?? false;
    for (let time = 0; time < (twice ? 2 : 1); time++)
      this.#time.after(afterMs, () => this.#decide(path, { approved, answer: ANSWER }));
  }
}
