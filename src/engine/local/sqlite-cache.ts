import { join } from "node:path";
import type { CompletedOutcome } from "../../plan/outcome.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { thrownWords } from "../../shared/thrown-words.ts";
import {
  type CacheStats,
  ENTRY_SHARE,
  entryText,
  type ResultCache,
  summedUp,
  Tally,
} from "../result-cache.ts";
import {
  CACHE_NAME,
  type CacheDatabase,
  cacheError,
  cacheExists,
  dropAside,
  openCacheDatabase,
  setCacheAside,
  troubleOf,
} from "./cache-database.ts";
import { emptyEntries, findEntry, readFigures, writeBatch } from "./cache-entries.ts";

/** How long entries and counts wait to be written together, ms; and how many bytes of them. */
const WRITE_AFTER_MS = 100;
const WAITING_BYTES = 1024 * 1024;
/** How often a locked file is tried before what waits is forgotten. */
const WRITE_TRIES = 50;
/** How long the last write waits for another process, and a command about the cache, ms. */
const CLOSING_WAIT_MS = 250;
const COMMAND_WAIT_MS = 5_000;

export type SqliteCacheOptions = {
  /** Where `cache.db` is, or will be at the first question. */
  readonly folder: string;
  /** What the file may take, in bytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
};

/**
 * Purpose: keep outcomes in a file beside the journal, for later processes and for others at the same time.
 * Owns: `cache.db`, and what is to be written to it. Does not own: anything that would be missed.
 * Invariants:
 * S1 `get` and `put` never throw and never wait: a locked file is a miss, what cannot be written is forgotten.
 * S2 an entry is given out only as it was put; a changed one is a miss and is removed.
 * S3 a file that is damaged or of another form is set aside once; a second one is left alone.
 * S4 after each write the file's pages in use are within `maxBytes`; entries used longest ago make room.
 */
export class SqliteCache implements ResultCache {
  readonly #options: SqliteCacheOptions;
  readonly #tally = new Tally();
  readonly #puts = new Map<string, string>();
  /** Keys found since the last write, the one used longest ago first. */
  readonly #used = new Set<string>();
  readonly #changed = new Set<string>();
  #opened: CacheDatabase | null = null;
  #waitingBytes = 0;
  #tries = 0;
  #disarm: (() => void) | null = null;
  #wasSetAside = false;
  /** No longer asked: closed, or the file cannot be used. */
  #isOff = false;

  constructor(options: SqliteCacheOptions) {
    this.#options = options;
  }

  get(key: string, template: string): CompletedOutcome | null {
    if (this.#isOff) return null;
    const text = this.#puts.get(key) ?? this.#tried((cache) => this.#find(cache, key)) ?? null;
    this.#tally.count(template, text !== null);
    this.#arm();
    return text === null ? null : (JSON.parse(text) as CompletedOutcome);
  }

  put(key: string, outcome: CompletedOutcome): void {
    const text = this.#isOff ? null : entryText(outcome);
    if (text === null || Buffer.byteLength(text) > this.#options.maxBytes * ENTRY_SHARE) return;
    this.#waitingBytes += 2 * text.length;
    this.#puts.set(key, text);
    if (this.#waitingBytes >= WAITING_BYTES) this.#write();
    else this.#arm();
  }

  stats(): CacheStats {
    const waiting = this.#tally.all;
    const { maxBytes, folder } = this.#options;
    if (!this.#opened && !cacheExists(folder))
      return { entries: 0, bytes: 0, maxBytes, evictions: 0, ...summedUp(waiting) };
    return this.#asked((cache) => {
      const { counts, ...kept } = readFigures(cache);
      return { ...kept, maxBytes, ...summedUp([...counts, ...waiting]) };
    });
  }

  clear(): Pick<CacheStats, "entries" | "bytes"> {
    const { folder } = this.#options;
    this.#forget();
    try {
      const isThere = this.#opened !== null || cacheExists(folder);
      const was = isThere ? this.#asked((cache) => emptyEntries(cache)) : { entries: 0, bytes: 0 };
      dropAside(folder);
      return was;
    } catch (error) {
      if (!(error instanceof AbyssalError)) throw this.#unavailable(error);
      if (error.code !== "CACHE_DAMAGED") throw error;
      this.#removeFile();
      return { entries: 0, bytes: 0 };
    }
  }

  /** Writes what waits; waits a moment for another process to do so. */
  close(): void {
    if (this.#isOff) return;
    if (this.#isWaiting) {
      this.#tried(({ db }) => db.exec(`PRAGMA busy_timeout = ${CLOSING_WAIT_MS}`));
      this.#write();
    }
    this.#turnOff();
  }

  get #isWaiting(): boolean {
    return this.#puts.size > 0 || this.#used.size > 0 || this.#changed.size > 0 || this.#tally.all.length > 0;
  }

  #find(cache: CacheDatabase, key: string): string | null {
    const found = findEntry(cache, key);
    if (found.kind === "changed") this.#changed.add(key);
    if (found.kind !== "found") return null;
    this.#used.delete(key);
    this.#used.add(key);
    return found.text;
  }

  #arm(): void {
    const { clock } = this.#options;
    if (this.#isOff) return;
    this.#disarm ??= clock.at(clock.nowMs() + WRITE_AFTER_MS, () => {
      this.#disarm = null;
      this.#write();
    });
  }

  #write(): void {
    if (!this.#isWaiting) return;
    const batch = { changed: this.#changed, used: this.#used, puts: this.#puts, counts: this.#tally.all };
    const written = this.#tried((cache) => writeBatch(cache, batch, this.#options.maxBytes));
    if (written === undefined && ++this.#tries < WRITE_TRIES) this.#arm();
    else this.#forget();
  }

  /** What waits is written, or will not be. */
  #forget(): void {
    this.#puts.clear();
    this.#used.clear();
    this.#changed.clear();
    this.#tally.clear();
    this.#waitingBytes = 0;
    this.#tries = 0;
    this.#disarm?.();
    this.#disarm = null;
  }

  /** For runs: undefined when the file is busy or cannot be used (S1, S3). */
  #tried<T>(work: (cache: CacheDatabase) => T): T | undefined {
    try {
      this.#opened ??= openCacheDatabase(this.#options.folder);
      return work(this.#opened);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === "damaged" && !this.#wasSetAside) this.#setAside();
      else if (trouble !== "busy") this.#turnOff();
      return undefined;
    }
  }

  /** For people: throws what is wrong, waits for others. */
  #asked<T>(work: (cache: CacheDatabase) => T): T {
    try {
      this.#opened ??= openCacheDatabase(this.#options.folder);
      const { db } = this.#opened;
      db.exec(`PRAGMA busy_timeout = ${COMMAND_WAIT_MS}`);
      try {
        return work(this.#opened);
      } finally {
        db.exec("PRAGMA busy_timeout = 0");
      }
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #unavailable(error: unknown): AbyssalError {
    if (error instanceof AbyssalError) return error;
    const message = thrownWords(error);
    const code = troubleOf(error) === "damaged" ? "CACHE_DAMAGED" : "CACHE_UNAVAILABLE";
    return cacheError(code, join(this.#options.folder, CACHE_NAME), message, error);
  }

  #removeFile(): void {
    this.#letGo();
    try {
      setCacheAside(this.#options.folder);
      dropAside(this.#options.folder);
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #setAside(): void {
    this.#wasSetAside = true;
    this.#letGo();
    try {
      setCacheAside(this.#options.folder);
    } catch {
      this.#turnOff();
    }
  }

  #turnOff(): void {
    this.#isOff = true;
    this.#forget();
    this.#letGo();
  }

  #letGo(): void {
    try {
      this.#opened?.db.close();
    } catch {
      // Nothing in it is worth more than the run.
    }
    this.#opened = null;
  }
}
