import { LIMITS } from "./limits.ts";
import { patternOf, secretForms } from "./secret-forms.ts";
import { isSecretName } from "./secret-name.ts";

/** What stands in a secret's place. */
export const HIDDEN = "[redacted]";

export type SecretSources = {
  /** Variables whose values are secret when their names say so, or when they hold a URL with a password. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of more variables that hold secrets. */
  readonly variables?: readonly string[];
  /** More keys below which everything is secret. */
  readonly keys?: readonly string[];
};

/** The beginning of `name: "value"` in any text: in a program, in JSON, in JSON inside a text of JSON. Bounded, so that it is linear. */
const QUOTED = /(?<![\w-])([A-Za-z_][\w-]{0,99})(\\{0,9}["']?\s{0,9}[=:]\s{0,9})(\\{0,9})(["'])/g;
/** `NAME=value`, in listings of an environment and in addresses. */
const BARE = /(?<![\w-])([A-Za-z_][\w-]{0,99})=([^\s"'`&;,<>]+)/g;
/** What follows `Authorization:`. */
const BEARER = /\b(Bearer|Basic) +[\w.~+/-]{8,}=*/g;
/** What each of these three needs: most keys and many values have none of it. */
const ASSIGNS = /[=:]|Bearer|Basic/;

/**
 * Purpose: keep secrets out of whatever is shown, logged or sent.
 * Owns: which values are known to be secret, and which keys. Does not own: where it is applied (every sink by itself).
 * Invariants:
 * S1 no known value is left in a text, neither as it stands nor as JSON, a URL or Base64 writes it.
 * S2 what stands under a key that names a secret is hidden whole, in values and in texts that quote it.
 * S3 what hides nothing comes back as it was: the same text, the same object.
 */
export class Secrets {
  readonly #keys = new Set<string>();
  /** Forms to be looked for; those of the environment stay, those that were learned make room for newer ones. */
  readonly #known = new Set<string>();
  readonly #learned = new Set<string>();
  #pattern: RegExp | null | undefined;

  constructor(sources: SecretSources) {
    this.include(sources);
  }

  /** Also hides what these say. */
  include({ env, variables = [], keys = [] }: SecretSources): void {
    const named = new Set(variables);
    for (const key of keys) this.#keys.add(key.toLowerCase());
    for (const [name, value = ""] of Object.entries(env)) {
      const isSecret = isSecretName(name) || named.has(name);
      for (const secret of [...(isSecret ? [value] : []), ...passwordIn(value)])
        for (const form of secretForms(secret)) this.#known.add(form);
    }
    this.#pattern = undefined;
  }

  /** Also hides the texts that stand under keys of secrets in a value: what a program was given. */
  learn(value: unknown): void {
    this.#learnAll(this.#textsIn(value, false));
  }

  /** The same for what a text assigns to the names of secrets, such as a program. */
  learnText(text: string): void {
    this.#learnAll([...this.#assigned(text)].map(({ from, to }) => text.slice(from, to)));
  }

  #learnAll(texts: Iterable<string>): void {
    const known = this.#learned.size;
    for (const text of texts) for (const form of secretForms(text)) this.#learned.add(form);
    if (this.#learned.size === known) return;
    while (this.#learned.size > LIMITS.secretsLearned)
      this.#learned.delete(this.#learned.values().next().value!);
    this.#pattern = undefined;
  }

  /** A text without secrets. */
  text(text: string): string {
    const pattern = this.#current();
    const clean = pattern ? text.replace(pattern, HIDDEN) : text;
    if (!ASSIGNS.test(clean)) return clean;
    return this.#withoutQuoted(clean)
      .replace(BARE, (whole, name: string) => (this.#isKey(name) ? `${name}=${HIDDEN}` : whole))
      .replace(BEARER, `$1 ${HIDDEN}`);
  }

  /** A value as JSON holds it, without secrets; errors become `{name, message, code?, stack}`. */
  value<T>(value: T): T {
    return this.#clean(value, false, 0) as T;
  }

  /** One JSON text without secrets. */
  json(value: unknown): string {
    return JSON.stringify(this.value(value));
  }

  #isKey(name: string): boolean {
    return isSecretName(name) || this.#keys.has(name.toLowerCase());
  }

  #clean(value: unknown, isHidden: boolean, depth: number): unknown {
    if (typeof value === "string") return isHidden ? HIDDEN : this.text(value);
    if (typeof value === "number" || typeof value === "bigint") return isHidden ? HIDDEN : value;
    if (typeof value !== "object" || value === null) return value;
    // Beyond it nobody looks, and a circle has no end.
    if (depth > LIMITS.scrubDepth) return HIDDEN;
    if (Array.isArray(value)) return this.#cleanList(value, isHidden, depth);
    if (value instanceof Error) return this.#clean(errorData(value), isHidden, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      return this.#cleanObject(value, isHidden, depth);
    return this.#cleanMembers(value, isHidden, depth);
  }

  #cleanList(list: readonly unknown[], isHidden: boolean, depth: number): unknown {
    const clean = list.map((item) => this.#clean(item, isHidden, depth + 1));
    return clean.some((item, at) => item !== list[at]) ? clean : list;
  }

  #cleanMembers(object: object, isHidden: boolean, depth: number): unknown {
    const members = Object.entries(object);
    const clean = members.map(
      ([key, member]) =>
        [this.text(key), this.#clean(member, isHidden || this.#isKey(key), depth + 1)] as const,
    );
    if (clean.every(([key, member], at) => key === members[at]![0] && member === members[at]![1]))
      return object;
    // Not by assigning: `__proto__` is a key as any other.
    const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(object));
    for (const [key, value] of clean)
      Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
    return copy;
  }

  /** Dates and the like, as JSON writes them. */
  #cleanObject(object: object, isHidden: boolean, depth: number): unknown {
    if ("toJSON" in object && typeof object.toJSON === "function") {
      const plain: unknown = object.toJSON();
      const clean = this.#clean(plain, isHidden, depth + 1);
      return clean === plain ? object : clean;
    }
    return this.#cleanMembers(object, isHidden, depth);
  }

  #withoutQuoted(text: string): string {
    let clean = "";
    let done = 0;
    for (const { from, to } of this.#assigned(text)) {
      clean += `${text.slice(done, from)}${HIDDEN}`;
      done = to;
    }
    return done === 0 ? text : clean + text.slice(done);
  }

  /** Where the quoted values of secrets stand in a text. */
  *#assigned(text: string): Generator<{ readonly from: number; readonly to: number }> {
    QUOTED.lastIndex = 0;
    for (let found = QUOTED.exec(text); found; found = QUOTED.exec(text)) {
      const [begin, name = "", , slashes = "", quote = ""] = found;
      if (!this.#isKey(name)) continue;
      const from = found.index + begin.length;
      const to = endOfQuoted(text, from, quote, slashes.length);
      yield { from, to };
      QUOTED.lastIndex = to;
    }
  }

  *#textsIn(value: unknown, isHidden: boolean, depth = 0): Generator<string> {
    if (typeof value === "string") {
      if (isHidden) yield value;
    } else if (typeof value === "object" && value !== null && depth <= LIMITS.scrubDepth)
      for (const [key, member] of Object.entries(value))
        yield* this.#textsIn(member, isHidden || (!Array.isArray(value) && this.#isKey(key)), depth + 1);
  }

  #current(): RegExp | null {
    if (this.#pattern !== undefined) return this.#pattern;
    this.#pattern = patternOf([...this.#known, ...this.#learned]);
    return this.#pattern;
  }
}

/** Where the text in quotes ends: at a quote with as many backslashes before it as the one that opened it. */
function endOfQuoted(text: string, from: number, quote: string, slashes: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let before = 0;
    while (at - before > from && text[at - before - 1] === "\\") before++;
    if (before === slashes) return at - before;
  }
  return text.length;
}

function passwordIn(value: string): string[] {
  if (!value.includes("://")) return [];
  const password = URL.parse(value)?.password ?? "";
  return password === "" ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function errorData(error: Error): object {
  const { name, message, stack } = error;
  return { ...error, name, message, ...(stack === undefined ? {} : { stack }) };
}
