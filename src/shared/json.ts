/** Any value that JSON (RFC 8259) can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; keys are own properties, never `__proto__`, `constructor` or `prototype`. */
export type JsonObject = { [key: string]: Json };

/** Whether a value is an object and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list; none where there is no list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Whether an object has no members; without a list of them. */
export function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

/** Keys that could reach a prototype; every border refuses them (rule X5). */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
