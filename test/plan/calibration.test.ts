import { describe, expect, test } from "vitest";
import {
  type AnswerSums,
  Calibrations,
  type CheckedAnswer,
  calibrated,
  withAnswer,
} from "../../src/plan/calibration.ts";
import type { Confidence } from "../../src/plan/outcome.ts";

const DAY_MS = 86_400_000;
const FOREVER_MS = Number.MAX_SAFE_INTEGER;
const WRITER = { source: "declared", agent: "writer", performer: "model", model: "m/x" } as const;

function answer(right: number, more: Partial<CheckedAnswer> = {}): CheckedAnswer {
  const said = more.said ?? 0.8;
  return { ...WRITER, said, told: said, right, atMs: 0, ...more };
}

/** What is known after some answers, as of the last of them. */
function knownOf(answers: readonly CheckedAnswer[], halfLifeMs = FOREVER_MS): readonly AnswerSums[] {
  const sums = new Map<string, AnswerSums>();
  for (const one of answers) {
    const key = [one.source, one.agent, one.performer, one.model].join();
    sums.set(key, withAnswer(sums.get(key), one, halfLifeMs));
  }
  return [...sums.values()];
}

const learned = (answers: readonly CheckedAnswer[], atMs = 0, halfLifeMs = FOREVER_MS): Calibrations =>
  new Calibrations(knownOf(answers, halfLifeMs), atMs, halfLifeMs);

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

describe("the correction of an agent's confidence", () => {
  test("is none where nothing is known", () => {
    expect(learned([]).of(WRITER)).toBeUndefined();
    const said: Confidence = { value: 0.6, source: "declared" };
    expect(calibrated(said, undefined)).toBe(said);
    expect(calibrated(said, {})).toBe(said);
  });

  test("is the mean error, shrunken as if six answers without error stood before", () => {
    // Four times 0.8 was said, once it was right: the errors add up to 1 - 3.2. All of it is the writer's own.
    const { declared } = learned([answer(1), ...times(3, answer(0))]).of(WRITER)!;
    expect(declared).toEqual({ bias: -0.22, answers: 4 });
  });

  test("begins with what is known of others on the same model, and is nothing of another model's", () => {
    const others = times(6, answer(0, { agent: "other" }));
    // (0 - 4.8) / 12 for whoever else asks that model.
    expect(learned(others).of(WRITER)!.declared).toEqual({ bias: -0.4, answers: 6 });
    expect(learned(others).of({ ...WRITER, model: "m/y" })).toBeUndefined();
    // Its own answers then draw it elsewhere: (6 - 4.8 - 6 x 0.4) / 12.
    const own = times(6, answer(1));
    expect(learned([...others, ...own]).of(WRITER)!.declared!.bias).toBeCloseTo(-0.1, 4);
  });

  test("fades with the answers that it rests on", () => {
    const answers = times(6, answer(0));
    const now = learned(answers, 0, DAY_MS).of(WRITER)!.declared!;
    const later = learned(answers, DAY_MS, DAY_MS).of(WRITER)!.declared!;
    expect(now).toEqual({ bias: -0.4, answers: 6 });
    expect(later).toEqual({ bias: -0.2667, answers: 3 });
  });

  test("tells what was said, stays between 0 and 1, and makes no draft surer than a draft may be", () => {
    const of = (bias: number) => ({ declared: { bias, answers: 9 }, draft: { bias, answers: 9 } });
    const declared = { value: 0.6, source: "declared" } as const;
    expect(calibrated(declared, of(-0.25))).toEqual({ value: 0.35, source: "declared", raw: 0.6 });
    expect(calibrated(declared, of(-0.9)).value).toBe(0);
    expect(calibrated(declared, of(0.9)).value).toBe(1);
    expect(calibrated({ value: 0.35, source: "draft" }, of(0.9))).toEqual({
      value: 0.5,
      source: "draft",
      raw: 0.35,
    });
  });

  test("is not made of what a check stands behind, nor twice", () => {
    const correction = { declared: { bias: -0.3, answers: 9 } };
    for (const source of ["checked", "agreement"] as const) {
      const sure: Confidence = { value: 1, source };
      expect(calibrated(sure, correction)).toBe(sure);
    }
    const once = calibrated({ value: 0.6, source: "declared" }, correction);
    expect(calibrated(once, correction)).toBe(once);
  });
});

/** A generator that gives the same numbers on every machine (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Scored = { readonly told: number; readonly right: number };

/** Mean squared error (Brier 1950). */
function brier(all: readonly Scored[]): number {
  return all.reduce((sum, { told, right }) => sum + (told - right) ** 2, 0) / all.length;
}

/** Expected calibration error over ten bins (Naeini et al., AAAI 2015). */
function calibrationError(all: readonly Scored[]): number {
  const bins = Map.groupBy(all, ({ told }) => Math.min(9, Math.floor(told * 10)));
  return [...bins.values()].reduce((sum, bin) => {
    const gap = bin.reduce((total, { told, right }) => total + right - told, 0);
    return sum + Math.abs(gap) / all.length;
  }, 0);
}

/** Kinds of agents on two models, how much surer than right each is, and what becomes of their answers. */
const ANSWERERS = [
  { agent: "writer", model: "m/x", excess: 0.3 },
  { agent: "checker", model: "m/x", excess: 0.15 },
  { agent: "writer", model: "m/y", excess: -0.1 },
  { agent: "planner", model: "m/y", excess: 0.02 },
] as const;

test.each([1, 2, 3, 4, 5])(
  "on a history of answers that were too sure, or not sure enough, later ones are told nearer to what becomes of them (seed %i)",
  (seed) => {
    const next = random(seed);
    const draw = ({ agent, model, excess }: (typeof ANSWERERS)[number]): CheckedAnswer => {
      const chance = 0.3 + 0.5 * next();
      const said = Math.min(1, Math.max(0, chance + excess));
      return answer(next() < chance ? 1 : 0, { agent, model, said });
    };
    const some = (count: number) =>
      ANSWERERS.flatMap((one) => Array.from({ length: count }, () => draw(one)));
    const history = learned(some(60));
    const later = some(500);
    const raw = later.map(({ said: told, right }) => ({ told, right }));
    const told = later.map(({ said: value, right, ...who }) => ({
      told: calibrated({ value, source: "declared" }, history.of(who)).value,
      right,
    }));
    expect(calibrationError(told)).toBeLessThan(0.6 * calibrationError(raw));
    expect(brier(told)).toBeLessThan(brier(raw));
  },
);
