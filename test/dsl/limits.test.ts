import { describe, expect, it } from "vitest";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { parseValue } from "../support/parse-value.ts";

const codes = (text: string): string[] => parseProgram(text).diagnostics.map(({ code }) => code);
const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

/**
 * How many units of the text a parse looks at: single reads, and the lengths of what is sliced or searched.
 * A count, not a time: the same on every machine.
 */
function unitsRead(text: string, parse: (text: string) => unknown): number {
  let count = 0;
  const { charCodeAt, codePointAt, slice, indexOf, startsWith } = String.prototype;
  String.prototype.charCodeAt = function (index) {
    count++;
    return charCodeAt.call(this, index);
  };
  String.prototype.codePointAt = function (index) {
    count++;
    return codePointAt.call(this, index);
  };
  String.prototype.startsWith = function (search, at) {
    count++;
    return startsWith.call(this, search, at);
  };
  String.prototype.slice = function (from, to) {
    const part = slice.call(this, from, to);
    count += part.length;
    return part;
  };
  String.prototype.indexOf = function (search, from) {
    const found = indexOf.call(this, search, from);
    count += (found < 0 ? this.length : found) - (from ?? 0);
    return found;
  };
  try {
    parse(text);
  } finally {
    Object.assign(String.prototype, { charCodeAt, codePointAt, slice, indexOf, startsWith });
  }
  return count;
}

describe("the limit of nesting", () => {
  it("lets 64 brackets be open at once, a command's own included, and refuses one more", () => {
    expect(codes(`ABYSSAL[A](${nested("[", "]", LIMITS.syntaxDepth - 1)})`)).toEqual([]);
    expect(codes(`ABYSSAL[A](${nested("[", "]", LIMITS.syntaxDepth)})`)).toEqual(["DSL_TOO_DEEP"]);
    expect(parseValue(nested("[", "]", LIMITS.syntaxDepth)).diagnostics).toEqual([]);
    expect(parseValue(nested("[", "]", LIMITS.syntaxDepth + 1)).diagnostics).toHaveLength(1);
  });

  it("counts parentheses, objects and commands alike", () => {
    const deep = LIMITS.syntaxDepth + 1;
    expect(codes(`${"(".repeat(deep - 1)}ABYSSAL[A]()${")".repeat(deep - 1)}`)).toEqual(["DSL_TOO_DEEP"]);
    expect(codes(`ABYSSAL[A](${"{a:".repeat(deep)}1${"}".repeat(deep)})`)).toEqual(["DSL_TOO_DEEP"]);
    expect(codes(nested("ABYSSAL[A](", ")", deep))).toEqual(["DSL_TOO_DEEP"]);
    expect(codes(nested("ABYSSAL[A](", ")", deep - 1))).toEqual([]);
  });

  it("ends any depth in one diagnostic and no tree, whatever else is wrong (I1 of brackets, I3 of the sink)", () => {
    const million = 1_000_000;
    const texts = ["[", "(", "{", "{a:", "[[", "ABYSSAL[A]([", "]", "[1,", "?["].flatMap((open) => {
      const repeated = open.repeat(Math.floor(million / open.length));
      return open === "]" ? [] : [repeated, `ABYSSAL[A](${repeated}`, `ABYSSAL[A](?) ${repeated}`];
    });
    for (const text of texts) {
      const { program, diagnostics } = parseProgram(text);
      expect(diagnostics.map(({ code }) => code)).toEqual(["DSL_TOO_DEEP"]);
      expect(program.statements).toEqual([]);
    }
  });

  it("names the bracket that is one too many", () => {
    const { diagnostics } = parseProgram(`ABYSSAL[A](\n${"[".repeat(100)}`);
    expect(diagnostics).toMatchObject([{ span: { start: { line: 2, column: LIMITS.syntaxDepth } } }]);
  });
});

describe("the limit of size", () => {
  const filled = (bytes: number, fill: string, size: number): string => {
    const frame = 'ABYSSAL[A]("")';
    return `ABYSSAL[A]("${fill.repeat(Math.floor((bytes - frame.length) / size))}")`;
  };

  it("is counted in bytes of UTF-8", () => {
    const exact = filled(LIMITS.sourceBytes, "x", 1);
    expect(Buffer.byteLength(exact)).toBe(LIMITS.sourceBytes);
    expect(codes(exact)).toEqual([]);
    expect(codes(`${exact} `)).toEqual(["DSL_TOO_LARGE"]);
    expect(codes(filled(LIMITS.sourceBytes, "é", 2))).toEqual([]);
    expect(codes(filled(LIMITS.sourceBytes + 2, "é", 2))).toEqual(["DSL_TOO_LARGE"]);
  });

  it("is the only diagnostic of a text past it, which is not read", () => {
    const text = "?".repeat(2 * LIMITS.sourceBytes);
    expect(codes(text)).toEqual(["DSL_TOO_LARGE"]);
    expect(unitsRead(text, parseProgram)).toBe(0);
  });
});

describe("the work of a parse", () => {
  const half = 100_000;
  it.each([
    ["one long string", (n: number) => `ABYSSAL[A]("${"x".repeat(n)}")`],
    ["escapes", (n: number) => `ABYSSAL[A]("${"\\u0041\\\n".repeat(n / 8)}")`],
    ["numbers", (n: number) => `ABYSSAL[A]([${"12,".repeat(n / 3)}])`],
    ["one long number", (n: number) => `ABYSSAL[A](${"1".repeat(n)})`],
    ["objects", (n: number) => `ABYSSAL[A]([${'{a:1,"b":[]},'.repeat(n / 13)}])`],
    [
      "keys of one object",
      (n: number) => `ABYSSAL[A]({${Array.from({ length: n / 10 }, (_, i) => `k${i}:1,`).join("")}})`,
    ],
    ["statements", (n: number) => "x = ABYSSAL[A]('b');\n".repeat(n / 21)],
    ["a long chain", (n: number) => `$a${" -> $a".repeat(n / 6)}`],
    ["a long fork", (n: number) => `$a${" & $a".repeat(n / 5)}`],
    ["white space", (n: number) => `ABYSSAL[A](a${" \n".repeat(n / 2)}=${" ".repeat(n / 2)}1)`],
    ["comments", (n: number) => `ABYSSAL[A](${"/* c */ // d\n".repeat(n / 13)}1)`],
    ["an unended comment", (n: number) => `ABYSSAL[A](1 ${"/*".repeat(n / 2)}`],
    ["an unended string", (n: number) => `ABYSSAL[A]("${"'".repeat(n)}`],
    ["one long bad word", (n: number) => `${"a".repeat(n)} = = ${"b-".repeat(n / 2)}`],
    ["bad words", (n: number) => `ABYSSAL[A](${"a ".repeat(n / 2)})`],
    ["stray closers", (n: number) => ")]}".repeat(n / 3)],
    ["stray openers and closers", (n: number) => "ABYSSAL[A]({[(".concat("(]{)[}".repeat(n / 6))],
    ["bad marks", (n: number) => "?".repeat(n)],
    ["bad marks in arguments", (n: number) => `ABYSSAL[A](${"?,".repeat(n / 2)})`],
    ["operators", (n: number) => "->&".repeat(n / 3)],
    ["bindings", (n: number) => "a=".repeat(n / 2)],
    ["dollars", (n: number) => "$".repeat(n)],
    ["hashes in arguments", (n: number) => "ABYSSAL[A](#\n".repeat(n / 13)],
    ["heads of commands", (n: number) => "ABYSSAL[A] ".repeat(n / 11)],
    ["unclosed commands", (n: number) => "ABYSSAL[A](1\n".repeat(n / 13)],
    ["commas missing", (n: number) => `ABYSSAL[A](${"'a'\n".repeat(n / 4)})`],
  ])("grows in proportion to the text: %s (I1 of the scanner)", (_, make) => {
    const once = unitsRead(make(half), parseProgram);
    const twice = unitsRead(make(2 * half), parseProgram);
    expect(once).toBeLessThan(60 * half);
    expect(twice).toBeLessThan(2.1 * once + 1_000);
  });
});
