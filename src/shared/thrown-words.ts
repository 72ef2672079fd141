const UNTELLABLE = "what cannot be told in words";

/** What was thrown, in words: it may be anything, an object with a `message` that is no Error among it. Never throws itself. */
export function thrownWords(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return String(thrown);
  try {
    const { message } = thrown as { readonly message?: unknown };
    return typeof message === "string" ? message : (JSON.stringify(thrown) ?? UNTELLABLE);
  } catch {
    return UNTELLABLE;
  }
}
