import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../src/shared/json.ts";
import { pointerKey, putAt } from "../../src/shared/json-pointer.ts";

/** Every place in a value, as its keys. */
function placesOf(value: Json, keys: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    [...keys, key],
    ...placesOf(member, [...keys, key]),
  ]);
}

const begins = (one: readonly string[], other: readonly string[]): boolean =>
  other.every((key, index) => key === one[index]);

const at = (value: Json, keys: readonly string[]): unknown =>
  keys.reduce<unknown>((holder, key) => (holder as Record<string, unknown>)[key], value);

test("a value is put in every place that there is, whatever the keys are, and nothing else changes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (given, choice) => {
      const root = structuredClone(given) as Json;
      const places = placesOf(root);
      fc.pre(places.length > 0);
      const keys = places[choice % places.length]!;
      expect(putAt(root, `/${keys.map(pointerKey).join("/")}`, "put")).toBe(true);
      expect(at(root, keys)).toBe("put");
      const beside = places.filter((place) => !begins(place, keys) && !begins(keys, place));
      for (const place of beside) expect(at(root, place)).toEqual(at(given as Json, place));
    }),
  );
});

test.each(["/b", "/a/0/x", "/a/7", "/__proto__/x", "/a~1b"])(
  "where there is no %s nothing is put",
  (pointer) => {
    const root = { a: [{ y: 1 }] };
    expect(putAt(root, pointer, "put")).toBe(false);
    expect(root).toEqual({ a: [{ y: 1 }] });
  },
);

test("a slash and a tilde in a key are told from those of the pointer", () => {
  const root = { "a/b": { "c~1": 0 } };
  expect(putAt(root, "/a~1b/c~01", 1)).toBe(true);
  expect(root).toEqual({ "a/b": { "c~1": 1 } });
});
