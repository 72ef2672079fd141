import { INSPECTOR_LIMITS } from "./inspector-limits.ts";

/**
 * A plain copy of anything that a machine may hold, cut to what a viewer can use: long texts and lists end in a note, actors
 * are their ids, functions their names, what nests too deep is named.
 */
export function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return shortened(value);
  if (typeof value === "function") return { type: value.name };
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (isActor(value)) return { actor: value.id, sessionId: value.sessionId };
  if (depth >= INSPECTOR_LIMITS.depth) return Array.isArray(value) ? "[list]" : "[object]";
  if (value instanceof Error) return bounded({ name: value.name, message: value.message }, depth);
  if (Array.isArray(value)) return boundedList(value, value.length, depth);
  if (value instanceof Map) return boundedMembers(value, value.size, depth);
  if (value instanceof Set) return boundedList(value, value.size, depth);
  if (value instanceof Date) return value.toJSON();
  const members = Object.entries(value);
  return boundedMembers(members, members.length, depth);
}

function shortened(text: string): string {
  const most = INSPECTOR_LIMITS.textCharacters;
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}

function boundedList(items: Iterable<unknown>, length: number, depth: number): unknown[] {
  const list: unknown[] = [];
  for (const item of items) {
    if (list.length === INSPECTOR_LIMITS.members) return [...list, `… (${length} in all)`];
    list.push(bounded(item, depth + 1));
  }
  return list;
}

function boundedMembers(
  members: Iterable<readonly [unknown, unknown]>,
  count: number,
  depth: number,
): object {
  const object = new Map<string, unknown>();
  for (const [key, member] of members) {
    if (object.size === INSPECTOR_LIMITS.members) {
      object.set("…", `${count} in all`);
      break;
    }
    object.set(shortened(String(key)), bounded(member, depth + 1));
  }
  return Object.fromEntries(object);
}

function isActor(value: object): value is { readonly id: string; readonly sessionId: string } {
  return "sessionId" in value && "send" in value && "getSnapshot" in value;
}
