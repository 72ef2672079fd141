import type { CompletedOutcome } from "../../plan/outcome.ts";
import {
  type CacheStats,
  ENTRY_SHARE,
  entryText,
  type ResultCache,
  summedUp,
  Tally,
} from "../result-cache.ts";

/** UTF-16 units of a key, and a guess at what a map takes for an entry. */
const ENTRY_OVERHEAD_BYTES = 256;

/**
 * Purpose: keep outcomes for as long as this process lives.
 * Owns: the entries, as texts that nobody can change, and the counts.
 * Invariants:
 * K1 entries never take more than `maxBytes`; those used longest ago make room.
 */
export class MemoryCache implements ResultCache {
  readonly #maxBytes: number;
  /** The one used longest ago first. */
  readonly #entries = new Map<string, string>();
  readonly #tally = new Tally();
  #bytes = 0;
  #evictions = 0;
  #isClosed = false;

  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  get(key: string, template: string): CompletedOutcome | null {
    if (this.#isClosed) return null;
    const text = this.#entries.get(key);
    this.#tally.count(template, text !== undefined);
    if (text === undefined) return null;
    this.#entries.delete(key);
    this.#entries.set(key, text);
    return JSON.parse(text) as CompletedOutcome;
  }

  put(key: string, outcome: CompletedOutcome): void {
    const text = this.#isClosed ? null : entryText(outcome);
    if (text === null || bytesOf(text) > this.#maxBytes * ENTRY_SHARE) return;
    this.#drop(key);
    this.#entries.set(key, text);
    this.#bytes += bytesOf(text);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
      this.#evictions++;
    }
  }

  stats(): CacheStats {
    return {
      entries: this.#entries.size,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      evictions: this.#evictions,
      ...summedUp(this.#tally.all),
    };
  }

  clear(): Pick<CacheStats, "entries" | "bytes"> {
    const was = { entries: this.#entries.size, bytes: this.#bytes };
    this.#entries.clear();
    this.#tally.clear();
    this.#bytes = 0;
    this.#evictions = 0;
    return was;
  }

  close(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#isClosed = true;
  }

  #drop(key: string): void {
    const text = this.#entries.get(key);
    if (text === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(text);
  }
}

/** Two bytes for each UTF-16 unit: the most that the text takes. */
function bytesOf(text: string): number {
  return 2 * text.length + ENTRY_OVERHEAD_BYTES;
}
