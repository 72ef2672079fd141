/** Entries kept by one cache, and the characters of source text that they may stand for together. */
const ENTRIES_MAX = 2_000;
const CHARACTERS_MAX = 8_000_000;

/**
 * Keeps what was parsed from a text, the longest unused dropped first. Ten thousand agents that render one prompt
 * parse it once.
 *
 * I1 At most ENTRIES_MAX entries and CHARACTERS_MAX characters of source are held.
 * I2 A text that cannot be parsed is not held.
 */
export class ParseCache<T> {
  #entries = new Map<string, T>();
  #characters = 0;

  /** The parsed text, made by `parse` when it is not held. */
  get(text: string, parse: () => T): T {
    const held = this.#entries.get(text);
    if (held !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, held);
      return held;
    }
    const parsed = parse();
    this.#entries.set(text, parsed);
    this.#characters += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX && this.#characters <= CHARACTERS_MAX) break;
      this.#entries.delete(oldest);
      this.#characters -= oldest.length;
    }
    return parsed;
  }

  get size(): number {
    return this.#entries.size;
  }
}
