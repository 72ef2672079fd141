import type { DatabaseSync, StatementSync } from "node:sqlite";

const TEXTS = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  exists: "SELECT 1 FROM records WHERE run_id = ? LIMIT 1",
  insert: "INSERT INTO records(run_id, seq, kind, body, hash) VALUES (?, ?, ?, ?, ?)",
  records: "SELECT seq, kind, body, hash FROM records WHERE run_id = ? AND seq >= ? ORDER BY seq",
  last: "SELECT seq, kind FROM records WHERE run_id = ? ORDER BY seq DESC LIMIT 1",
  // One step of the key at a time: the cost follows the number of runs, not of records.
  nextRun: "SELECT min(run_id) AS run_id FROM records WHERE run_id > ?",
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
