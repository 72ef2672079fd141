import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url).pathname;
/** From left to right; what a layer promises may be tested where it is used. */
const LAYERS = [
  "shared",
  "dsl",
  "templates",
  "plan",
  "machines",
  "actors",
  "engine",
  "performers",
  "surfaces",
];
/** Folders of tests that hold whole runs, and so invariants of any layer. */
const OF_WHOLE_RUNS = ["conformance", "kill", "models", "simulation"];

type Module = { readonly path: string; readonly layer: string; readonly invariants: readonly string[] };

/** The invariants that a module's header states: ` * A1 ...`, or `I1: ...` in running text. */
function invariantsOf(text: string): readonly string[] {
  const stated = text.matchAll(/^ \* ([A-Z]\d{1,2}):? (?=[a-z`])|[ .](I\d): (?=[a-z`])/gm);
  return [...new Set([...stated].map(([, own, inText]) => own ?? inText!))];
}

/** Whether a test cites an invariant: `(A1)`, `(A1, A2)`, `A1 ...` at the beginning of a title. */
function cites(text: string, invariant: string): boolean {
  return new RegExp(`[("'\`\\s,]${invariant}[),"'\\s:]`).test(text);
}

const modules: readonly Module[] = globSync("src/**/*.{ts,tsx}", { cwd: root }).flatMap((path) => {
  const invariants = invariantsOf(readFileSync(`${root}${path}`, "utf8"));
  return invariants.length > 0 ? [{ path, layer: path.split("/")[1]!, invariants }] : [];
});
const tests = globSync("test/**/*.{ts,tsx}", { cwd: root })
  .filter((path) => !path.startsWith("test/docs/"))
  .map((path) => ({ folder: path.split("/")[1]!, text: readFileSync(`${root}${path}`, "utf8") }));

test("each invariant that a module states is cited by a test of its layer, of one to the right, or of whole runs", () => {
  expect(modules.length).toBeGreaterThan(80);
  const uncited = modules.flatMap(({ path, layer, invariants }) => {
    const right = LAYERS.slice(LAYERS.indexOf(layer));
    const near = tests.filter(({ folder }) => right.includes(folder) || OF_WHOLE_RUNS.includes(folder));
    return invariants
      .filter((invariant) => !near.some(({ text }) => cites(text, invariant)))
      .map((invariant) => `${path}: ${invariant}`);
  });
  expect(uncited).toEqual([]);
});

test("an invariant that nobody cites is noticed", () => {
  const header = "/**\n * Invariants:\n * A1 it holds.\n * A2 it is `kept`.\n */";
  expect(invariantsOf(header)).toEqual(["A1", "A2"]);
  expect(invariantsOf(" * I1: every loop ends. I2: recursion is limited.")).toEqual(["I1", "I2"]);
  expect([cites('test("it holds (A1)"', "A1"), cites('test("it holds (A12)"', "A1")]).toEqual([true, false]);
});
