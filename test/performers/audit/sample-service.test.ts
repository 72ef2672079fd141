import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { StepView } from "../../../src/actors/ports.ts";
import type { Outcome } from "../../../src/plan/outcome.ts";
import { audit, report, treeHash, viewOf } from "./audit-task.ts";

const root = resolve(import.meta.dirname, "../../../docs/examples/sample-service");
const STEPS = ["scan", "tests", "patterns", "documentation", "dependencies", "refactoring", "report"];
const outcomes: Record<string, Outcome> = {};
const hashes: string[] = [];

beforeAll(async () => {
  hashes.push(treeHash(root));
  const steps: Record<string, StepView> = {};
  for (const step of STEPS) {
    const outcome = await audit(step, { parameters: { root }, steps });
    outcomes[step] = outcome;
    steps[step] = viewOf(outcome);
  }
  hashes.push(treeHash(root));
});
const found = (step: string, rule: string): string[] =>
  report(outcomes[step]!)
    .findings.filter((finding) => finding.rule === rule)
    .map(({ place }) => place);

describe("the audit of the sample service", () => {
  test("leaves every byte of it as it was", () => {
    expect(hashes[1]).toBe(hashes[0]);
  });

  test("runs its tests and counts them truly", () => {
    expect(report(outcomes.tests!)).toMatchObject({
      status: "PASSED",
      figures: { runner: "node", tests: 10, passed: 9, failed: 0, skipped: 1, "exit code": 0 },
    });
  });

  test("finds each planted pattern at its line, and no other", () => {
    expect(report(outcomes.patterns!).byRule).toEqual({
      "await-in-loop": 1,
      "sync-io": 1,
      "console-left": 1,
      "json-clone": 1,
      "open-task": 1,
    });
    expect(found("patterns", "await-in-loop")).toEqual(["src/catalogue.js:10"]);
    expect(found("patterns", "sync-io")).toEqual(["src/catalogue.js:4"]);
    expect(found("patterns", "json-clone")).toEqual(["src/orders.js:11"]);
    expect(found("patterns", "console-left")).toEqual(["src/discounts.js:6"]);
  });

  test("finds the broken link and the exports without a doc comment", () => {
    const documentation = report(outcomes.documentation!);
    expect(documentation).toMatchObject({
      status: "FAILED",
      figures: { "exported symbols": 9, "documented symbols": 5, "relative links": 3, "broken links": 1 },
    });
    expect(found("documentation", "broken-file")).toEqual(["README.md:24"]);
    expect(found("documentation", "undocumented-export")).toHaveLength(4);
  });

  test("says that there is no dependency to ask about", () => {
    expect(report(outcomes.dependencies!)).toMatchObject({
      status: "PASSED",
      figures: { "declared dependencies": 0 },
    });
  });

  test("finds the repeated lines and the import cycle, and that the tests vouch for a change", () => {
    const refactoring = report(outcomes.refactoring!);
    expect(refactoring.status).toBe("ADVISORY");
    expect(refactoring.reason).toContain("the tests (A) vouch");
    expect(found("refactoring", "duplicate")).toEqual(["src/receipt.js:2"]);
    expect(refactoring.findings.find(({ rule }) => rule === "import-cycle")?.message).toContain(
      "src/discounts.js -> src/orders.js -> src/discounts.js",
    );
  });

  test("ends in one report: matrix, tests, metrics and recommendations", () => {
    const outcome = outcomes.report!;
    const { output } = viewOf(outcome);
    expect(output).toContain("**10 tests**: 9 passed, 0 failed, 1 skipped.");
    for (const row of [
      "| A | Tests | **PASSED** |",
      "| B | Optimisation patterns | **ADVISORY** |",
      "| C | Documentation | **FAILED** |",
      "| D | Dependency security | **PASSED** |",
      "| E | Refactoring | **ADVISORY** |",
    ]) {
      expect(output).toContain(row);
    }
    expect(output).toContain("| import cycles | 1 | at most 0 | **no** |");
    expect(output).toMatch(/^\| P1 \| E \| imports in a circle/m);
    expect(outcome).toMatchObject({ confidence: { value: 1, source: "checked" } });
    const artifact = viewOf(outcome).artifacts[0]!;
    expect(artifact.path).toBe("audit/findings.json");
    expect(JSON.parse(artifact.content).streams).toHaveLength(5);
  });
});
