/** Texts that stand in JSON as they are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Nodes of the tree of known keys, keys of an object and characters of a key there; what is beyond that is sorted each time. */
const KNOWN_NODES_MAX = 4_000;
const KNOWN_KEYS_MAX = 40;
const KNOWN_KEY_CHARACTERS_MAX = 64;

/** A key in the order of the canonical text, and how that text says it as an object's first or a later one. */
type Member = { readonly key: string; readonly first: string; readonly later: string };

/** The keys of objects, one after the other as they stand there: sorting them costs more than finding them here. */
type KeyNode = { readonly next: Map<string, KeyNode>; members: readonly Member[] | null };

const firstKeys: KeyNode = { next: new Map(), members: null };
let knownNodes = 0;

/**
 * Serialises a JSON value to its one canonical text: keys sorted by UTF-16 units, no spaces (RFC 8785).
 * Keys whose value is `undefined` are left out. Throws on a number that is not finite.
 */
export function canonicalJson(value: unknown): string {
  return written("", value);
}

/** The text with the value behind it: one text that grows is made faster than many that are joined. */
function written(text: string, value: unknown): string {
  if (typeof value === "string") return text + quoted(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON holds no ${value}`);
    return text + String(value);
  }
  if (value === null || typeof value !== "object") return text + JSON.stringify(value ?? null);
  let grown = text;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) grown = written(grown + (at === 0 ? "[" : ","), value[at]);
    return grown + (value.length === 0 ? "[]" : "]");
  }
  const record = value as Readonly<Record<string, unknown>>;
  let isFirst = true;
  for (const { key, first, later } of membersOf(Object.keys(record))) {
    const member = record[key];
    if (member === undefined) continue;
    grown = written(grown + (isFirst ? first : later), member);
    isFirst = false;
  }
  return grown + (isFirst ? "{}" : "}");
}

function membersOf(keys: string[]): readonly Member[] {
  if (keys.length > KNOWN_KEYS_MAX) return sorted(keys);
  let node = firstKeys;
  for (const key of keys) {
    let next = node.next.get(key);
    if (!next) {
      if (knownNodes >= KNOWN_NODES_MAX || key.length > KNOWN_KEY_CHARACTERS_MAX) return sorted(keys);
      knownNodes++;
      next = { next: new Map(), members: null };
      node.next.set(key, next);
    }
    node = next;
  }
  node.members ??= sorted(keys);
  return node.members;
}

function sorted(keys: string[]): readonly Member[] {
  return keys.sort().map((key) => ({ key, first: `{${quoted(key)}:`, later: `,${quoted(key)}:` }));
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
