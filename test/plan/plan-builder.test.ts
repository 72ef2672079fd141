import { expect, test } from "vitest";
import { PlanBuilder } from "../../src/plan/plan-builder.ts";
import { registryOf, SETTINGS } from "../support/compile.ts";

test("a path that is taken is counted up, whoever took it", () => {
  const builder = new PlanBuilder(registryOf([]), SETTINGS);
  const claimed = ["code", "code.2", "code", "code", "code", "code.1", "code"].map((base) =>
    builder.claim(base),
  );
  expect(claimed).toEqual(["code", "code.2", "code.1", "code.3", "code.4", "code.1.1", "code.5"]);
});

test("namesakes without number are each given a path at once", () => {
  const builder = new PlanBuilder(registryOf([]), SETTINGS);
  // Trying them all from the first one on would take some minutes.
  for (let count = 0; count < 100_000; count++) builder.claim("code");
  expect(builder.claim("code")).toBe("code.100000");
});
