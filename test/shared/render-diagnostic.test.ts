import { describe, expect, it } from "vitest";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import type { Diagnostic } from "../../src/shared/diagnostic.ts";
import { renderDiagnostics } from "../../src/shared/render-diagnostic.ts";

function render(text: string, colour = false): string {
  const { diagnostics } = parseProgram(text, "plan.abyssal");
  return renderDiagnostics(diagnostics, new Map([["plan.abyssal", text]]), { colour });
}

/** What stands above the carets of the first excerpt. */
function marked(rendered: string): string {
  const lines = rendered.split("\n");
  const at = lines.findIndex((line) => /^ +\| +\^/.test(line));
  const from = lines[at]!.indexOf("^");
  return lines[at - 1]!.slice(from, lines[at]!.lastIndexOf("^") + 1);
}

describe("renderDiagnostics", () => {
  it("shows code, message, place, the line with carets, expected, got, hint and related places", () => {
    expect(render("ok = $ok\nABYSSAL[A]({a: 1, b: TRUE, a: 2}")).toBe(
      [
        "error DSL_UNKNOWN_WORD: a bare word is no value",
        "  at plan.abyssal:2:22",
        "  2 | ABYSSAL[A]({a: 1, b: TRUE, a: 2}",
        "    |                      ^^^^",
        "  expected: a JSON5 value, a command or $name",
        "  got:      `TRUE`",
        "  hint:     did you mean true? A text needs quotes",
        "",
        'warning DSL_DUPLICATE_KEY: the key "a" stands here again; the last one counts',
        "  at plan.abyssal:2:28",
        "  2 | ABYSSAL[A]({a: 1, b: TRUE, a: 2}",
        "    |                            ^",
        "  hint:     remove all but one",
        "  see:      it first stands here plan.abyssal:2:13",
        "  2 | ABYSSAL[A]({a: 1, b: TRUE, a: 2}",
        "    |             ^",
        "",
        "error DSL_UNCLOSED: the `(` of this command is not closed",
        "  at plan.abyssal:2:33",
        "  2 | ABYSSAL[A]({a: 1, b: TRUE, a: 2}",
        "    |                                 ^",
        "  expected: `,` or `)`",
        "  got:      the end of the input",
        "  see:      `(` was opened here plan.abyssal:2:11",
        "  2 | ABYSSAL[A]({a: 1, b: TRUE, a: 2}",
        "    |           ^",
        "",
      ].join("\n"),
    );
  });

  it("puts the carets under the place behind tabs", () => {
    expect(marked(render("\tABYSSAL[A](\t1,\tTRUE)"))).toBe("TRUE");
  });

  it("counts characters of two terminal columns and joined ones as a terminal does", () => {
    const lines = render("ABYSSAL[A]('日本', '👩‍👩‍👧', 'e\u0301', TRUE)").split("\n");
    // 12 columns to the first quote, 日本 four wide, the family two, é one.
    expect(lines[3]!.indexOf("^") - lines[2]!.indexOf("A")).toBe("ABYSSAL[A]('xxxx', 'xx', 'x', ".length);
  });

  it("cuts a long line around the place", () => {
    const long = `ABYSSAL[A](${"'xxxxxxxxxx', ".repeat(50)}TRUE, ${"'yyyyyyyyyy', ".repeat(50)})`;
    const rendered = render(long);
    expect(marked(rendered)).toBe("TRUE");
    expect(Math.max(...rendered.split("\n").map((line) => line.length))).toBeLessThan(130);
  });

  it("marks the rest of the line for a place that reaches over several lines", () => {
    expect(marked(render("ABYSSAL[A]('a\\\nb\n)"))).toBe("'a\\");
  });

  it("finds the line whatever ends the lines before it", () => {
    expect(marked(render("# one\r\n# two\r# three\n$1"))).toBe("1");
  });

  it("lets no control character of the text act on the terminal", () => {
    const rendered = render("ABYSSAL[A]('\u001b[2J\u202e', TRUE \u0007)");
    for (const control of ["\u001b", "\u0007", "\u202e"]) expect(rendered).not.toContain(control);
    expect(rendered).toContain("<U+001B>");
    expect(marked(rendered)).toBe("TRUE");
  });

  it("does without an excerpt where the source is not known, and without a span where there is none", () => {
    const plain: Diagnostic = {
      code: "CONFIG_BAD",
      severity: "error",
      message: "no",
      place: "options.maxConcurrency",
    };
    expect(renderDiagnostics([plain], new Map(), { colour: false })).toBe(
      "error CONFIG_BAD: no\n  at options.maxConcurrency\n",
    );
    const { diagnostics } = parseProgram("?", "gone");
    expect(renderDiagnostics(diagnostics, new Map(), { colour: false })).not.toContain("|");
    expect(renderDiagnostics([], new Map(), { colour: true })).toBe("");
  });

  it("colours only when asked to", () => {
    expect(render("?", true)).toContain("\u001b[31m");
    expect(render("?", false)).not.toContain("\u001b");
  });
});
