import { answererKey, type CheckedAnswer } from "../../plan/calibration.ts";
import { LIMITS } from "../../shared/limits.ts";

/** How sure answers were, and how right: means over those that something has checked. */
export type AnswerFigures = Pick<CheckedAnswer, "source" | "agent" | "performer" | "model"> & {
  readonly checked: number;
  /** What they said themselves, and what was told of them, corrected where something was known. */
  readonly said: number;
  readonly told: number;
  readonly right: number;
  /** Mean squared errors of `said` and of `told` (Brier 1950): 0 is perfect. */
  readonly brierSaid: number;
  readonly brierTold: number;
};

type Sums = {
  said: number;
  told: number;
  right: number;
  squaresSaid: number;
  squaresTold: number;
  count: number;
};

/** Adds up checked answers by who gave them, as many answerers as analytics name. */
export class AnswerTally {
  readonly #sums = new Map<string, { readonly of: CheckedAnswer; readonly sums: Sums }>();

  add(answers: readonly CheckedAnswer[]): void {
    for (const one of answers) {
      const key = answererKey(one);
      if (!this.#sums.has(key) && this.#sums.size >= LIMITS.analyticsNames) continue;
      const { sums } = this.#sums.get(key) ?? this.#begin(key, one);
      sums.count++;
      sums.said += one.said;
      sums.told += one.told;
      sums.right += one.right;
      sums.squaresSaid += (one.said - one.right) ** 2;
      sums.squaresTold += (one.told - one.right) ** 2;
    }
  }

  #begin(key: string, of: CheckedAnswer): { readonly sums: Sums } {
    const sums = { said: 0, told: 0, right: 0, squaresSaid: 0, squaresTold: 0, count: 0 };
    this.#sums.set(key, { of, sums });
    return { sums };
  }

  get figures(): readonly AnswerFigures[] {
    return [...this.#sums]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { of, sums }]) => {
        const { source, agent, performer, model } = of;
        const mean = (sum: number): number => sum / sums.count;
        return {
          source,
          agent,
          performer,
          ...(model === undefined ? {} : { model }),
          checked: sums.count,
          said: mean(sums.said),
          told: mean(sums.told),
          right: mean(sums.right),
          brierSaid: mean(sums.squaresSaid),
          brierTold: mean(sums.squaresTold),
        };
      });
  }
}
