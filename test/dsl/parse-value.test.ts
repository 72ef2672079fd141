import fc from "fast-check";
import JSON5 from "json5";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseProgram } from "../../src/dsl/parse-program.ts";
import { FORBIDDEN_KEYS } from "../../src/shared/json.ts";
import corpus from "../corpus/dsl/json-cases.json" with { type: "json" };
import { type PlainValue, parseValue, plainValue } from "../support/parse-value.ts";

/** What one reader makes of a text: a value in a box, or nothing. */
type Reading = { readonly value: unknown } | undefined;

function judge(text: string): Reading {
  try {
    return { value: JSON5.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function alone(text: string): Reading {
  const { value, diagnostics } = parseValue(text);
  if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
  const plain = plainValue(value!);
  // A command or a reference in it: no pure JSON5, so nothing for the judge to say.
  return plain === undefined ? undefined : { value: plain };
}

function embedded(text: string): Reading {
  const { program, diagnostics } = parseProgram(`ABYSSAL[X](v=${text}\n)`);
  if (diagnostics.some(({ severity }) => severity === "error")) return undefined;
  const body = program.statements[0]?.body;
  if (body?.kind !== "command") throw new Error("no command");
  expect(body.arguments).toHaveLength(1);
  return { value: plainValue(body.arguments[0]!.value) };
}

/** JSON5 values without the three keys that are refused on purpose. */
const plainValues = fc.letrec<{ value: PlainValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ unit: "binary" }).filter((key) => !FORBIDDEN_KEYS.has(key)),
      tie("value"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;

const json5Noise = fc
  .array(
    fc.constantFrom(
      ...["{", "}", "[", "]", ":", ",", " ", "\n", '"', "'", "\\", "/", "*", "//", "/*", "*/", "#"],
      ...["a", "$b", "_", "0", "1", "x", "e", "E", "+", "-", ".", "u0041", "null", "true", "false"],
      ...["Infinity", "NaN", "é", "\u2028", "\u00a0", "\ufeff", "\u{1d4b3}", "\ud800", "(", ")", ";"],
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

describe("a value that is pure JSON5", () => {
  // json5 warns on the console of U+2028 and U+2029 in strings; that is no finding here.
  beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => undefined));
  afterEach(() => void vi.restoreAllMocks());

  it.each(corpus.accepted)("is accepted with the value that json5 reads: %j", (text) => {
    const expected = judge(text);
    expect(expected).toBeDefined();
    expect(alone(text)).toEqual(expected);
    expect(embedded(text)).toEqual(expected);
  });

  it.each(corpus.refused)("is refused where json5 refuses it: %j", (text) => {
    expect(judge(text)).toBeUndefined();
    expect(alone(text)).toBeUndefined();
  });

  it("reads every random value as json5 does, in JSON's and in JSON5's spelling (I3)", () => {
    fc.assert(
      fc.property(plainValues, fc.constantFrom(undefined, 2), (value, space) => {
        for (const text of [JSON.stringify(value, null, space), JSON5.stringify(value, null, space)]) {
          expect(alone(text)).toEqual({ value: JSON5.parse(text) });
          expect(embedded(text)).toEqual({ value: JSON5.parse(text) });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("accepts and refuses what json5 does in random sequences of JSON5's own marks", () => {
    fc.assert(
      fc.property(json5Noise, (text) => {
        expect(alone(text)).toEqual(judge(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it("tells -0 from 0", () => {
    expect(Object.is((alone("-0") as { value: number }).value, -0)).toBe(true);
    expect(Object.is((alone("-0x0") as { value: number }).value, -0)).toBe(true);
  });
});

describe("parseValue beyond JSON5", () => {
  it("reads commands and references inside a value", () => {
    const { value, diagnostics } = parseValue("{a: [ABYSSAL[CODE]('x'), $y]}");
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      kind: "object",
      members: [{ key: { text: "a" }, value: { items: [{ kind: "command" }, { kind: "reference" }] } }],
    });
    expect(plainValue(value!)).toBeUndefined();
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s, however it is written", (key) => {
    const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${key.slice(1)}`;
    for (const text of [
      `{${key}: 1}`,
      `{"${key}": 1}`,
      `{'${key}': 1}`,
      `{${escaped}: 1}`,
      `[{"${escaped}": {}}]`,
    ]) {
      expect(parseValue(text).diagnostics.map(({ code }) => code)).toEqual(["DSL_FORBIDDEN_KEY"]);
    }
  });

  it("warns of a key that stands twice, counts the last and names the first", () => {
    const { value, diagnostics } = parseValue("{a: 1, b: 2, 'a': 3}");
    expect(plainValue(value!)).toEqual({ a: 3, b: 2 });
    expect(diagnostics).toMatchObject([
      {
        code: "DSL_DUPLICATE_KEY",
        severity: "warning",
        span: { start: { column: 14 } },
        related: [{ span: { start: { column: 2 } } }],
      },
    ]);
  });
});
