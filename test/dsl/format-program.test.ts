import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProgram } from "../../src/dsl/format-program.ts";
import { parseProgram, parseWithComments } from "../../src/dsl/parse-program.ts";
import { printProgram } from "../../src/dsl/print-program.ts";
import { programs, withoutSpans, withTrivia } from "./arbitraries.ts";

function format(text: string): string {
  const result = formatProgram(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("printProgram", () => {
  it("prints a text that parses to the same tree", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const parsed = parseProgram(printProgram(program));
        expect(parsed.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(withoutSpans(parsed.program)).toEqual(withoutSpans(program));
      }),
      { numRuns: 300 },
    );
  });
});

const corpus = (file: string): string =>
  readFileSync(new URL(`../corpus/dsl/${file}`, import.meta.url), "utf8");

describe("formatProgram", () => {
  it.each(["examples", "commented"])("lays %s out as its fixture shows", (file) => {
    const formatted = corpus(`${file}.formatted.abyssal`);
    expect(format(corpus(`${file}.abyssal`))).toBe(formatted);
    expect(format(formatted)).toBe(formatted);
  });

  it("keeps the spelling of numbers, and single blank lines between statements", () => {
    expect(format("\n\nABYSSAL[A]( 0xFF,1e3 ,+.5,-0,-Infinity )\n\n\n\n\nABYSSAL[B]() ;ABYSSAL[C]()")).toBe(
      "ABYSSAL[A](0xFF, 1e3, +.5, -0, -Infinity)\n\nABYSSAL[B]()\nABYSSAL[C]()\n",
    );
  });

  it("writes texts in double quotes and keys without quotes where they need none", () => {
    expect(format(`ABYSSAL[A]({'a': 'it\\'s "x"', "b c": '\\u2028\\\nd'})`)).toBe(
      'ABYSSAL[A]({a: "it\'s \\"x\\"", "b c": "\\u2028d"})\n',
    );
  });

  it("keeps every line within 100 columns where it can be broken", () => {
    const items = Array.from(
      { length: 40 },
      (_, index) => `ABYSSAL[CODE]("part ${index}", {n: [${index}, 1, 2]})`,
    );
    const text = `all = (${items.join(" & ")}) -> ABYSSAL[TEST]([${items.join(", ")}]); ABYSSAL[X](${items.join(",")})`;
    const lines = format(text).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.length).toBeGreaterThan(100);
  });

  it("puts parentheses around a fork in a chain, except where they would nest too deep", () => {
    const fork = "ABYSSAL[A]() & ABYSSAL[B]()";
    expect(format(`${fork} -> $x`)).toBe(`(${fork}) -> $x\n`);
    // 64 groups are open here already: parentheses around the innermost fork would be the 65th.
    const deep = `$r -> ${"($a & ".repeat(63)}($x -> $y & $z)${")".repeat(63)}`;
    expect(parseProgram(deep).diagnostics).toEqual([]);
    expect(format(deep)).toMatch(/\$x\n +-> \$y\n +& \$z/);
    expect(format(format(deep))).toBe(format(deep));
  });

  it("leaves a text with errors alone and hands back its diagnostics", () => {
    expect(formatProgram("ABYSAL[A]()", "f")).toMatchObject({
      ok: false,
      error: [{ code: "DSL_UNKNOWN_KEYWORD", span: { source: "f" } }],
    });
  });

  it("refuses a text whose layout would be past the limit of size", () => {
    const wide = `ABYSSAL[A]([${"[[[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]]],".repeat(12_000)}])`;
    expect(parseProgram(wide).diagnostics).toEqual([]);
    expect(formatProgram(wide)).toMatchObject({ ok: false, error: [{ code: "DSL_TOO_LARGE" }] });
  });

  it("formats a text with warnings only, keeping both of two equal keys", () => {
    expect(format("ABYSSAL[A]({a:1,a:2})")).toBe("ABYSSAL[A]({a: 1, a: 2})\n");
  });

  it("gives nothing for nothing", () => {
    expect(format(" \n\n")).toBe("");
    expect(format("# only")).toBe("# only\n");
  });

  it("keeps the tree and every comment and is idempotent, whatever stands between the tokens (I1, I2, I3)", () => {
    fc.assert(
      fc.property(programs, fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }), (program, seeds) => {
        const messy = withTrivia(printProgram(program), seeds);
        const parsed = parseWithComments(messy.text, "<test>");
        expect(parsed.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(withoutSpans(parsed.program)).toEqual(withoutSpans(program));
        const once = format(messy.text);
        expect(format(once)).toBe(once);
        const reparsed = parseWithComments(once, "<test>");
        expect(withoutSpans(reparsed.program)).toEqual(withoutSpans(program));
        expect(reparsed.comments.map(({ text }) => text).sort()).toEqual(
          parsed.comments.map(({ text }) => text).sort(),
        );
        expect(reparsed.comments).toHaveLength(messy.comments);
      }),
      { numRuns: 300 },
    );
  });
});
