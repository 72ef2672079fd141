type Entry<Tag> = { readonly text: string; readonly tag: Tag; readonly bytes: number };

/** What one entry takes beside its text, roughly. */
const ENTRY_BYTES = 200;

/**
 * Purpose: keep texts that were made at some cost, the most recently used ones.
 * Owns: at most `maxBytes` of them. Does not own: how they are made again.
 * Invariant: N1 what is kept never exceeds the limit; what was used longest ago goes first.
 */
export class RecentTexts<Tag> {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry<Tag>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): { readonly text: string; readonly tag: Tag } | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  put(key: string, text: string, tag: Tag): void {
    this.#drop(key);
    // A character may take two bytes in memory.
    const bytes = text.length * 2 + key.length * 2 + ENTRY_BYTES;
    if (bytes > this.#maxBytes) return;
    this.#entries.set(key, { text, tag, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
