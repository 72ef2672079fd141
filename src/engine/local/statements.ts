import type { DatabaseSync, StatementSync } from "node:sqlite";

const TEXTS = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  // An id: the number of the run, and in the lower 32 bits the place of the record, of facts that came together the first one's.
  insert: "INSERT INTO records(id, kind, body, hash) VALUES ((?1 << 32) | ?2, ?3, ?4, ?5)",
  records:
    "SELECT id & 4294967295 AS seq, kind, body, hash FROM records WHERE id >= ((?1 << 32) | ?2) AND id < ((?1 + 1) << 32) ORDER BY id",
  last: `SELECT (id & 4294967295) + iif(kind = 'fact', length(body) - length(replace(body, char(10), '')), 0) AS seq, kind
    FROM records WHERE id >= (?1 << 32) AND id < ((?1 + 1) << 32) ORDER BY id DESC LIMIT 1`,
  addRequest: "INSERT INTO requests(run_id, body) VALUES (?, ?)",
  requestsOf: "SELECT id, run_id AS runId, body FROM requests WHERE run_id = ? ORDER BY id",
  dropRequest: "DELETE FROM requests WHERE id = ?",
  dropRequests: "DELETE FROM requests WHERE run_id = ?",
  suspend: "INSERT OR REPLACE INTO suspensions(run_id, records, questions) VALUES (?, ?, ?)",
  suspension: "SELECT questions FROM suspensions WHERE run_id = ? AND records = ?",
  dropSuspension: "DELETE FROM suspensions WHERE run_id = ?",
  // How long a lock is waited for, ms, with the event loop standing still.
  waitBriefly: "PRAGMA busy_timeout = 3",
  waitLong: "PRAGMA busy_timeout = 2000",
  // Whether a commit waits for the disk.
  unsynced: "PRAGMA synchronous = NORMAL",
  synced: "PRAGMA synchronous = FULL",
  dataVersion: "PRAGMA data_version",
} as const;

export type Statements = Readonly<Record<keyof typeof TEXTS, StatementSync>>;

/** Everything a journal says to its database, prepared once. */
export function prepareStatements(db: DatabaseSync): Statements {
  const entries = Object.entries(TEXTS).map(([name, text]) => [name, db.prepare(text)] as const);
  return Object.fromEntries(entries) as Statements;
}
