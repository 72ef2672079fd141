import fc from "fast-check";
import { expect, test } from "vitest";
import { RetryBudget } from "../../../src/engine/resilience/retry-budget.ts";

test("a budget of one in ten lets 100 retries of 1000 calls through, and its reserve those of a few (Y1)", () => {
  const admitted = (offered: number, ratio: number, reserve: number): number => {
    const budget = new RetryBudget({ ratio, reserve });
    for (let index = 0; index < offered; index++) budget.admit(false);
    let retries = 0;
    for (; retries < 10_000 && budget.hasRoom; retries++) budget.admit(true);
    return retries;
  };
  expect(admitted(1_000, 0.1, 10)).toBe(100);
  expect(admitted(3, 0.1, 10)).toBe(10);
  expect(admitted(1_000, 0.1, 0)).toBe(100);
  expect(admitted(9, 0.1, 0)).toBe(0);
  expect(admitted(1_000, 0, 0)).toBe(0);
});

test("an attempt that was not made gives its admission to the next retry, once (Y2)", () => {
  const budget = new RetryBudget({ ratio: 0, reserve: 0 });
  budget.admit(false);
  expect(budget.hasRoom).toBe(false);
  budget.giveBack();
  expect(budget.hasRoom).toBe(true);
  budget.admit(true);
  expect(budget).toMatchObject({ hasRoom: false, offered: 1, retries: 0 });
});

test("at every moment, whatever is offered, tried again and given back, calls stay within the budget (Y1, Y2)", () => {
  const step = fc.constantFrom("offer", "offerNotMade", "retry", "retryNotMade");
  const scenario = fc.record({
    ratio: fc.constantFrom(0, 0.1, 0.5, 1),
    reserve: fc.constantFrom(0, 1, 10),
    steps: fc.array(step, { maxLength: 300 }),
  });
  fc.assert(
    fc.property(scenario, ({ ratio, reserve, steps }) => {
      const budget = new RetryBudget({ ratio, reserve });
      let offered = 0;
      let made = 0;
      for (const one of steps) {
        const isRetry = one.startsWith("retry");
        if (isRetry && !budget.hasRoom) {
          // Refused for the budget's sake alone: one call more would break it.
          expect(made + 1).toBeGreaterThan(offered + Math.max(reserve, ratio * offered));
          continue;
        }
        budget.admit(isRetry);
        if (!isRetry) offered++;
        if (one.endsWith("NotMade")) budget.giveBack();
        else made++;
        expect(made).toBeLessThanOrEqual(offered + Math.max(reserve, ratio * offered));
      }
    }),
  );
});
