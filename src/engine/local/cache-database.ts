import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { inTransaction } from "../../shared/in-transaction.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { sqliteCode } from "../../shared/sqlite-code.ts";

export const CACHE_NAME = "cache.db";

/** What a file is renamed to that cannot be used; there is at most one. */
const ASIDE_NAME = "cache.db.aside";

/** `ABYC`: marks the file as ours. */
const APPLICATION_ID = 0x41425943;

/** The form of the file. Entries are worth nothing to another one: there are no migrations. */
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE entries(
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, used INTEGER NOT NULL, sum TEXT NOT NULL) STRICT;
  CREATE INDEX entries_by_use ON entries(used);
  CREATE TABLE bodies(id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE counts(template TEXT PRIMARY KEY, hits INTEGER NOT NULL, misses INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE evictions(id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
  INSERT INTO evictions VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};`;

const TEXTS = {
  find: "SELECT body, sum FROM entries JOIN bodies USING(id) WHERE key = ?",
  /** The newest use of all; bodies stand apart, so that a use rewrites few bytes. */
  lastUse: "SELECT coalesce(max(used), 0) AS used FROM entries",
  use: "UPDATE entries SET used = ? WHERE key = ?",
  put: `INSERT INTO entries(key, used, sum) VALUES (?, ?, ?)
          ON CONFLICT(key) DO UPDATE SET used = excluded.used, sum = excluded.sum RETURNING id`,
  putBody: "INSERT OR REPLACE INTO bodies(id, body) VALUES (?, ?)",
  drop: "DELETE FROM entries WHERE key = ? RETURNING id",
  dropBody: "DELETE FROM bodies WHERE id = ?",
  evictBodies: "DELETE FROM bodies WHERE id IN (SELECT id FROM entries ORDER BY used LIMIT ?)",
  evict: "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY used LIMIT ?)",
  entries: "SELECT count(*) AS count FROM entries",
  counts: "SELECT template, hits, misses FROM counts",
  count: `INSERT INTO counts VALUES (?, ?, ?)
            ON CONFLICT(template) DO UPDATE SET hits = hits + excluded.hits, misses = misses + excluded.misses`,
  evictions: "SELECT count FROM evictions",
  addEvictions: "UPDATE evictions SET count = count + ?",
  pages: "PRAGMA page_count",
  freePages: "PRAGMA freelist_count",
  pageSize: "PRAGMA page_size",
} as const;

export type CacheDatabase = {
  readonly db: DatabaseSync;
  readonly sql: Readonly<Record<keyof typeof TEXTS, StatementSync>>;
};

/** Whether a folder has a cache; asking makes none. */
export function cacheExists(folder: string): boolean {
  return existsSync(join(folder, CACHE_NAME));
}

/**
 * Opens the cache of a folder, made where there is none. Nothing is waited for: another process's lock is an error. A commit
 * may be lost with the power, not with the process (`synchronous = NORMAL`): losing results that can be had again
 * is harmless. Throws AbyssalError CACHE_DAMAGED for a file that is no cache of this form, and what SQLite and the
 * file system throw.
 */
export function openCacheDatabase(folder: string): CacheDatabase {
  const file = join(folder, CACHE_NAME);
  makeFolder(folder);
  const sqlite = process.getBuiltinModule("node:sqlite");
  const db = new sqlite.DatabaseSync(file, { timeout: 0 });
  try {
    if (number(db, "PRAGMA user_version") === 0) create(db, file);
    const version = number(db, "PRAGMA user_version");
    if (number(db, "PRAGMA application_id") !== APPLICATION_ID)
      throw cacheError("CACHE_DAMAGED", file, "it is a database of something else");
    if (version !== VERSION)
      throw cacheError("CACHE_DAMAGED", file, `its form is ${version}, this software knows ${VERSION}`);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304;");
    const entries = Object.entries(TEXTS).map(([name, text]) => [name, db.prepare(text)] as const);
    return { db, sql: Object.fromEntries(entries) as CacheDatabase["sql"] };
  } catch (error) {
    db.close();
    throw error;
  }
}

function create(db: DatabaseSync, file: string): void {
  inTransaction(db, () => {
    // Another process may have been quicker.
    if (number(db, "PRAGMA user_version") !== 0) return;
    if (number(db, "SELECT count(*) FROM sqlite_schema") > 0)
      throw cacheError("CACHE_DAMAGED", file, "it is a database of something else");
    db.exec(SCHEMA);
  });
}

/** Makes way for a new cache; what was set aside before is gone. */
export function setCacheAside(folder: string): void {
  for (const ending of ["", "-wal", "-shm"]) {
    rmSync(join(folder, `${ASIDE_NAME}${ending}`), { force: true });
    if (existsSync(join(folder, `${CACHE_NAME}${ending}`)))
      renameSync(join(folder, `${CACHE_NAME}${ending}`), join(folder, `${ASIDE_NAME}${ending}`));
  }
}

/** Removes what was set aside. */
export function dropAside(folder: string): void {
  for (const ending of ["", "-wal", "-shm"]) rmSync(join(folder, `${ASIDE_NAME}${ending}`), { force: true });
}

function number(db: DatabaseSync, text: string): number {
  return Number(Object.values(db.prepare(text).get()!)[0]);
}

/** What an error says about the cache: locked by another process, no cache at all, or not to be used from here. */
export function troubleOf(error: unknown): "busy" | "damaged" | "unusable" {
  if (error instanceof AbyssalError) return "damaged";
  const code = sqliteCode(error);
  if (code === 5 || code === 6) return "busy";
  return code === 0 || UNUSABLE.has(code) ? "unusable" : "damaged";
}

/** Primary result codes that say nothing about the file's content: PERM, READONLY, IOERR, FULL, CANTOPEN, AUTH. */
const UNUSABLE: ReadonlySet<number> = new Set([3, 8, 10, 13, 14, 23]);

const HINTS = {
  CACHE_DAMAGED: "the next run sets it aside and begins a new one; `abyssal cache clear` removes it",
  CACHE_UNAVAILABLE:
    "runs go on without a cache; see to the folder's permissions, space, or the other process",
} as const;

/** An error for who asks about the cache as such; runs never see it. */
export function cacheError(
  code: keyof typeof HINTS,
  file: string,
  message: string,
  cause?: unknown,
): AbyssalError {
  return new AbyssalError([{ code, severity: "error", place: file, message, hint: HINTS[code] }], { cause });
}
