import type { RunModel } from "./run-model.ts";

/** The stretch of time that an axis shows, ms since the run's start. */
export type TimeScale = { readonly fromMs: number; readonly toMs: number };

/**
 * The axes of a run: what happened, and what was planned. They are one while the two are of one size; where the work takes a fifth
 * of what was planned or less, each has its own, or the smaller one could not be seen.
 */
export type RunScales = { readonly actual: TimeScale; readonly planned: TimeScale; readonly isOne: boolean };

const APART = 5;
const LEAST_MS = 20;

export function runScales(model: RunModel, nowMs: number): RunScales {
  const { startedAtMs, endedAtMs, plan } = model;
  const elapsed = startedAtMs === null ? 0 : Math.max(LEAST_MS, (endedAtMs ?? nowMs) - startedAtMs);
  const planned = Math.max(LEAST_MS, plan?.schedule.makespanMs ?? 0);
  const ratio = elapsed / planned;
  const isOne = ratio < APART && ratio > 1 / APART;
  if (isOne || elapsed === 0) {
    const scale = { fromMs: 0, toMs: Math.max(elapsed, planned) };
    return { actual: scale, planned: scale, isOne: true };
  }
  return { actual: { fromMs: 0, toMs: elapsed }, planned: { fromMs: 0, toMs: planned }, isOne: false };
}

/** Round moments on an axis, at most `most` of them: 1, 2 or 5 times a power of ten, from a minute on in minutes and hours. */
export function ticks({ fromMs, toMs }: TimeScale, most: number): readonly number[] {
  const step = STEPS_MS.find((one) => (toMs - fromMs) / one <= most) ?? toMs - fromMs;
  const list: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) list.push(at);
  return list;
}

/** A word of an axis: where it begins, and how wide it is, CSS pixels. */
export type AxisLabel = { readonly text: string; readonly left: number; readonly width: number };

/** The words of an axis that there is room for, in order: each within `width`, none upon the one before. */
export function withRoom(labels: readonly AxisLabel[], width: number): readonly AxisLabel[] {
  let free = 0;
  return labels.flatMap((label) => {
    const left = Math.min(label.left, width - label.width - 1);
    if (left < free) return [];
    free = left + label.width + LABEL_GAP;
    return [{ ...label, left }];
  });
}

const LABEL_GAP = 6;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 4, 8, 24, 48, 96, 240, 960].map((n) => n * HOUR),
];
