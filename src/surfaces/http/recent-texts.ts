type Entry<Tag> = { readonly text: string; readonly tag: Tag; readonly bytes: number; isUsed: boolean };

/** What one entry takes beside its text, roughly. */
const ENTRY_BYTES = 200;

/**
 * Purpose: keep texts that were made at some cost, those that are used.
 * Owns: at most `maxBytes` of them. Does not own: how they are made again.
 * Invariant: N1 what is kept never exceeds the limit; the oldest goes first, but that was used since it was put here or spared before.
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

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): { readonly text: string; readonly tag: Tag } | undefined {
    const entry = this.#entries.get(key);
    if (entry) entry.isUsed = true;
    return entry;
  }

  put(key: string, text: string, tag: Tag): void {
    this.#drop(key);
    // A character may take two bytes in memory.
    const bytes = text.length * 2 + key.length * 2 + ENTRY_BYTES;
    if (bytes > this.#maxBytes) return;
    this.#entries.set(key, { text, tag, bytes, isUsed: false });
    this.#bytes += bytes;
    // What is spared goes to the end of the same walk, unused: the walk ends.
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      if (oldest === key) continue;
      this.#drop(oldest);
      if (entry.isUsed) this.#spare(oldest, entry);
    }
  }

  #spare(key: string, entry: Entry<Tag>): void {
    entry.isUsed = false;
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
