import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/shared/canonical-json.ts";

/** The same by the plain way. */
function plainly(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainly)}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plainly(member)}`)}}`;
}

describe("the canonical text of a value", () => {
  test("is that of a copy with sorted keys, whatever stands in it and however often such a value came", () => {
    const key = fc.oneof(fc.constantFrom("b", "a", "\u{1f600}", "\ufb33"), fc.string({ maxLength: 3 }));
    const value = fc.letrec((again) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: "binary" }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(again("any"), { maxLength: 4 }),
        fc.array(fc.tuple(key, again("any")), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        expect(canonicalJson(any)).toBe(plainly(any));
      }),
      { numRuns: 2_000 },
    );
  });

  test("sorts keys by UTF-16 units: digits among them, however many there are and in whatever order they came", () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 }, 10: 4, 9: 5 })).toBe(
      '{"10":4,"9":5,"a":{"c":3,"d":2},"b":1}',
    );
    expect(canonicalJson({ a: { d: 2, c: 3 }, b: 1 })).toBe('{"a":{"c":3,"d":2},"b":1}');
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
    const many = Object.fromEntries(keys.toReversed().map((key) => [key, 0]));
    const long = "k".repeat(65);
    expect(canonicalJson({ [long]: { b: 1, a: 2 }, a: 3 })).toBe(`{"a":3,"${long}":{"a":2,"b":1}}`);
    expect(canonicalJson(many)).toBe(`{${keys.toSorted().map((key) => `"${key}":0`)}}`);
  });

  test("stays the same when more kinds of objects came than are remembered", () => {
    const strange = (n: number) => canonicalJson({ [`z${n}`]: 0, [`a${n}`]: 0 });
    for (let n = 0; n < 5_000; n++) expect(strange(n)).toBe(`{"a${n}":0,"z${n}":0}`);
    expect(strange(1)).toBe('{"a1":0,"z1":0}');
  });

  test("leaves out what is undefined, and holds no number that is not finite", () => {
    expect(canonicalJson({ b: undefined, a: -0, c: [undefined] })).toBe('{"a":0,"c":[null]}');
    expect(() => canonicalJson({ a: [Number.NaN] })).toThrow(TypeError);
  });
});
