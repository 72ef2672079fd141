import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { createAuditFunctions } from "../../../src/performers/audit/audit-functions.ts";
import { loadTemplate } from "../../../src/templates/load-template.ts";

const source = resolve(import.meta.dirname, "../../../templates/audit.yaml");
const loaded = loadTemplate(readFileSync(source, "utf8"), source);

test("the template AUDIT loads, and every function that it names is there", () => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const named = loaded.value.steps.map(({ work }) =>
    work.kind === "run" ? String(work.options.name) : "none",
  );
  expect(named.sort()).toEqual(Object.keys(createAuditFunctions({ workingFolder: "." })).sort());
});

test("refactoring waits for the tests, the report for every stream, and nothing is cached", () => {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const step = (name: string) => loaded.value.steps.find((one) => one.name === name)!;
  expect(step("refactoring").needs).toContain("tests");
  for (const stream of ["patterns", "documentation", "dependencies"])
    expect(step(stream).needs).toEqual(["scan"]);
  expect([...step("report").needs].sort()).toEqual(
    loaded.value.steps
      .map(({ name }) => name)
      .filter((name) => name !== "report")
      .sort(),
  );
  expect(loaded.value.steps.every(({ cache }) => !cache)).toBe(true);
});
