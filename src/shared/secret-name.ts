/** Words that name a secret wherever they stand in a name. */
const ALWAYS: ReadonlySet<string> = new Set([
  "apikey",
  "authorization",
  "bearer",
  "cookie",
  "cookies",
  "credential",
  "credentials",
  "passcode",
  "passphrase",
  "passwd",
  "password",
  "passwords",
  "privatekey",
  "secret",
  "secrets",
]);

/** What makes a key of the word `key` after it, or of `keys`. */
const BEFORE_KEY: ReadonlySet<string> = new Set([
  "access",
  "account",
  "api",
  "auth",
  "client",
  "encryption",
  "master",
  "private",
  "service",
  "session",
  "signing",
  "ssh",
  "storage",
  "webhook",
]);

/** Holds for every name that names a secret, and is found out quickly: nearly all names are others. */
const MAY_BE = new RegExp([...ALWAYS, "key", "token"].join("|"), "iu");

/**
 * Whether what stands under a name is a secret, as people name things: `OPENAI_API_KEY`, `githubToken`, `db-password`. A `token`
 * counts at the end of a name only (`token_type` tells nothing), `tokens` are counted, not hidden.
 */
export function isSecretName(name: string): boolean {
  if (!MAY_BE.test(name)) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  if (words.at(-1) === "token") return true;
  return words.some(
    (word, at) =>
      ALWAYS.has(word) ||
      ((word === "key" || word === "keys") && at > 0 && BEFORE_KEY.has(words[at - 1] ?? "")),
  );
}
