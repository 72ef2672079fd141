import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { LIMITS } from "../../src/shared/limits.ts";
import { editedPrograms, strings, survives, tokens } from "./fuzzed-texts.ts";

/** Every error as `line:column CODE`. */
function errors(text: string): string[] {
  return parseProgram(text)
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ code, span }) => `${span!.start.line}:${span!.start.column} ${code}`);
}

function only(text: string): ReturnType<typeof parseProgram>["diagnostics"][number] {
  const { diagnostics } = parseProgram(text);
  expect(diagnostics).toHaveLength(1);
  return diagnostics[0]!;
}

describe("one mistake", () => {
  it.each([
    ["ABYSAL[CODE]('x')", "DSL_UNKNOWN_KEYWORD", "1:1", "did you mean ABYSSAL?"],
    ["abyssal[CODE]('x')", "DSL_UNKNOWN_KEYWORD", "1:1", "did you mean ABYSSAL?"],
    ["ABYSSAL[A](Abyssal[B]())", "DSL_UNKNOWN_KEYWORD", "1:12", "did you mean ABYSSAL?"],
    ["CODE('x')", "DSL_UNKNOWN_KEYWORD", "1:1", "did you mean ABYSSAL[CODE](...)?"],
    ["ABYSSAL[A](CODE('x'))", "DSL_UNKNOWN_KEYWORD", "1:12", "did you mean ABYSSAL[CODE](...)?"],
    ["build it", "DSL_UNEXPECTED_TOKEN", "1:1", "a command is written"],
    ["ABYSSAL['CODE']()", "DSL_UNEXPECTED_TOKEN", "1:9", "write ABYSSAL[CODE]"],
    ["ABYSSAL[]()", "DSL_UNEXPECTED_TOKEN", "1:9", "list-templates"],
    ["ABYSSAL[CODE]", "DSL_UNEXPECTED_TOKEN", "1:14", "write ABYSSAL[CODE]()"],
    ["ABYSSAL[CODE@v1.2]()", "DSL_BAD_VERSION", "1:14", "leave out the v: 1.2"],
    ["ABYSSAL[CODE@1.2.3.4]()", "DSL_BAD_VERSION", "1:14", undefined],
    ["ABYSSAL[A](language: 'rust')", "DSL_UNEXPECTED_TOKEN", "1:20", "write language=..."],
    ["ABYSSAL[A]({language='rust'})", "DSL_UNEXPECTED_TOKEN", "1:21", "inside { } write `key: value`"],
    ["ABYSSAL[A](language=rust)", "DSL_UNKNOWN_WORD", "1:21", 'quote it: "rust"'],
    ["ABYSSAL[A](True)", "DSL_UNKNOWN_WORD", "1:12", "did you mean true?"],
    ["ABYSSAL[A](None)", "DSL_UNKNOWN_WORD", "1:12", "did you mean null?"],
    ["ABYSSAL[A](007)", "DSL_BAD_NUMBER", "1:12", "leading zeros"],
    ["ABYSSAL[A](1.2.3)", "DSL_BAD_NUMBER", "1:12", "quote it"],
    ["ABYSSAL[A]('\\x1')", "DSL_BAD_ESCAPE", "1:13", "write \\\\"],
    ["ABYSSAL[A]({1: 2})", "DSL_BAD_KEY", "1:13", "in quotes"],
    ["ABYSSAL[A]({__proto__: 2})", "DSL_FORBIDDEN_KEY", "1:13", "another name"],
    ["ABYSSAL[A](constructor=2)", "DSL_FORBIDDEN_KEY", "1:12", "another name"],
    ["prototype = ABYSSAL[A]()", "DSL_FORBIDDEN_KEY", "1:1", "another name"],
    ["ABYSSAL[A](1 2)", "DSL_UNEXPECTED_TOKEN", "1:14", undefined],
    ["ABYSSAL[A]('a' 'b')", "DSL_UNEXPECTED_TOKEN", "1:16", "is a comma missing"],
    ["ABYSSAL[A](1,,2)", "DSL_UNEXPECTED_TOKEN", "1:14", "remove the comma"],
    ["ABYSSAL[A](“x”)", "DSL_UNEXPECTED_TOKEN", "1:12", "straight quotes"],
    ["ABYSSAL[A](ABYSSAL[B]() -> ABYSSAL[C]())", "DSL_OPERATOR_IN_VALUE", "1:25", "bind the chain"],
    ["ABYSSAL[A]((ABYSSAL[B]()))", "DSL_OPERATOR_IN_VALUE", "1:12", "bind the chain"],
    ["ABYSSAL[A](1 # one\n, 2)", "DSL_HASH_IN_ARGUMENTS", "1:14", "write //"],
    ["ABYSSAL[A]({\n # one\n a: 1})", "DSL_HASH_IN_ARGUMENTS", "2:2", "write //"],
    ["ABYSSAL[A]() && ABYSSAL[B]()", "DSL_UNKNOWN_OPERATOR", "1:14", "did you mean &?"],
    ["ABYSSAL[A]() => ABYSSAL[B]()", "DSL_UNKNOWN_OPERATOR", "1:14", "did you mean ->?"],
    ["ABYSSAL[A](), ABYSSAL[B]()", "DSL_UNEXPECTED_TOKEN", "1:13", "joined by &"],
    ["ABYSSAL[A]() ->", "DSL_UNEXPECTED_TOKEN", "1:16", undefined],
    ["-> ABYSSAL[A]()", "DSL_UNEXPECTED_TOKEN", "1:1", undefined],
    ["()", "DSL_UNEXPECTED_TOKEN", "1:2", undefined],
    ["ABYSSAL[A]() )", "DSL_UNEXPECTED_TOKEN", "1:14", "remove `)`"],
    ["ABYSSAL[A]();;", "DSL_UNEXPECTED_TOKEN", "1:14", "remove `;`"],
    ["$ x", "DSL_UNEXPECTED_TOKEN", "1:2", undefined],
    ["ABYSSAL[A](1", "DSL_UNCLOSED", "1:13", undefined],
    ["ABYSSAL[A]([1, 2)", "DSL_UNCLOSED", "1:17", undefined],
    ["ABYSSAL[A]({a: [1, {b: 2", "DSL_UNCLOSED", "1:25", undefined],
    ["(ABYSSAL[A]()", "DSL_UNCLOSED", "1:14", undefined],
    ["ABYSSAL[A]('x)", "DSL_UNTERMINATED_STRING", "1:12", "end the line with \\"],
    ["ABYSSAL[A](1 /* x)", "DSL_UNTERMINATED_COMMENT", "1:14", undefined],
  ])("%s is one diagnostic %s at %s (I2 of the sink)", (text, code, place, hint) => {
    const found = only(text);
    expect(found).toMatchObject({ code, severity: "error" });
    expect(`${found.span!.start.line}:${found.span!.start.column}`).toBe(place);
    expect(found.expected).toBeDefined();
    expect(found.got).toBeDefined();
    if (hint !== undefined) expect(found.hint).toContain(hint);
  });

  it("names the bracket that is not closed and where it was opened", () => {
    expect(only("ABYSSAL[A]([1,\n 2)")).toMatchObject({
      message: "the `[` of this array is not closed",
      got: "`)`",
      related: [{ span: { start: { line: 1, column: 12 } } }],
    });
  });

  it("leaves the statements after it in the tree", () => {
    for (const bad of [
      "ABYSSAL[A]('x'",
      "ABYSSAL[A](?)",
      "ABYSSAL A]()",
      "ABYSSAL[A]('x)",
      "what ever = = ",
    ]) {
      const { program, diagnostics } = parseProgram(`${bad}\nABYSSAL[B]()\nc = ABYSSAL[C]()`);
      expect(diagnostics.length).toBeGreaterThan(0);
      const names = program.statements.map(({ body }) => body.kind === "command" && body.template.text);
      expect(names.slice(-2)).toEqual(["B", "C"]);
    }
  });
});

describe("several mistakes", () => {
  it("are all reported at once, in the order of the text", () => {
    const text = [
      "ABYSAL[CODE]('a', language: rust)",
      "ok = ABYSSAL[TEST]('b') => ABYSSAL[DEPLOY]('c', {1: 2, d: 01, e: [1,,2]})",
      "ABYSSAL[CODE@v1]('d'",
      "ABYSSAL[DOCUMENT]('e', $ok)",
    ].join("\n");
    expect(errors(text)).toEqual([
      "1:1 DSL_UNKNOWN_KEYWORD",
      "1:27 DSL_UNEXPECTED_TOKEN",
      "1:29 DSL_UNKNOWN_WORD",
      "2:25 DSL_UNKNOWN_OPERATOR",
      "2:50 DSL_BAD_KEY",
      "2:59 DSL_BAD_NUMBER",
      "2:69 DSL_UNEXPECTED_TOKEN",
      "3:14 DSL_BAD_VERSION",
      "4:1 DSL_UNCLOSED",
    ]);
  });

  it("are listed up to the limit, and the rest is counted", () => {
    const { diagnostics } = parseProgram("ABYSSAL[A](?)\n".repeat(1_000));
    expect(diagnostics).toHaveLength(LIMITS.diagnosticsMax);
    expect(diagnostics.at(-1)).toMatchObject({
      code: "DSL_TOO_MANY",
      message: expect.stringContaining("951 more"),
    });
  });

  it("keep errors before warnings when there are too many of both (I1 of the sink)", () => {
    const warnings = `ABYSSAL[A]({${"a: 1, ".repeat(200)}})\n`;
    const { diagnostics } = parseProgram(`${warnings}ABYSSAL[A](?)`);
    expect(diagnostics).toHaveLength(LIMITS.diagnosticsMax);
    expect(diagnostics.at(-1)).toMatchObject({ severity: "error", span: { start: { line: 2 } } });
  });
});

describe("any input at all", () => {
  it("never throws on an arbitrary string; `npm run test:fuzz:language` tries 100,000 texts", () => {
    fc.assert(fc.property(strings, survives), { numRuns: 1_000 });
  });

  it("never throws on the language's own tokens in any order (I1, I2 of the parsers)", () => {
    fc.assert(fc.property(tokens, survives), { numRuns: 2_000 });
  });

  it("never throws on a program with pieces cut out, doubled or put in", () => {
    fc.assert(fc.property(editedPrograms, survives), { numRuns: 1_000 });
  });
});
