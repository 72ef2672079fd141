import { isJsonObject, type Json } from "./json.ts";

/** One key as a JSON Pointer (RFC 6901) writes it. */
export function pointerKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Puts a value where a JSON Pointer leads to; false, and nothing is changed, where that is no member of `root` yet. */
export function putAt(root: Json, pointer: string, value: Json): boolean {
  const keys = pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop()!;
  let holder: Json | undefined = root;
  for (const key of keys) holder = holder === undefined ? undefined : memberOf(holder, key);
  if (holder === undefined || memberOf(holder, last) === undefined) return false;
  if (Array.isArray(holder)) holder[Number(last)] = value;
  else if (isJsonObject(holder)) holder[last] = value;
  return true;
}

function memberOf(value: Json, key: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
