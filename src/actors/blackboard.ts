import { canonicalJson } from "../shared/canonical-json.ts";
import { FORBIDDEN_KEYS, type Json } from "../shared/json.ts";
import { LIMITS } from "../shared/limits.ts";
import { thrownWords } from "../shared/thrown-words.ts";
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
  #values: Readonly<Record<string, Json>> | null = null;
  /** Keys that text from outside may have reached; never forgotten, whatever is written later. */
  readonly #tainted = new Set<string>();

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

  /** Every entry by its key, as it stands now. */
  entries(): Readonly<Record<string, BoardEntry>> {
    return Object.fromEntries(this.#entries);
  }

  /** Every value by its key: what expressions see. */
  values(): Readonly<Record<string, Json>> {
    this.#values ??= Object.fromEntries([...this.#entries].map(([key, { value }]) => [key, value]));
    return this.#values;
  }

  get anyTainted(): boolean {
    return this.#tainted.size > 0;
  }

  taint(keys: Iterable<string>): void {
    for (const key of keys) this.#tainted.add(key);
  }

  /** The values that text from outside has not reached. */
  untaintedValues(): Readonly<Record<string, Json>> {
    return Object.fromEntries(Object.entries(this.values()).filter(([key]) => !this.#tainted.has(key)));
  }

  write(by: string, write: BoardWrite): BoardReceipt {
    const next = this.#next(by, write);
    if (next.kind === "written") this.#put(write.key, next.entry);
    return next;
  }

  /** Merges all of these values, or none: then why the first one cannot be that cannot. */
  writeAll(by: string, values: Readonly<Record<string, Json>>): string | null {
    const made: (readonly [string, BoardEntry])[] = [];
    for (const [key, value] of Object.entries(values)) {
      const next = this.#next(by, { key, value });
      if (next.kind === "conflict") return `board.${key}: ${next.reason}`;
      made.push([key, next.entry]);
    }
    for (const [key, entry] of made) this.#put(key, entry);
    return null;
  }

  #put(key: string, entry: BoardEntry): void {
    if (this.#entries.get(key) === entry) return;
    this.#entries.set(key, entry);
    this.#values = null;
  }

  /** What a write would leave; nothing is changed yet. */
  #next(by: string, { key, value, ifVersion }: BoardWrite): BoardReceipt {
    const present = this.#entries.get(key) ?? null;
    const version = present?.version ?? 0;
    const conflict = (reason: string): BoardReceipt => ({ kind: "conflict", entry: present, reason });
    const misfit = present ? null : this.#misfitOf(key);
    if (misfit !== null) return conflict(misfit);
    if (ifVersion !== undefined && ifVersion !== version)
      return conflict(`${key} has version ${version}, not ${ifVersion}`);
    const merged = ifVersion === undefined ? this.#merge(key, present, value) : { ok: true as const, value };
    if (!merged.ok) return conflict(merged.reason);
    const text = canonicalJson(merged.value);
    if (text.length > LIMITS.boardValueCharacters)
      return conflict(`${key} would have ${text.length} characters; at most ${LIMITS.boardValueCharacters}`);
    // What a merge leaves as it was is no change (B1): nobody's version grows old by it.
    if (present && canonicalJson(present.value) === text) return { kind: "written", entry: present };
    return { kind: "written", entry: { value: merged.value, version: version + 1, by } };
  }

  /** Why there can be no entry of that key. */
  #misfitOf(key: string): string | null {
    if (key === "" || key.length > LIMITS.boardKeyCharacters || FORBIDDEN_KEYS.has(key))
      return `${JSON.stringify(key.slice(0, LIMITS.boardKeyCharacters))} cannot be a key`;
    if (this.#entries.size >= LIMITS.boardKeys) return `a blackboard has at most ${LIMITS.boardKeys} keys`;
    return null;
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
      // A copy goes in, and only what JSON can hold comes out: what stands on the board is nobody's to change.
      const text = JSON.stringify(merge(...structuredClone([present.value, value] as const)));
      if (text === undefined) return { ok: false, reason: `merge function "${name}" gave no JSON value` };
      return { ok: true, value: JSON.parse(text) as Json };
    } catch (error) {
      return { ok: false, reason: thrownWords(error) };
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
