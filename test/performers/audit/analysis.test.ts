import { describe, expect, test } from "vitest";
import { blocksOf, nesting } from "../../../src/performers/audit/blocks.ts";
import { exportedSymbols } from "../../../src/performers/audit/doc-comments.ts";
import { findDuplicates } from "../../../src/performers/audit/duplicates.ts";
import { importCycles } from "../../../src/performers/audit/import-cycles.ts";
import { findPatterns } from "../../../src/performers/audit/patterns.ts";
import type { SourceFile } from "../../../src/performers/audit/repository.ts";
import { type Family, sourceText } from "../../../src/performers/audit/source-text.ts";

function file(
  text: string,
  family: Family = "js",
  path = "src/a.ts",
  role: SourceFile["role"] = "source",
): SourceFile {
  return { path, language: family, family, role, ...sourceText(text, family) };
}
const rules = (text: string, family: Family = "js", path?: string): string[] =>
  findPatterns(file(text, family, path)).map(({ rule, place }) => `${rule}:${place.split(":")[1]}`);
const shape = (text: string, family: Family = "js"): string[] =>
  blocksOf(sourceText(text, family), family).map((block) => `${block.kind} ${block.name} ${nesting(block)}`);

describe("blanking", () => {
  const cases: [string, Family, string, string][] = [
    ["comments and strings", "js", `a('// x'); // y\n/* z */ b`, `a('    ');     \n        b`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text under test.
    ["a template, but not its expressions", "js", "`a ${ b({c: `}`}) } d`", "`     b({c: ` `})    `"],
    [
      "a regular expression, not a division",
      "js",
      `x = /["'/*]/g; y = a / b / c`,
      `x = /      /g; y = a / b / c`,
    ],
    ["a class of a regular expression with a slash", "js", "f(/[/]'/)", "f(/    /)"],
    ["nothing of markup that closes", "js", "return <a>{b}</a>;", "return <a>{b}</a>;"],
    ["an unclosed quote only to the end of its line", "js", "it's\nfoo()", "it' \nfoo()"],
    ["lifetimes stay, characters and raw strings go", "rust", `f<'a>('x', r#"y"z"#)`, `f<'a>(' ', r#"   "#)`],
    ["nested comments of Rust", "rust", "a /* b /* c */ d */ e", "a                   e"],
    ["triple quotes and hashes of Python", "python", `x = '''# a\nb''' # c`, `x = '''   \n '''    `],
    ["raw strings of Go", "go", "x := `a\\` + b", "x := `  ` + b"],
  ];
  for (const [title, family, text, code] of cases) {
    test(title, () => {
      expect(sourceText(text, family).code).toBe(code);
    });
  }

  test("keeps every text's length and lines, whatever stands in it", () => {
    const pieces = ["'", '"', "`", "${", "}", "/", "//", "/*", "*/", "\\", "\n", "a", 'r#"', "'''", "#", "{"];
    let seed = 12345;
    const next = (): string => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return pieces[seed % pieces.length]!;
    };
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 40 }, next).join("");
      for (const family of ["js", "rust", "python", "go", "c"] as const) {
        const { code } = sourceText(text, family);
        expect(code.length, JSON.stringify(text)).toBe(text.length);
        expect(code.split("\n").length).toBe(text.split("\n").length);
      }
    }
  });
});

describe("blocks", () => {
  test("of a script are told apart by what opens them", () => {
    expect(
      shape(`async function f(): Promise<void> { for await (const x of y) { if (x) {} } }
        class A { get b() { return () => { do {} while (1) } } }
        const g = (a) => { try {} finally {} }; const o = { p: 1 };`),
    ).toEqual([
      "function f 0",
      "loop for 1",
      "branch if 2",
      "other  0",
      "function b 0",
      "function anonymous 0",
      "loop do 1",
      "function g 0",
      "branch try 1",
      "branch finally 1",
      "other  0",
    ]);
  });

  test("of Go and Rust need no parentheses", () => {
    expect(
      shape("func (s *S) Run(n int) error {\n for i := 0; i < n; i++ {\n if ok {\n }\n }\n}", "go"),
    ).toEqual(["function Run 0", "loop for 1", "branch if 2"]);
    expect(
      shape("fn run<'a>(x: &'a str) -> Result<(), E> {\n while let Some(y) = x.next() { }\n}", "rust"),
    ).toEqual(["function run 0", "loop while 1"]);
  });

  test("of Python follow the indentation", () => {
    expect(
      shape(
        "def f(a,\n      b):\n    for x in a:\n        if x:\n            pass\n    return b\n\nwhile 1:\n    pass\n",
        "python",
      ),
    ).toEqual(["function f 0", "loop x 1", "branch x 2", "loop while 1"]);
  });
});

describe("patterns", () => {
  test("are not found in comments, strings or tests of their own making", () => {
    expect(rules("// JSON.parse(JSON.stringify(x))\nconst a = 'console.log(1)';\n")).toEqual([]);
    expect(findPatterns(file("console.log(1)", "js", "test/a.test.ts", "test"))).toEqual([]);
  });

  test("know a loop that waits from one whose callbacks do, and from one over a stream", () => {
    expect(rules("async function f() {\n for (const a of b) {\n await c(a); await d(a);\n }\n}")).toEqual([
      "await-in-loop:3",
    ]);
    expect(rules("async function f() { for (const a of b) { c.push(async () => { await a; }); } }")).toEqual(
      [],
    );
    expect(rules("async function f() { for await (const a of b) { await c(a); } }")).toEqual([]);
  });

  test("see synchronous calls in functions, not at start-up", () => {
    expect(rules("const a = readFileSync('x');\nfunction f() {\n return existsSync('y');\n}")).toEqual([
      "sync-io:3",
    ]);
  });

  test("see a reduce that spreads its accumulator, not one that spreads another value", () => {
    expect(rules("a.reduce((acc, x) => ({ ...acc, [x]: 1 }), {})")).toEqual(["spread-in-reduce:1"]);
    expect(rules("a.reduce((acc, x) => { acc.push(...x); return acc; }, [])")).toEqual([]);
  });

  test("see what loses errors", () => {
    expect(rules("a.forEach(async (b) => c(b))")).toEqual(["async-for-each:1"]);
    expect(rules("try { a() } catch {}\ntry { b() } catch (e) { /* gone already */ }")).toEqual([
      "empty-catch:1",
    ]);
  });

  test("see loops in loops, and expressions built in them", () => {
    expect(rules("for (const a of b) {\n for (const c of d) {\n new RegExp(c); }\n}")).toEqual([
      "nested-loops:2",
      "regex-in-loop:3",
    ]);
  });

  test("leave the output of a command line alone", () => {
    expect(rules("console.log(1)", "js", "src/cli/main.ts")).toEqual([]);
    expect(rules("console.log(1)")).toEqual(["console-left:1"]);
  });

  test("of other languages", () => {
    expect(rules("def f():\n    try:\n        pass\n    except:\n        pass\n", "python")).toEqual([
      "bare-except:4",
    ]);
    expect(rules("fn f() {\n a.unwrap();\n}", "rust")).toEqual(["unwrap:2"]);
    expect(rules("func f() {\n for _, x := range y {\n defer x.Close()\n }\n}", "go")).toEqual([
      "defer-in-loop:3",
    ]);
  });
});

describe("exported symbols", () => {
  const symbols = (text: string, family: Family = "js"): string[] =>
    exportedSymbols(file(text, family)).map(({ name, documented }) => `${name}${documented ? "+" : "-"}`);

  test("of a module count once, with the comment right before them", () => {
    expect(
      symbols(`/** A. */\nexport const a = 1;\nexport function b() {}\n/** Far. */\n\nexport class C {}
/** D. */
@decorated()
export class D {}
// plain
export type E = 1;
/** F. */
// biome-ignore lint/x: y
export function f() {}
function g() {}
export { g as h };`),
    ).toEqual(["a+", "b-", "C-", "D+", "E-", "f+", "h-"]);
  });

  test("of CommonJS are found where they are declared", () => {
    expect(
      symbols(
        "/** A. */\nfunction a() {}\nfunction b() {}\nmodule.exports = { a, b };\n/** C. */\nexports.c = 1;",
      ),
    ).toEqual(["a+", "b-", "c+"]);
  });

  test("of Python, Go and Rust follow their own customs", () => {
    expect(
      symbols('def a(x: int = 1):\n    """A."""\ndef b():\n    pass\ndef _c():\n    pass\n', "python"),
    ).toEqual(["a+", "b-"]);
    expect(symbols("// A does.\nfunc A() {}\nfunc (s S) B() {}\nfunc c() {}\n", "go")).toEqual(["A+", "B-"]);
    expect(symbols("/// A.\n#[derive(Debug)]\npub struct A;\npub fn b() {}\nfn c() {}\n", "rust")).toEqual([
      "A+",
      "b-",
    ]);
  });
});

describe("structure", () => {
  const body = Array.from({ length: 12 }, (_, index) => `  total += price[${index}] * count[${index}];`).join(
    "\n",
  );

  test("names the second of two equal stretches, strings aside", () => {
    const report = findDuplicates([
      file(`function a() {\n${body}\n  log("one");\n}\n`, "js", "a.ts"),
      file(`const x = 1;\nfunction a() {\n${body}\n  log("two");\n}\n`, "js", "b.ts"),
    ]);
    expect(report.duplicates).toMatchObject([
      { first: { path: "a.ts", line: 1 }, second: { path: "b.ts", line: 2 }, lines: 15 },
    ]);
    expect(report.duplicatedLines).toBe(15);
  });

  test("does not call different numbers or short stretches equal", () => {
    const other = body.replaceAll("price", "weight");
    expect(findDuplicates([file(body, "js", "a.ts"), file(other, "js", "b.ts")]).duplicates).toEqual([]);
    const short = body.split("\n").slice(0, 4).join("\n");
    expect(findDuplicates([file(short, "js", "a.ts"), file(short, "js", "b.ts")]).duplicates).toEqual([]);
  });

  test("walks around an import cycle, through index files and .js endings, types aside", () => {
    const cycle = importCycles([
      file(`import { b } from "./lib/index.js";`, "js", "src/a.ts"),
      file(`export * from "./c.ts";`, "js", "src/lib/index.ts"),
      file(`const a = require("../a");`, "js", "src/lib/c.ts"),
      file(`import type { X } from "./e.ts";`, "js", "src/d.ts"),
      file(`import { Y } from "./d.ts";`, "js", "src/e.ts"),
    ]);
    expect(cycle).toEqual([["src/a.ts", "src/lib/index.ts", "src/lib/c.ts", "src/a.ts"]]);
  });
});
