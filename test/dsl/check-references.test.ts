import { describe, expect, it } from "vitest";
import { checkReferences } from "../../src/dsl/check-references.ts";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { LIMITS } from "../../src/shared/limits.ts";

function check(text: string): ReturnType<typeof checkReferences> {
  const { program, diagnostics } = parseProgram(text);
  expect(diagnostics).toEqual([]);
  return checkReferences(program);
}

describe("checkReferences", () => {
  it("accepts references to earlier and to later statements, wherever they stand", () => {
    expect(
      check("$b -> ABYSSAL[A]($b, {k: [$c]}) & (ABYSSAL[D](x=$c) -> $b); b = ABYSSAL[B](); c = $b"),
    ).toEqual([]);
  });

  it("reports every unknown name with the one that may be meant and where that is bound", () => {
    expect(check("review = ABYSSAL[CHAIN]()\nABYSSAL[A]([$reviw], ABYSSAL[B]($zzz))")).toMatchObject([
      {
        code: "DSL_UNKNOWN_NAME",
        severity: "error",
        span: { start: { line: 2, column: 13 } },
        got: "`$reviw`",
        hint: "did you mean $review?",
        related: [{ span: { start: { line: 1, column: 1 } } }],
      },
      { code: "DSL_UNKNOWN_NAME", got: "`$zzz`", expected: "one of $review" },
    ]);
  });

  it("never takes the name that is being bound for the one that is meant", () => {
    expect(check("x = $y")).toMatchObject([
      {
        code: "DSL_UNKNOWN_NAME",
        expected: "a name bound by `name = ...`",
        hint: expect.stringMatching(/^bind it with/),
      },
    ]);
    expect(check("x = $y; z1 = ABYSSAL[A]($y)")).toMatchObject([
      { expected: "one of $z1" },
      { expected: "one of $x", hint: "did you mean $x?" },
    ]);
  });

  it("tells names apart by letter case", () => {
    expect(check("a = ABYSSAL[A]() $A")).toMatchObject([
      { code: "DSL_UNKNOWN_NAME", hint: "did you mean $a?" },
    ]);
  });

  it("knows nothing of names that only objects have by birth", () => {
    expect(check("$toString $constructor $__proto__")).toHaveLength(3);
  });

  it("reports a name that is bound twice, and where it was bound first", () => {
    expect(check("a = ABYSSAL[A]()\nb = $a\na = ABYSSAL[B]()")).toMatchObject([
      {
        code: "DSL_DUPLICATE_NAME",
        span: { start: { line: 3, column: 1 } },
        related: [{ span: { start: { line: 1, column: 1 } } }],
      },
    ]);
  });

  it("lists no more than the limit", () => {
    expect(check("$x ".repeat(1_000))).toHaveLength(LIMITS.diagnosticsMax);
  });
});
