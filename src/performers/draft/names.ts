/** The longest identifier or slug made from free text, in characters. */
const LONGEST = 40;

/** Words that at least one of TypeScript, Python, Rust and Go reserves, or that would shadow a module. */
const RESERVED = new Set(
  (
    "abstract and any as assert async await become box break case catch chan class const continue crate def default defer del delete do " +
    "dyn elif else enum except export extends extern fallthrough false final finally fn for from func function global go goto if impl " +
    "implements import in interface is lambda let loop macro map match mod move mut new nil none nonlocal not null object or override " +
    "package pass priv private protected public pub raise range ref return select self static string struct super switch this throw " +
    "trait true try type typeof undefined union unsafe unsized use var virtual void where while with yield main test src core std error"
  ).split(" "),
);

/** Letters that are no ASCII letter with a mark. */
const LATIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};

/**
 * The words of a free text that are safe in names: ASCII letters and digits, lower case, at most 40 characters in all.
 * Never empty: `fallback` stands in when nothing is left. The one door from free text to identifiers and paths.
 */
export function nameWords(text: string, fallback = "component"): readonly string[] {
  const words: string[] = [];
  let length = 0;
  const folded = text.slice(0, 400).toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const latin = folded.replace(/[ßæœøłđðþı]/g, (letter) => LATIN[letter]!);
  for (const word of latin.match(/[a-z0-9]+/g) ?? []) {
    if (length + word.length + 1 > LONGEST) break;
    words.push(word);
    length += word.length + 1;
  }
  if (words.length === 0) return [fallback];
  if (/^[0-9]/.test(words[0]!)) words.unshift("v");
  if (words.length === 1 && RESERVED.has(words[0]!)) words.push(fallback === words[0] ? "part" : fallback);
  return words;
}

/** `payment-gateway`: for folders, packages and Kubernetes names. */
export function slug(text: string, fallback?: string): string {
  return nameWords(text, fallback).join("-");
}

/** `payment_gateway`. */
export function snake(text: string): string {
  return nameWords(text).join("_");
}

/** `PaymentGateway`. */
export function pascal(text: string): string {
  return nameWords(text)
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join("");
}

/** Turns a camelCase name of a sketch to snake_case; such names are our own and need no cleaning. */
export function camelToSnake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Turns a camelCase name of a sketch to PascalCase. */
export function camelToPascal(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

/**
 * Free text for one line of a comment or a plain string literal of any language: letters, digits, space and `.,-_` only, so that
 * no quote, backslash, bracket, `$` or line end can leave the place where it stands.
 */
export function commentText(text: string, most = 80): string {
  const clean = text
    .slice(0, 2_000)
    .replace(/[^\p{L}\p{N} .,_-]+/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/--+/g, "-")
    .trim();
  return cut(clean, most) || "component";
}

/** Cuts a text to `most` characters without splitting a surrogate pair. */
export function cut(text: string, most: number): string {
  const characters = [...text.slice(0, most * 2 + 2)];
  return characters.length <= most
    ? characters.join("")
    : `${characters
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}
