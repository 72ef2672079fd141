import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  barrelViolations,
  exampleViolations,
  importViolations,
} from "./support/architecture/import-rules.ts";
import {
  defaultExportViolations,
  lengthViolations,
  nameViolations,
  topLevelViolations,
} from "./support/architecture/layout-rules.ts";
import { chanceViolations, purityViolations } from "./support/architecture/purity-rules.ts";
import { readSource, type SourceFile } from "./support/architecture/source-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function sourcesUnder(folder: string): SourceFile[] {
  return globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root, exclude: ["**/node_modules"] })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("test/corpus/"))
    .map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
}

const planted = (tree: Readonly<Record<string, string>>) =>
  Object.entries(tree).map(([path, text]) => readSource(path, text));

type Rule = (files: readonly SourceFile[]) => string[];

describe("the repository", () => {
  const files = ["src", "test", "docs"].flatMap(sourcesUnder);

  test("its sources are found, with their imports", () => {
    expect(files.filter(({ path }) => path.startsWith("src/")).length).toBeGreaterThan(20);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(50);
  });

  test.each<[string, Rule]>([
    [
      "imports point left, and only the composition root names concrete engines and performers",
      importViolations,
    ],
    ["nothing hands on other files' exports but the entry points", barrelViolations],
    ["examples use the public API alone", exampleViolations],
    ["the deterministic folders read no clock, no chance and no world", purityViolations],
    ["time, turns and chance come through the ports alone, from shared to engine", chanceViolations],
    ["no file is longer than 400 lines, no function of the product longer than 70", lengthViolations],
    ["names are kebab-case and say something", nameViolations],
  ])("%s", (_, rule) => {
    expect(rule(files)).toEqual([]);
  });

  test("every export of the product and its tests has a name", () => {
    expect(defaultExportViolations(files)).toEqual([]);
  });

  test("the top folder holds nothing beside what the layout lists", () => {
    expect(topLevelViolations(readdirSync(root))).toEqual([]);
  });
});

describe("a planted violation is found", () => {
  const leaf = { "src/shared/result.ts": "export const ok = 1;" };

  test.each<[string, Rule, Record<string, string>, string]>([
    [
      "an import that points right",
      importViolations,
      { "src/dsl/a.ts": 'import { b } from "../plan/b.ts";', "src/plan/b.ts": "export const b = 1;" },
      "src/dsl/a.ts:1: dsl may not import src/plan/b.ts",
    ],
    [
      "a type import that points right",
      importViolations,
      { "src/dsl/a.ts": '\nimport type { B } from "../plan/b.ts";', "src/plan/b.ts": "export type B = 1;" },
      "src/dsl/a.ts:2: dsl may not import src/plan/b.ts",
    ],
    [
      "an import() type that points right",
      importViolations,
      { "src/dsl/a.ts": 'type B = import("../plan/b.ts").B;', "src/plan/b.ts": "export type B = 1;" },
      "src/dsl/a.ts:1: dsl may not import src/plan/b.ts",
    ],
    [
      "a dynamic import that points right",
      importViolations,
      { "src/dsl/a.ts": 'const b = await import("../plan/b.ts");', "src/plan/b.ts": "export const b = 1;" },
      "src/dsl/a.ts:1: dsl may not import src/plan/b.ts",
    ],
    [
      "a re-export that points right",
      importViolations,
      { "src/dsl/a.ts": 'export * from "../plan/b.ts";', "src/plan/b.ts": "export const b = 1;" },
      "src/dsl/a.ts:1: dsl may not import src/plan/b.ts",
    ],
    [
      "an import that hides its target behind a detour",
      importViolations,
      { "src/dsl/a.ts": 'import "../shared/../plan/b.ts";', "src/plan/b.ts": "export const b = 1;" },
      "src/dsl/a.ts:1: dsl may not import src/plan/b.ts",
    ],
    [
      "machines that import templates",
      importViolations,
      { "src/machines/a.ts": 'import "../templates/b.ts";', "src/templates/b.ts": "export const b = 1;" },
      "src/machines/a.ts:1: machines may not import src/templates/b.ts",
    ],
    [
      "a performer that imports more of actors than the ports",
      importViolations,
      { "src/performers/a.ts": 'import "../actors/spawn.ts";', "src/actors/spawn.ts": "export const b = 1;" },
      "src/performers/a.ts:1: performers may not import src/actors/spawn.ts",
    ],
    [
      "a surface beside the composition root that names a performer",
      importViolations,
      { "src/surfaces/a.ts": 'import "../performers/b.ts";', "src/performers/b.ts": "export const b = 1;" },
      "src/surfaces/a.ts:1: only src/surfaces/runtime.ts may import src/performers/b.ts",
    ],
    [
      "an engine's loop that names a concrete engine",
      importViolations,
      { "src/engine/loop.ts": 'import "./memory/b.ts";', "src/engine/memory/b.ts": "export const b = 1;" },
      "src/engine/loop.ts:1: only src/surfaces/runtime.ts may import src/engine/memory/b.ts",
    ],
    [
      "an entry point that names a concrete engine",
      importViolations,
      {
        "src/index.ts": 'export { b } from "./engine/local/b.ts";',
        "src/engine/local/b.ts": "export const b = 1;",
      },
      "src/index.ts:1: only src/surfaces/runtime.ts may import src/engine/local/b.ts",
    ],
    [
      "an import of the package by its own name",
      importViolations,
      { "src/dsl/a.ts": 'import "abyssal-runtime/machines";' },
      "src/dsl/a.ts:1: abyssal-runtime/machines goes round the table",
    ],
    [
      "an import whose target nobody can tell",
      importViolations,
      { "src/engine/a.ts": "export const load = (name: string) => import(name);" },
      "src/engine/a.ts:1: a computed import cannot be judged",
    ],
    [
      "an import of a file that is not there",
      importViolations,
      { "src/dsl/a.ts": 'import "../plan/b.js";' },
      "src/dsl/a.ts:1: ../plan/b.js is no file of the tree",
    ],
    [
      "an import of a test",
      importViolations,
      { "src/surfaces/a.ts": 'import "../../test/b.ts";', "test/b.ts": "export const b = 1;" },
      "src/surfaces/a.ts:1: test/b.ts stands outside src",
    ],
    [
      "a folder that the table does not know",
      importViolations,
      { ...leaf, "src/extras/a.ts": 'import "../shared/result.ts";' },
      "src/extras/a.ts:1: extras is no folder of the table",
    ],
    [
      "an internal index",
      barrelViolations,
      { "src/plan/index.ts": "export const a = 1;" },
      "src/plan/index.ts: an internal barrel",
    ],
    [
      "a barrel by another name",
      barrelViolations,
      { "src/plan/all.ts": 'export { a } from "./a.ts";\nexport * from "./b.ts";' },
      "src/plan/all.ts: an internal barrel",
    ],
    [
      "an example that reaches inside",
      exampleViolations,
      { "docs/examples/a.ts": 'import "../../src/plan/b.ts";' },
      "docs/examples/a.ts:1: src/plan/b.ts is not public",
    ],
    [
      "a file of 401 lines",
      lengthViolations,
      { "src/plan/a.ts": "//\n".repeat(401) },
      "src/plan/a.ts: 401 lines",
    ],
    [
      "a function of 71 lines",
      lengthViolations,
      { "src/plan/a.ts": `\nexport const f = () => {${"\n".repeat(70)}};` },
      "src/plan/a.ts:2: a function of 71 lines",
    ],
    [
      "a camelCase name",
      nameViolations,
      { "src/plan/nodeGraph.ts": "" },
      "src/plan/nodeGraph.ts: nodeGraph is not kebab-case",
    ],
    [
      "a vague name",
      nameViolations,
      { "src/plan/plan-utils.ts": "" },
      "src/plan/plan-utils.ts: utils says nothing",
    ],
    [
      "a default export",
      defaultExportViolations,
      { "src/plan/a.ts": "export default 1;" },
      "src/plan/a.ts:1: a default export",
    ],
    [
      "a default export by another spelling",
      defaultExportViolations,
      { "src/plan/a.ts": "const a = 1;\nexport { a as default };" },
      "src/plan/a.ts:2: a default export",
    ],
  ])("%s", (_, rule, tree, expected) => {
    expect(rule(planted(tree))).toContain(expected);
  });

  test.each([
    ["Date.now()", "uses Date.now"],
    ["new Date()", "uses Date"],
    ["Date()", "uses Date"],
    ["globalThis.setTimeout(f, 1)", "uses globalThis.setTimeout"],
    ["Math.random()", "uses Math.random"],
    ['Math["random"]()', "uses Math.random"],
    ["performance.now()", "uses performance.now"],
    ["setTimeout(f, 1)", "uses setTimeout"],
    ["setInterval", "uses setInterval"],
    ["process.env.HOME", "uses process.env"],
    ["{ now = Math.random } ", "uses Math.random"],
    ['await import("node:fs")', "imports node:fs"],
    ['await import("fs/promises")', "imports fs/promises"],
  ])("%s in a deterministic folder", (code, expected) => {
    const text = code.startsWith("{") ? `export const a = (${code}) => now;` : `export const a = ${code};`;
    for (const folder of ["dsl", "plan", "machines", "templates", "actors"]) {
      const path = `src/${folder}/a.ts`;
      expect(purityViolations(planted({ [path]: text }))).toContain(`${path}:1: ${expected}`);
    }
  });

  test.each([
    ["Date.now()", "uses Date.now"],
    ["new Date()", "uses Date"],
    ["Math.random()", "uses Math.random"],
    ["setTimeout(f, 1)", "uses setTimeout"],
    ["setInterval(f, 1)", "uses setInterval"],
    ["setImmediate(f)", "uses setImmediate"],
    ["process.nextTick(f)", "uses process.nextTick"],
    ["process.hrtime()", "uses process.hrtime"],
    ["process.hrtime.bigint()", "uses process.hrtime"],
    ["performance.now()", "uses performance.now"],
    ["crypto.randomUUID()", "uses crypto.randomUUID"],
    ["globalThis.setImmediate(f)", "uses globalThis.setImmediate"],
    ['await import("timers/promises")', "imports timers/promises"],
    ['await import("nanoid")', "imports nanoid"],
  ])("%s in what a simulation runs", (code, expected) => {
    for (const folder of ["shared", "dsl", "templates", "plan", "machines", "actors", "engine/local"]) {
      const path = `src/${folder}/a.ts`;
      const text = `export const a = ${code};`;
      expect(chanceViolations(planted({ [path]: text }))).toContain(`${path}:1: ${expected}`);
    }
  });

  test("a random source imported by name", () => {
    const text = 'import { createHash, randomBytes } from "node:crypto";';
    expect(chanceViolations(planted({ "src/engine/a.ts": text }))).toEqual([
      "src/engine/a.ts:1: uses randomBytes",
    ]);
  });

  test("our own doors to time and chance count as much as the world's", () => {
    const text =
      'import { systemClock } from "../shared/clock.ts";\nimport { randomIds } from "../shared/ids.ts";';
    expect(purityViolations(planted({ "src/plan/a.ts": text }))).toEqual([
      "src/plan/a.ts:1: imports systemClock",
      "src/plan/a.ts:2: imports randomIds",
    ]);
  });

  test("a machine that waits for a promise", () => {
    const text = 'import { fromPromise } from "xstate";\nexport const a = fromPromise(f);';
    expect(purityViolations(planted({ "src/machines/a.ts": text }))).toContain(
      "src/machines/a.ts:2: uses fromPromise",
    );
  });

  test("a file that stands exactly at the limit is none", () => {
    const text = `export const f = () => {${"\n".repeat(69)}};${"\n".repeat(331)}`;
    expect(lengthViolations(planted({ "src/plan/a.ts": text }))).toEqual([]);
  });

  test("a stray entry of the top folder", () => {
    expect(
      topLevelViolations(["package.json", "tsconfig.build.json", ".github", "scripts", "notes.md"]),
    ).toEqual(["scripts", "notes.md"]);
  });
});

describe("what is allowed is left alone", () => {
  test("imports to the left, the composition root, and a deterministic use of a pure name", () => {
    const files = planted({
      "src/shared/clock.ts": "export type Clock = { nowMs(): number };",
      "src/plan/a.ts":
        'import type { Clock } from "../shared/clock.ts";\n' +
        "export const a = (clock: Clock) => new Date(clock.nowMs());\n" +
        "export const b = { setTimeout: 1, process: 2 }.setTimeout;\n" +
        "export const c = (timer: { setTimeout(): void }) => timer.setTimeout();",
      "src/performers/p.ts": 'import "../shared/clock.ts";',
      "src/engine/memory/m.ts": 'import "../../plan/a.ts";',
      "src/surfaces/runtime.ts": 'import "../performers/p.ts";\nimport "../engine/memory/m.ts";',
      "src/templates/discover.ts": 'import { readdir } from "node:fs/promises";',
      "src/engine/local/clocked.ts":
        'import type { Clock } from "../../shared/clock.ts";\n' +
        "export const d = (clock: Clock) => clock.nextTurn(() => new Date(clock.nowMs()));",
    });
    expect([...importViolations(files), ...purityViolations(files), ...chanceViolations(files)]).toEqual([]);
  });
});
