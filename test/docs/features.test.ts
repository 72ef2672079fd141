import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/reference/features.md", root), "utf8");
const rows = page.split("\n").filter((line) => /^\| [A-Z]\d/.test(line));

/** Files or folders named in a row: `test/...` in full, later names of the row beside the first. */
function testsOf(row: string): readonly string[] {
  const cell = row.split("|").at(-2)!;
  return [...cell.matchAll(/test\/[\w/.-]*[\w]/g)].map(([path]) => path);
}

test("every test that the features page names exists", () => {
  const named = rows.flatMap(testsOf);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test("every test title that the features page quotes stands in one of the files of its row", () => {
  const missing = rows.flatMap((row) => {
    const cell = row.split("|").at(-2)!;
    const files = testsOf(row).filter((path) => path.endsWith(".ts"));
    const beside = [...cell.matchAll(/(?<![\w/])([\w-]+\.test\.ts)/g)].flatMap(([, name]) =>
      files.map((path) => path.replace(/[^/]+$/, name!)),
    );
    const texts = [...files, ...beside]
      .filter((path) => existsSync(new URL(path, root)))
      .map((path) => readFileSync(new URL(path, root), "utf8"));
    const titles = [...cell.matchAll(/"([^"]+)"/g)].map(([, title]) => title!);
    return titles.filter((title) => !texts.some((text) => text.includes(title)));
  });
  expect(missing).toEqual([]);
});
