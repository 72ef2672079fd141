import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseProgram, parseWithComments } from "../../src/dsl/parse-program.ts";
import type { Expression } from "../../src/dsl/syntax.ts";
import { withoutSpans } from "./arbitraries.ts";

function read(text: string): unknown {
  const { program, diagnostics } = parseProgram(text);
  expect(diagnostics).toEqual([]);
  return withoutSpans(program.statements);
}

/** The shape of an expression in few letters: templates' names, `(a > b)` and `(a & b)`. */
function shape(node: Expression): string {
  if (node.kind === "command") return node.template.text;
  if (node.kind === "reference") return `$${node.name}`;
  if (node.kind === "chain") return `(${node.steps.map(shape).join(" > ")})`;
  return `(${node.branches.map(shape).join(" & ")})`;
}

function shapes(text: string): string[] {
  const { program, diagnostics } = parseProgram(text);
  expect(diagnostics).toEqual([]);
  return program.statements.map(({ name, body }) => (name ? `${name.text}=` : "") + shape(body));
}

const corpus = (file: string): string =>
  readFileSync(new URL(`../corpus/dsl/${file}`, import.meta.url), "utf8");

/** The examples, one for each command: a line that is indented or closes a bracket belongs to the one before. */
const examples = corpus("examples.abyssal")
  .trimEnd()
  .split(/\n(?=\w)/);

describe("commands", () => {
  it.each(examples)("reads the example %s", (text) => {
    expect(shapes(text).length).toBeGreaterThan(0);
  });

  it("reads all examples as one program of independent statements", () => {
    expect(shapes(corpus("examples.abyssal"))).toHaveLength(examples.length + 1);
  });

  it("reads positional and named arguments in any order, and a version", () => {
    expect(read(`ABYSSAL[A-b_1@1.2.0-rc.1]('x', n=1, true, m={k: [null]},)`)).toEqual([
      {
        kind: "statement",
        body: {
          kind: "command",
          template: { text: "A-b_1" },
          version: { text: "1.2.0-rc.1" },
          arguments: [
            { value: { kind: "literal", value: "x" } },
            { name: { text: "n" }, value: { kind: "literal", value: 1 } },
            { value: { kind: "literal", value: true } },
            {
              name: { text: "m" },
              value: {
                kind: "object",
                members: [
                  { key: { text: "k" }, value: { kind: "array", items: [{ kind: "literal", value: null }] } },
                ],
              },
            },
          ],
        },
      },
    ]);
  });

  it.each(["1", "0", "1.2", "1.2.0", "1.2.0-rc.1", "10.20.30-a-b.1+build.5"])(
    "reads the version %s",
    (version) => {
      expect(read(`ABYSSAL[A@${version}]()`)).toMatchObject([{ body: { version: { text: version } } }]);
    },
  );

  it("reads words that only look like constants or commands as names of arguments", () => {
    expect(read("ABYSSAL[A](true=1, ABYSSAL=2, null = 3)")).toMatchObject([
      {
        body: {
          arguments: [{ name: { text: "true" } }, { name: { text: "ABYSSAL" } }, { name: { text: "null" } }],
        },
      },
    ]);
  });

  it("allows white space, line ends and comments between any two tokens", () => {
    const spaced = "/*1*/ABYSSAL\n[ /*2*/ A\t@\u00a01 ]//3\r\n( /*4*/ x /*5*/ = /*6*/ 1 /*7*/ , /*8*/ ) // 9";
    expect(read(spaced)).toEqual(read("ABYSSAL[A@1](x=1)"));
    expect(parseWithComments(spaced, "s").comments).toHaveLength(9);
  });
});

describe("programs", () => {
  const [a, b, c] = ["ABYSSAL[A]()", "ABYSSAL[B]()", "ABYSSAL[C]()"];

  it("binds & tighter than ->", () => {
    expect(shapes(`${a} & ${b} -> ${c}`)).toEqual(["((A & B) > C)"]);
    expect(shapes(`${a} -> ${b} & ${c}`)).toEqual(["(A > (B & C))"]);
    expect(shapes(`(${a} -> ${b}) & ${c}`)).toEqual(["((A > B) & C)"]);
  });

  it("collapses a group of one part and keeps groups that are written out (I3)", () => {
    expect(shapes(`((${a}))`)).toEqual(["A"]);
    expect(shapes(`(${a} -> ${b}) -> ${c}`)).toEqual(["((A > B) > C)"]);
    expect(shapes(`(${a} & ${b} & ${c})`)).toEqual(["(A & B & C)"]);
  });

  it("separates statements by ; or by nothing but white space", () => {
    const expected = ["x=A", "$x", "(B & C)"];
    expect(shapes(`x = ${a}; $x; (${b} & ${c});`)).toEqual(expected);
    expect(shapes(`x=${a}\n$x\n(${b}&${c})`)).toEqual(expected);
    expect(shapes(`x=${a} $x(${b}&${c})`)).toEqual(expected);
  });

  it("takes a hyphen into a name except before the arrow's >", () => {
    expect(shapes("my-plan=$other-one->$x")).toEqual(["my-plan=($other-one > $x)"]);
  });

  it("reads # comments between statements and operators, in groups too", () => {
    expect(shapes(`# first\n${a} # A\n -> # arrow\n ( # group\n ${b} # B\n & ${c} # C\n ) # last`)).toEqual([
      "(A > (B & C))",
    ]);
  });

  it("reads an empty text and a text of comments as a program without statements", () => {
    for (const text of ["", " \n", "# only\n// comments\n/* here */"]) expect(read(text)).toEqual([]);
  });

  it("gives every node its place in lines and UTF-16 columns, line ends of all three kinds (I2 of the scanner)", () => {
    const { program } = parseProgram(`x = ${a}\r\n\r  $y & (${b} ->\n'`.replace("\n'", `\n${c})`), "file");
    const [first, second] = program.statements;
    expect(first!.span).toEqual({
      source: "file",
      start: { offset: 0, line: 1, column: 1 },
      end: { offset: 16, line: 1, column: 17 },
    });
    expect(second!.span.start).toEqual({ offset: 21, line: 3, column: 3 });
    expect(second!.span.end).toMatchObject({ line: 4, column: 14 });
    const body = second!.body as Extract<Expression, { kind: "fork" }>;
    expect(body.branches[1]!.span.start.column).toBe(8);
  });
});
