import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);

function codesIn(text: string): string[] {
  return [...new Set(text.match(/\bDSL_[A-Z]+(?:_[A-Z]+)*\b/g))].sort();
}

it("every code that the language layer can report is documented, and no other", () => {
  const folder = new URL("src/dsl/", root);
  const source = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
  const documented = readFileSync(new URL("docs/reference/diagnostics.md", root), "utf8");
  expect(codesIn(source.join("\n")).length).toBeGreaterThan(10);
  expect(codesIn(documented)).toEqual(codesIn(source.join("\n")));
});
