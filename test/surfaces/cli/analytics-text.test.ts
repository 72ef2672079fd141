import { expect, test } from "vitest";
import type { AnalyticsReport } from "../../../src/surfaces/analytics/analytics.ts";
import type { WorkFigures } from "../../../src/surfaces/analytics/tally.ts";
import { analyticsText } from "../../../src/surfaces/cli/analytics-text.ts";
import { paintFor, widthOf } from "../../../src/surfaces/cli/style.ts";

const WORK: WorkFigures = {
  agents: 12_345,
  cached: 1_234,
  successRate: 1,
  meanMs: 65_432,
  p95Ms: 654_321,
  meanWaitMs: 12_345,
  attempts: 20_000,
  workedMs: 987_654_321,
  efficiency: 0.987,
  coreHours: 1234.5,
  memoryGbHours: 12,
  calls: 54_321,
  tokens: 7_654_321,
  costMicros: 123_456_789,
  failures: [],
};
const COMMANDS = { ended: 1_234, successRate: 0.5, meanMs: 65_432, p95Ms: 654_321 };

const report = (work: WorkFigures): AnalyticsReport => ({
  sinceMs: null,
  runs: {
    ended: 5_000,
    byStatus: { succeeded: 1_000, partial: 1_000, failed: 1_000, cancelled: 1_000, interrupted: 1_000 },
    successRate: 0.25,
    meanMs: 65_432,
    p95Ms: 654_321,
    slotsUsed: 0.5,
    coresUsed: 0.25,
  },
  unread: { JOURNAL_CORRUPT: 3 },
  work,
  templates: [{ template: "QUARTERLY_REPORT@10.0.0", commands: COMMANDS, ...work }],
  agents: [{ agent: "performance_reviewer", performer: "function", ...work }],
  answers: [
    {
      agent: "performance_reviewer",
      performer: "model",
      model: "openrouter/some-vendor/a-model-of-a-long-name",
      source: "declared",
      checked: 1_234,
      ...{ said: 0.9, told: 0.8, right: 0.7, brierSaid: 0.1, brierTold: 0.05 },
    },
  ],
  recommendations: [
    { rule: "SLOTS_FULL", about: "runs", text: `agents wait: ${"raise the limit ".repeat(10)}`, figures: {} },
  ],
});

const shown = (work: WorkFigures, width?: number): readonly string[] =>
  analyticsText(report(work), paintFor(false), width).trimEnd().split("\n");

test.each([80, 100, 132])("what was measured fits a terminal of %i columns", (width) => {
  expect(shown(WORK, width).filter((line) => widthOf(line) > width)).toEqual([]);
});

test("columns for which a terminal has no room are named; elsewhere all stand there", () => {
  const narrow = shown(WORK, 80);
  expect(narrow.find((line) => line.startsWith("AGENT"))).toContain("COST");
  expect(narrow.join("\n")).toMatch(/no room for CORE H, CACHED/);
  const all = shown(WORK).join("\n");
  expect(all).not.toContain("no room");
  for (const head of ["CACHED", "USEFUL", "CORE H", "COST", "WAIT", "ERROR TOLD"])
    expect(all).toContain(head);
});

test("where no run has ended, that and what could not be read is all there is to say", () => {
  const full = report(WORK);
  const none = { ...full, runs: { ...full.runs, ended: 0, byStatus: {} } };
  expect(analyticsText(none, paintFor(false))).toBe(
    "no run of this folder has ended yet\nunread  3 JOURNAL_CORRUPT\n",
  );
});

test("where no model was asked there is no column of costs", () => {
  expect(shown({ ...WORK, calls: 0 }).join("\n")).not.toContain("COST");
});
