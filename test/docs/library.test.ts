import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Abyssal, LiveRun } from "../../src/index.ts";
import { OPTION_NAMES } from "../../src/surfaces/runtime-options.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/reference/library.md", root), "utf8");

/** The same program, on the library as it stands here. */
function runnable(code: string): string {
  return code.replace('"abyssal-runtime"', JSON.stringify(new URL("src/index.ts", root).href));
}

/** The public methods and properties of a class, and of what it extends. */
function membersOf({ prototype }: { readonly prototype: object }): readonly string[] {
  const own = Object.getOwnPropertyNames(prototype).filter(
    (name) => !["constructor", "settings"].includes(name),
  );
  const above = Object.getPrototypeOf(prototype) as object;
  return above === Object.prototype ? own : [...own, ...membersOf({ prototype: above })];
}

test("every method of a runtime and of a run, and every option, is on the page of the library", () => {
  const names = [...membersOf(Abyssal), ...membersOf(LiveRun), ...OPTION_NAMES];
  expect(names.length).toBeGreaterThan(45);
  expect(
    names.filter((name) => !new RegExp(`\`[^\`]*\\b${name.replace("$", "\\$")}(?![\\w$])`).test(page)),
  ).toEqual([]);
});

test("its blocks are one program, which does what they say", () => {
  const code = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block!).join("\n");
  const file = join(temporaryFolder(), "page.ts");
  writeFileSync(file, `${runnable(code)}\nconsole.log(status, output, results.length, reasons.length);\n`);
  const told = execFileSync(process.execPath, [file], { encoding: "utf8" }).trim().split("\n");
  expect(told.at(-1)).toBe("succeeded HELLO 1 0");
  expect(told.slice(0, -1).sort()).toEqual(
    [
      "fork/weigh.1/it progress",
      "fork/weigh.1/it succeeded",
      "fork/weigh/it progress",
      "fork/weigh/it succeeded",
      "succeeded",
    ].sort(),
  );
});

test("the README's block is a program that gives an answer of both greetings", () => {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(readme)!;
  const file = join(temporaryFolder(), "readme.ts");
  writeFileSync(file, `${runnable(code!)}\nconsole.log(status, results.length, output);\n`);
  const told = execFileSync(process.execPath, [file], { encoding: "utf8" });
  expect(told.startsWith("run.started\n")).toBe(true);
  for (const words of ["succeeded 2", "Hello Ada", "Hello Grace"]) expect(told).toContain(words);
});
