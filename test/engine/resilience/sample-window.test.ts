import fc from "fast-check";
import { expect, test } from "vitest";
import { SampleWindow } from "../../../src/engine/resilience/sample-window.ts";

test("a window of calls forgets none that is younger, and all that are twice as old (W1)", () => {
  const calls = fc.array(fc.record({ afterMs: fc.nat(1_500), failed: fc.boolean() }), { maxLength: 80 });
  fc.assert(
    fc.property(fc.constantFrom(50, 1_000, 7_000), calls, (windowMs, told) => {
      const window = new SampleWindow(windowMs);
      const seen: { atMs: number; failed: boolean }[] = [];
      let nowMs = 1_000_000;
      for (const { afterMs, failed } of told) {
        nowMs += afterMs;
        window.count(failed, nowMs);
        seen.push({ atMs: nowMs, failed });
        const within = (ms: number) => seen.filter(({ atMs }) => nowMs - atMs < ms);
        const failures = (ms: number) => within(ms).filter((one) => one.failed).length;
        // A slot is a fifth of the window at most: what is younger than the others counts for certain.
        expect(window.calls).toBeGreaterThanOrEqual(within(windowMs * 0.8).length);
        expect(window.calls).toBeLessThanOrEqual(within(windowMs * 2).length);
        expect(window.failures).toBeGreaterThanOrEqual(failures(windowMs * 0.8));
        expect(window.failures).toBeLessThanOrEqual(failures(windowMs * 2));
      }
    }),
  );
});

test("a window that was cleared holds nothing", () => {
  const window = new SampleWindow(1_000);
  window.count(true, 5);
  window.clear();
  expect(window).toMatchObject({ calls: 0, failures: 0 });
  window.count(false, 6);
  expect(window).toMatchObject({ calls: 1, failures: 0 });
});
