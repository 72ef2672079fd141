import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import type { RunResult } from "../../../src/surfaces/run-result.ts";
import { EXAMPLE_PROGRAMS } from "../../support/example-programs.ts";
import { cli, filesIn, folderWith, spawned } from "./cli-harness.ts";

test.concurrent.each(EXAMPLE_PROGRAMS)(
  "%s runs offline, and its plan names every result",
  async (example) => {
    const folder = folderWith();
    const { ended } = spawned(folder, ["execute", example, "--output", "json"]);
    const { code, stdout } = await ended;
    const result = JSON.parse(stdout) as RunResult;
    expect(result.reasons).toEqual([]);
    expect(result.status).toBe("succeeded");
    expect(code).toBe(0);
    expect(result.output.length).toBeGreaterThan(200);
    const plan = JSON.parse((await cli(folder, ["plan", example, "--output", "json"])).stdout) as Plan;
    expect(plan.hash).toBe(result.planHash);
    const agents = plan.nodes.filter((node) => node.kind === "agent").map((node) => node.path);
    expect(result.results.map((line) => line.path).sort()).toEqual(agents.sort());
  },
);

test("AUDIT runs a project's own tests and reports its five streams", async () => {
  const folder = folderWith({
    "package.json": JSON.stringify({
      name: "tiny",
      version: "1.0.0",
      type: "module",
      scripts: { test: "node --test" },
    }),
    "README.md": "# tiny\n",
    "sum.js": "/** Adds. */\nexport const sum = (a, b) => a + b;\n",
    "sum.test.js":
      "import test from 'node:test';\nimport assert from 'node:assert';\nimport { sum } from './sum.js';\ntest('adds', () => assert.equal(sum(1, 2), 3));\n",
  });
  const before = filesIn(folder);
  const { code, stdout } = await cli(
    folder,
    ["execute", "ABYSSAL[AUDIT]('.')", "--output", "json", "--out", "../audit-out"].map((arg) =>
      arg === "../audit-out" ? join(folder, "out") : arg,
    ),
  );
  const result = JSON.parse(stdout) as RunResult;
  expect(["succeeded", "partial"]).toContain(result.status);
  expect(code).toBe(result.status === "succeeded" ? 0 : 4);
  expect(result.output).toContain("**1 tests**: 1 passed, 0 failed");
  const report = readFileSync(join(folder, "out", "report.md"), "utf8");
  for (const stream of ["A | Tests | **PASSED**", "B | ", "C | ", "D | ", "E | "])
    expect(report).toContain(`| ${stream}`);
  expect(report.indexOf("## Status matrix")).toBeLessThan(2_000);
  expect(filesIn(folder).filter((path) => !path.startsWith("out/") && !path.startsWith(".abyssal/"))).toEqual(
    before,
  );
});

test("the example programs and the example batch of the documentation run", async () => {
  const examples = resolve(import.meta.dirname, "../../../docs/examples");
  const folder = folderWith();
  for (const file of filesIn(examples).filter((name) => name.endsWith(".abyssal"))) {
    const { code, stdout } = await cli(folder, [
      "execute",
      "--file",
      join(examples, file),
      "--output",
      "json",
    ]);
    expect([file, code, (JSON.parse(stdout) as RunResult).status]).toEqual([file, 0, "succeeded"]);
  }
  const batch = await cli(folder, ["batch", "execute", join(examples, "batch.json"), "--output", "json"]);
  expect(JSON.parse(batch.stdout)).toMatchObject({
    status: "succeeded",
    summary: { total: 5, succeeded: 5 },
  });
});
