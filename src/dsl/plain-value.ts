import type { Value } from "./syntax.ts";

/** A JSON5 value as JavaScript holds it; numbers may be NaN or infinite, which JSON has not. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };

/**
 * The value as plain data, the last of duplicate keys counting; `undefined` when a command or a reference stands in it.
 */
export function plainValue(value: Value): PlainValue | undefined {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "array": {
      const items: PlainValue[] = [];
      for (const item of value.items) {
        const plain = plainValue(item);
        if (plain === undefined) return undefined;
        items.push(plain);
      }
      return items;
    }
    case "object": {
      const members: { [key: string]: PlainValue } = {};
      for (const { key, value: memberValue } of value.members) {
        const plain = plainValue(memberValue);
        if (plain === undefined) return undefined;
        members[key.text] = plain;
      }
      return members;
    }
    default:
      return undefined;
  }
}
