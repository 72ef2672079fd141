import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { inTransaction } from "../../shared/in-transaction.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { journalError, translated } from "./journal-error.ts";
import { PLAN_TABLE } from "./plan-table.ts";
import { RECORDS_BY_NUMBER, RUN_TABLE } from "./run-table.ts";

export const DATABASE_NAME = "journal.db";
export const HEADS_NAME = "heads";

/** How long an opening waits for what another process is doing to the file, ms. */
const OPENING_WAIT_MS = 2_000;

/** `ABYS`: marks the file as ours. */
const APPLICATION_ID = 0x41425953;

/** One step from each schema version to the next; version 0 is an empty file. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE records(
     run_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
     PRIMARY KEY(run_id, seq)) STRICT, WITHOUT ROWID;
   CREATE TABLE leases(
     run_id TEXT PRIMARY KEY, owner TEXT NOT NULL, pid INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL)
     STRICT, WITHOUT ROWID;
   CREATE TABLE requests(id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
   CREATE INDEX requests_of_run ON requests(run_id, id);
   PRAGMA application_id = ${APPLICATION_ID};`,
  `CREATE TABLE suspensions(run_id TEXT PRIMARY KEY, records INTEGER NOT NULL, questions TEXT NOT NULL)
     STRICT, WITHOUT ROWID;
   DELETE FROM requests WHERE run_id NOT IN (SELECT run_id FROM records)
     OR run_id IN (SELECT run_id FROM records WHERE kind = 'ended');`,
  // With the bodies in the key's own tree, each look for a place in it read some of them whole: plans, too.
  `ALTER TABLE records RENAME TO records_2;
   CREATE TABLE records(
     run_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL,
     PRIMARY KEY(run_id, seq)) STRICT;
   INSERT INTO records SELECT run_id, seq, kind, body, hash FROM records_2 ORDER BY run_id, seq;
   DROP TABLE records_2;`,
  // Listing read the first and the last record of every run, plans among them.
  RUN_TABLE,
  RECORDS_BY_NUMBER,
  PLAN_TABLE,
];

/** Whether a folder holds a journal, or what is left of one. */
export function journalExists(folder: string): boolean {
  return existsSync(join(folder, DATABASE_NAME)) || headsRemain(folder);
}

/**
 * Opens the journal of a folder, made or brought up to date where needed: WAL, a commit is on the disk when it returns.
 * Throws AbyssalError JOURNAL_NEWER, JOURNAL_CORRUPT, JOURNAL_UNWRITABLE, JOURNAL_BUSY; then the file is as it was.
 */
export function openDatabase(folder: string): DatabaseSync {
  const file = join(folder, DATABASE_NAME);
  let db: DatabaseSync | undefined;
  try {
    makeFolder(folder);
    const isNew = !existsSync(file);
    if (isNew && headsRemain(folder))
      throw journalError("JOURNAL_CORRUPT", file, "the file is gone, and runs were recorded in it");
    if (isNew) syncNamesOf(folder);
    // Loaded here and not imported: most uses of the package never open a journal.
    const sqlite = process.getBuiltinModule("node:sqlite");
    db = new sqlite.DatabaseSync(file, { timeout: OPENING_WAIT_MS });
    const version = checkedVersion(db, file, folder);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    if (version < MIGRATIONS.length) migrate(db);
    // A file that may only be read is found out now and not when the first run has been promised.
    db.exec("BEGIN IMMEDIATE; ROLLBACK;");
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw translated(error, file, "opening");
  }
}

/**
 * A folder that was just made is lost in a power cut with everything in it, however well that was synced, until the folder
 * that names it has been synced. SQLite sees to its own folder only.
 */
function syncNamesOf(folder: string): void {
  let path = resolve(folder);
  while (path !== dirname(path)) {
    path = dirname(path);
    try {
      const fd = openSync(path, "r");
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch {
      // One that may not be read, or a system that syncs no folders: SQLite lets its own pass as well.
    }
  }
}

function checkedVersion(db: DatabaseSync, file: string, folder: string): number {
  const version = pragma(db, "user_version");
  if (version > MIGRATIONS.length) {
    const message = `its format is version ${version}, this software knows up to ${MIGRATIONS.length}`;
    throw journalError("JOURNAL_NEWER", file, message);
  }
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { readonly n: number };
  if (version === 0) {
    if (tables.n > 0) throw journalError("JOURNAL_CORRUPT", file, "it is a database of something else");
    if (headsRemain(folder))
      throw journalError("JOURNAL_CORRUPT", file, "it is empty, and runs were recorded in it");
  } else if (pragma(db, "application_id") !== APPLICATION_ID) {
    throw journalError("JOURNAL_CORRUPT", file, "it is a database of something else");
  }
  return version;
}

function migrate(db: DatabaseSync): void {
  inTransaction(db, () => {
    // Another process may have been quicker.
    for (let version = pragma(db, "user_version"); version < MIGRATIONS.length; version++) {
      db.exec(MIGRATIONS[version]!);
      db.exec(`PRAGMA user_version = ${version + 1}`);
    }
  });
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0]);
}

function headsRemain(folder: string): boolean {
  try {
    return readdirSync(join(folder, HEADS_NAME)).length > 0;
  } catch {
    return false;
  }
}
