import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveProgress } from "../../../src/surfaces/cli/progress/live-progress.ts";
import type { Terminal } from "../../../src/surfaces/cli/terminal.ts";
import type { LiveRun } from "../../../src/surfaces/live-run.ts";
import { agent, plan } from "../../support/plans.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A terminal that keeps what is drawn on it. */
function drawing() {
  const written: string[] = [];
  const stream = {
    isTTY: true,
    columns: 80,
    rows: 24,
    write: (text: string) => void written.push(text),
    on: () => stream,
    off: () => stream,
  };
  const terminal = { env: {}, stderr: { stream, isTTY: true, write: stream.write } } as unknown as Terminal;
  const run = { runId: "r_1", plan: plan([agent("a")]), past: [] } as unknown as LiveRun;
  return { written, progress: new LiveProgress(run, terminal) };
}

test("nothing is drawn while something else is written or asked, nor after the end (L1)", async () => {
  const { written, progress } = drawing();
  vi.advanceTimersByTime(200);
  expect(written.join("")).toContain("r_1");
  const asked = Promise.withResolvers<string>();
  const answer = progress.note(() => asked.promise);
  written.length = 0;
  vi.advanceTimersByTime(1_000);
  expect(written).toEqual([]);
  asked.resolve("yes");
  expect(await answer).toBe("yes");
  vi.advanceTimersByTime(200);
  expect(written.join("")).toContain("r_1");
  progress.end();
  written.length = 0;
  vi.advanceTimersByTime(1_000);
  progress.end();
  expect(written).toEqual([]);
});
