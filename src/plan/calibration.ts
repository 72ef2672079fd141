import type { Confidence } from "./outcome.ts";
import type { AgentNode } from "./plan.ts";
import { shareLeft } from "./routing/experience.ts";

/** Words for how sure a result is that no check stands behind: only these are corrected. */
export type UncheckedSource = Extract<Confidence["source"], "declared" | "draft">;

/** Who answers: what was said before by the same one tells what its next word is worth. */
export type Answerer = Pick<AgentNode, "agent" | "performer" | "model"> & {
  readonly source: UncheckedSource;
};

/** An answer of which it came out whether it was right. */
export type CheckedAnswer = Answerer & {
  /** How sure it said that it was. */
  readonly said: number;
  /** How sure it was told to be: the same, or corrected. */
  readonly told: number;
  /** 0: wrong, 1: right; between them where it was checked several times. */
  readonly right: number;
  /** When it was learned, ms since the epoch. */
  readonly atMs: number;
};

/** What is known of one answerer: sums that fade, as they stood at `atMs`. */
export type AnswerSums = Answerer & {
  readonly count: number;
  readonly said: number;
  readonly right: number;
  readonly atMs: number;
};

/** What is added to a confidence, and on how many checked answers that rests (they fade). */
export type Correction = { readonly bias: number; readonly answers: number };

/** The corrections of one answerer, by source; absent: nothing is known. */
export type Calibration = Readonly<Partial<Record<UncheckedSource, Correction>>>;

/** The same key for the same answerer; `|` stands in no name of ours. */
export function answererKey({ source, agent, performer, model = "" }: Answerer): string {
  return `${source}|${agent}|${performer}|${model}`;
}

/** What is known once one more answer has been checked. */
export function withAnswer(
  known: AnswerSums | undefined,
  { said, told: _, right, ...seen }: CheckedAnswer,
  halfLifeMs: number,
): AnswerSums {
  const before = known ? fadedAnswers(known, seen.atMs, halfLifeMs) : { ...seen, ...NOTHING };
  return {
    ...before,
    count: before.count + 1,
    said: before.said + said,
    right: before.right + right,
  };
}

/** Sums as they stand at a later time. */
export function fadedAnswers(known: AnswerSums, atMs: number, halfLifeMs: number): AnswerSums {
  const share = shareLeft(known.atMs, atMs, halfLifeMs);
  return {
    ...known,
    count: known.count * share,
    said: known.said * share,
    right: known.right * share,
    atMs: Math.max(known.atMs, atMs),
  };
}

type Sums = Pick<AnswerSums, "count" | "said" | "right">;

const NOTHING: Sums = { count: 0, said: 0, right: 0 };

/**
 * How many checked answers the expectation of no bias is worth: the variance of one answer's error over that of biases,
 * 0.25 (at most, of a yes or no) / 0.2 squared.
 */
const PRIOR_ANSWERS = 6;

/** Corrections are told to so many digits: a plan does not change with every rounding. */
const DIGITS = 1e4;

/** A draft is never surer than this, whatever was learned. */
const DRAFT_MOST = 0.5;

/** Checked answers at one moment, to be asked by who answers. */
export class Calibrations {
  readonly #sums = new Map<string, Sums>();

  /** `atMs`: the moment that all of it is faded to. */
  constructor(known: Iterable<AnswerSums>, atMs: number, halfLifeMs: number) {
    for (const one of known) {
      const now = fadedAnswers(one, atMs, halfLifeMs);
      for (const key of levelsOf(now)) this.#sums.set(key, added(this.#sums.get(key) ?? NOTHING, now, 1));
    }
  }

  /** Undefined where nothing is known of an answerer, nor of others on its model. */
  of(doer: Omit<Answerer, "source">): Calibration | undefined {
    const corrections = SOURCES.flatMap((source) => {
      const correction = this.#correction({ ...doer, source });
      return correction ? [[source, correction] as const] : [];
    });
    return corrections.length === 0 ? undefined : Object.fromEntries(corrections);
  }

  /**
   * The mean error (right - said), shrunken: the posterior mean of a normal model whose prior is no bias (Gelman et al., Bayesian Data
   * Analysis, 3rd ed., 2.5; Efron and Morris, Data Analysis Using Stein's Estimator, JASA 1975), first over all who ask the same model, then,
   * with that as the prior, over this kind of agent; no answer counts on both levels.
   */
  #correction(answerer: Answerer): Correction | null {
    const [all, own] = levelsOf(answerer).map((key) => this.#sums.get(key) ?? NOTHING) as [Sums, Sums];
    if (all.count === 0) return null;
    const bias = [added(all, own, -1), own].reduce(
      (prior, { count, said, right }) => (right - said + PRIOR_ANSWERS * prior) / (count + PRIOR_ANSWERS),
      0,
    );
    return { bias: rounded(bias), answers: Math.round(all.count * 100) / 100 };
  }
}

const SOURCES: readonly UncheckedSource[] = ["declared", "draft"];

/** From the general to the particular. */
function levelsOf(answerer: Answerer): readonly [all: string, own: string] {
  return [answererKey({ ...answerer, agent: "*" }), answererKey(answerer)];
}

/** Never below nothing, whatever rounding has done. */
function added(sums: Sums, more: Sums, sign: 1 | -1): Sums {
  return {
    count: Math.max(0, sums.count + sign * more.count),
    said: Math.max(0, sums.said + sign * more.said),
    right: Math.max(0, sums.right + sign * more.right),
  };
}

/** A confidence as experience corrects it, with what was said; the same where nothing is known. */
export function calibrated(confidence: Confidence, calibration: Calibration | undefined): Confidence {
  const { value, source, raw } = confidence;
  if (raw !== undefined || (source !== "declared" && source !== "draft")) return confidence;
  const correction = calibration?.[source];
  if (!correction) return confidence;
  const most = source === "draft" ? DRAFT_MOST : 1;
  return { value: rounded(Math.min(most, Math.max(0, value + correction.bias))), source, raw: value };
}

function rounded(value: number): number {
  return Math.round(value * DIGITS) / DIGITS;
}
