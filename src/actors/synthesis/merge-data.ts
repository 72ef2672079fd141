import { canonicalJson } from "../../shared/canonical-json.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { pointerKey } from "../../shared/json-pointer.ts";

/** The data of one of several results, in plan order. */
export type GivenData = { readonly path: string; readonly value: Json };

/**
 * One value of several, field by field: objects have the fields of all, lists the elements of all, each once; of other
 * values that differ, or are of different kinds, `decide` names the one that stands, by the field's RFC 6901 pointer.
 */
export function mergeData(
  given: readonly GivenData[],
  decide: (pointer: string, given: readonly GivenData[]) => Json,
  pointer = "",
): Json {
  const values = given.map(({ value }) => value);
  if (values.every(isJsonObject)) {
    const merged: JsonObject = {};
    for (const key of new Set(values.flatMap((value) => Object.keys(value)))) {
      const having = given.flatMap(({ path, value }) =>
        isJsonObject(value) && Object.hasOwn(value, key) ? [{ path, value: value[key]! }] : [],
      );
      const inner = `${pointer}/${pointerKey(key)}`;
      merged[key] = mergeData(having, decide, inner);
    }
    return merged;
  }
  if (values.every((value) => Array.isArray(value))) {
    const once = new Map(values.flat().map((item) => [canonicalJson(item), item]));
    return [...once.values()];
  }
  const different = new Set(values.map((value) => canonicalJson(value)));
  return different.size === 1 ? values[0]! : decide(pointer, given);
}
