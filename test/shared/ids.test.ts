import { expect, test } from "vitest";
import { randomIds } from "../../src/shared/ids.ts";

test("ids of runs that are made one after the other stand in that order, but for those of one millisecond, and never twice", () => {
  const ids = Array.from({ length: 5_000 }, () => randomIds.runId());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^r_[0-9a-z]{20}$/.test(id))).toBe(true);
  const times = ids.map((id) => Number.parseInt(id.slice(2, 10), 36));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.abs(times[0]! - Date.now())).toBeLessThan(60_000);
});
