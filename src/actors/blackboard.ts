import { canonicalJson } from "../shared/canonical-json.ts";
import type { Json } from "../shared/json.ts";
import type { MergeRule } from "../templates/template.ts";

/** A value on the blackboard; `version` counts its changes from 1, `by` is the agent that made the last one. */
export type BoardEntry = { readonly value: Json; readonly version: number; readonly by: string };

/**
 * What an agent wants to write. With `ifVersion` only when the entry has that version (0: when there is none); without it
 * the value is merged by the key's rule.
 */
export type BoardWrite = { readonly key: string; readonly value: Json; readonly ifVersion?: number };

/** How a write went; a conflict changed nothing, and `entry` is what stands there (null: nothing). */
export type BoardReceipt =
  | { readonly kind: "written"; readonly entry: BoardEntry }
  | { readonly kind: "conflict"; readonly entry: BoardEntry | null; readonly reason: string };

/** A merge of the user's own: pure, the same arguments give the same value, or a replay goes another way. */
export type MergeFunction = (present: Json, written: Json) => Json;

/**
 * Purpose: what the agents of one run share (row R10), each change in the order of the run's facts.
 * Owns: entries with their versions. Does not own: who may write, when.
 * Invariants:
 * B1 an entry's version grows by one with every change, and with nothing else.
 * B2 a write with `ifVersion` changes the entry only when it still has that version.
 * B3 `max`, `min` and `union` give the same value in whatever order the same writes come.
 */
export class Blackboard {
  readonly #rules: Readonly<Record<string, MergeRule>>;
  readonly #custom: Readonly<Record<string, MergeFunction>>;
  readonly #entries = new Map<string, BoardEntry>();

  constructor(
    rules: Readonly<Record<string, MergeRule>>,
    custom: Readonly<Record<string, MergeFunction>> = {},
  ) {
    this.#rules = rules;
    this.#custom = custom;
  }

  entry(key: string): BoardEntry | undefined {
    return this.#entries.get(key);
  }

  /** Every value by its key: what expressions see. */
  values(): Readonly<Record<string, Json>> {
    return Object.fromEntries([...this.#entries].map(([key, { value }]) => [key, value]));
  }

  write(by: string, { key, value, ifVersion }: BoardWrite): BoardReceipt {
    const present = this.#entries.get(key) ?? null;
    const version = present?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== version) {
      const reason = `${key} has version ${version}, not ${ifVersion}`;
      return { kind: "conflict", entry: present, reason };
    }
    const merged = ifVersion === undefined ? this.#merge(key, present, value) : { ok: true as const, value };
    if (!merged.ok) return { kind: "conflict", entry: present, reason: merged.reason };
    // What a merge leaves as it was is no change (B1): nobody's version grows old by it.
    if (present && canonicalJson(present.value) === canonicalJson(merged.value))
      return { kind: "written", entry: present };
    const entry = { value: merged.value, version: version + 1, by };
    this.#entries.set(key, entry);
    return { kind: "written", entry };
  }

  #merge(key: string, present: BoardEntry | null, value: Json): Merged {
    const rule = (Object.hasOwn(this.#rules, key) && this.#rules[key]) || "last_writer";
    if (typeof rule === "object") return this.#mergeByFunction(rule.function, present, value);
    switch (rule) {
      case "last_writer":
        return { ok: true, value };
      case "max":
      case "min":
        return extreme(rule, present, value);
      case "union":
        return union(present, value);
    }
  }

  #mergeByFunction(name: string, present: BoardEntry | null, value: Json): Merged {
    const merge = Object.hasOwn(this.#custom, name) ? this.#custom[name] : undefined;
    if (!merge) return { ok: false, reason: `there is no merge function "${name}"` };
    if (!present) return { ok: true, value };
    try {
      return { ok: true, value: merge(present.value, value) };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

type Merged = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly reason: string };

function extreme(rule: "max" | "min", present: BoardEntry | null, value: Json): Merged {
  if (typeof value !== "number") return { ok: false, reason: `${rule} takes numbers, got ${kindOf(value)}` };
  if (!present) return { ok: true, value };
  const before = present.value;
  if (typeof before !== "number")
    return { ok: false, reason: `${rule} takes numbers, there is ${kindOf(before)}` };
  return { ok: true, value: rule === "max" ? Math.max(before, value) : Math.min(before, value) };
}

/** Lists as sets of JSON values, in their canonical order; a value that is no list counts as a list of one. */
function union(present: BoardEntry | null, value: Json): Merged {
  const members = new Map<string, Json>();
  for (const list of [present?.value ?? [], value])
    for (const member of Array.isArray(list) ? list : [list]) members.set(canonicalJson(member), member);
  const keys = [...members.keys()].sort();
  return { ok: true, value: keys.map((key) => members.get(key)!) };
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
}
