import fc from "fast-check";
import { expect, test } from "vitest";
import { Sketch } from "../../../src/surfaces/analytics/sketch.ts";

test("quantiles are within 1% of the exact ones, the mean is exact, whatever the values", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.5, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 400 }),
      fc.constantFrom(0.5, 0.9, 0.95, 1),
      (values, share) => {
        const sketch = new Sketch();
        for (const value of values) sketch.add(value);
        const exact = [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;
        const told = sketch.quantile(share)!;
        expect(Math.abs(Math.max(told, 1) - Math.max(exact, 1)) / Math.max(exact, 1)).toBeLessThan(0.0101);
        expect(told).toBeGreaterThanOrEqual(Math.min(...values));
        expect(told).toBeLessThanOrEqual(Math.max(...values));
        expect(sketch.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 3);
      },
    ),
  );
});

test("nothing has no quantile, and nothings are nothing", () => {
  const sketch = new Sketch();
  expect([sketch.mean, sketch.quantile(0.95)]).toEqual([null, null]);
  sketch.add(0);
  expect([sketch.mean, sketch.quantile(0.95)]).toEqual([0, 0]);
});
