import { describe, expect, test } from "vitest";
import { readPrinted, readReport } from "../../../src/performers/audit/test-counts.ts";
import { planTests } from "../../../src/performers/audit/test-plan.ts";

describe("how tests are run", () => {
  const plan = (test: string, more: Record<string, string> = {}) => planTests({ scripts: { test, ...more } });

  test("one runner is called directly, without what would make it stay or report elsewhere", () => {
    expect(plan("vitest run --coverage --reporter=dot test/unit")).toMatchObject({
      runner: "vitest",
      args: ["test/unit"],
    });
    expect(plan("jest --watchAll --reporters default src")).toMatchObject({ runner: "jest", args: ["src"] });
    expect(plan("node --import tsx --test test/a.js")).toMatchObject({
      args: ["--import", "tsx", "--test", "test/a.js"],
    });
    expect(plan("mocha 'test/**/*.js'")).toMatchObject({ runner: "mocha", args: ["test/**/*.js"] });
  });

  test("variables before the runner and scripts behind the script are followed", () => {
    expect(plan("cross-env TZ=UTC npx vitest")).toMatchObject({ runner: "vitest", env: { TZ: "UTC" } });
    expect(plan("npm run unit", { unit: "ava" })).toMatchObject({ runner: "ava", script: "ava" });
  });

  test("anything more is run as a whole", () => {
    for (const script of [
      "tsc && vitest",
      "mocha test/*.js",
      "echo $HOME",
      "tsx --test",
      "node check.js",
      "vitest | cat",
    ]) {
      expect(plan(script), script).toMatchObject({ kind: "script" });
    }
    expect(plan("vitest", { pretest: "tsc" })).toMatchObject({ kind: "script" });
    expect(plan("npm run a", { a: "npm run a" })).toMatchObject({ kind: "script" });
  });
});

describe("what runners report", () => {
  test("vitest and jest: JSON, files that could not be loaded included", () => {
    const json = {
      numTotalTests: 4,
      numPassedTests: 1,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [
        { name: "a", status: "failed", assertionResults: [{ status: "failed", fullName: "x bad" }] },
        { name: "b", status: "failed", assertionResults: [] },
      ],
    };
    expect(readReport("vitest", JSON.stringify(json))).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 2,
      brokenFiles: 1,
      failures: ["x bad", "b: could not be loaded"],
    });
  });

  test("mocha: JSON after whatever the tests printed", () => {
    const json = { stats: { passes: 2, failures: 1, pending: 3 }, failures: [{ fullTitle: "d bad" }] };
    expect(readReport("mocha", `hello {\n${JSON.stringify(json, null, 2)}`)).toMatchObject({
      passed: 2,
      failed: 1,
      skipped: 3,
      failures: ["d bad"],
    });
  });

  test("node: the closing comments of TAP", () => {
    const tap =
      "TAP version 13\nnot ok 1 - bad\nok 2 - good\n1..2\n# tests 7\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 3\n";
    expect(readReport("node", tap)).toMatchObject({ passed: 1, failed: 2, skipped: 4, failures: ["bad"] });
  });

  test("ava: what is still to be written is no failure", () => {
    const tap =
      "TAP version 13\nok 1 - off # SKIP\nnot ok 2 - later # TODO\nok 3 - good\nnot ok 4 - bad\n1..4\n# tests 3\n# pass 1\n# fail 2\n";
    expect(readReport("ava", tap)).toMatchObject({ passed: 1, failed: 1, skipped: 2, failures: ["bad"] });
  });

  test("tap: the tests within the files", () => {
    const tap =
      "TAP version 14\n    # Subtest: good\n        ok 1 - (unnamed)\n    ok 1 - good # time=1ms\n    not ok 2 - bad # time=2ms\n    ok 3 - off # SKIP\nnot ok 1 - a.js # time=3ms\n1..1\n";
    expect(readReport("tap", tap)).toMatchObject({ passed: 1, failed: 1, skipped: 1, failures: ["bad"] });
  });

  test("printed summaries of each, colours and several runners included", () => {
    const numbers = (text: string) => {
      const { passed, failed, skipped } = readPrinted(text)!;
      return [passed, failed, skipped];
    };
    expect(numbers("\u001b[2m      Tests \u001b[22m 1 failed | 40 passed | 2 skipped (43)\n")).toEqual([
      40, 1, 2,
    ]);
    expect(numbers("Tests:       1 failed, 1 skipped, 1 todo, 4 passed, 7 total\n")).toEqual([4, 1, 2]);
    expect(numbers("  12 passing (20ms)\n  2 pending\n  1 failing\n")).toEqual([12, 1, 2]);
    expect(numbers("ℹ tests 6\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 1\n")).toEqual([
      3, 1, 2,
    ]);
    expect(numbers("  ✔ good\n  ✘ [fail]: bad\n\n  1 test failed\n  1 test skipped\n")).toEqual([1, 1, 1]);
    expect(numbers("  2 passing\nℹ pass 3\nℹ fail 0\n")).toEqual([5, 0, 0]);
    expect(readPrinted("all is well\n")).toBeNull();
  });
});
