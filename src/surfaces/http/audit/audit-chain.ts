import type { DatabaseSync, StatementSync } from "node:sqlite";
import { WAL_PAGES_MAX } from "../../../shared/checkpoints.ts";
import { sha3 } from "../../../shared/hash.ts";
import { inTransaction } from "../../../shared/in-transaction.ts";

/** What somebody wanted to do; `answered` follows every `asked` unless the server died between the two. */
export type AuditEntry = {
  /** `asked`: before anything is done. `answered`: how it ended. `refused`: nothing was done. */
  readonly phase: "asked" | "answered" | "refused";
  readonly atMs: number;
  readonly correlationId: string;
  /** Null: nobody that is known. */
  readonly tenant: string | null;
  readonly subject: string | null;
  readonly role: string | null;
  readonly action: string;
  /** A run's id, a template's name; null where there is none. */
  readonly target: string | null;
  /** The HTTP status of the answer; null while there is none. */
  readonly status: number | null;
};

export type StoredAudit = AuditEntry & { readonly seq: number; readonly hash: string };

export type AuditCheck = {
  readonly entries: number;
  /** The hash of the newest entry: who keeps it elsewhere notices an end that is cut off. */
  readonly head: string;
  /** What is wrong with the chain; null when it is whole. */
  readonly problem: string | null;
};

export type AuditQuery = {
  readonly after: number;
  readonly limit: number;
  /** Those of nobody that is known as well. */
  readonly unknown: boolean;
};

const SCHEMA = `CREATE TABLE IF NOT EXISTS audit(
    seq INTEGER PRIMARY KEY, tenant TEXT, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS audit_of_tenant ON audit(tenant, seq);
  CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
  CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;`;

/** How long another's write is waited for where nothing else can be done meanwhile, ms. */
const WAIT_MS = 2_000;

/** Writes more than an entry takes: a disk that is full may have a page left, and no room for an entry. */
const PROBE = `CREATE TABLE IF NOT EXISTS probe(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  INSERT OR REPLACE INTO probe VALUES (1, zeroblob(65536))`;

type Row = { readonly seq: number; readonly body: string; readonly hash: string };

/**
 * Purpose: entries in an order that cannot be changed unnoticed, in one SQLite file.
 * Owns: the file. Does not own: when something is written.
 * Invariant: Z2 entries stand in the order in which they were added; each one's hash covers the one before it: an entry that was changed, left out or put in between is noticed.
 */
export class AuditChain {
  readonly #db: DatabaseSync;
  readonly #last: StatementSync;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;

  constructor(file: string) {
    const sqlite = process.getBuiltinModule("node:sqlite");
    this.#db = new sqlite.DatabaseSync(file, { timeout: WAIT_MS });
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES_MAX}`);
    this.#db.exec(SCHEMA);
    this.#last = this.#db.prepare("SELECT seq, body, hash FROM audit ORDER BY seq DESC LIMIT 1");
    this.#insert = this.#db.prepare("INSERT INTO audit(seq, tenant, body, hash) VALUES (?, ?, ?, ?)");
    this.#read = this.#db.prepare(
      `SELECT seq, body, hash FROM audit WHERE seq > ? AND (tenant = ? OR (? AND tenant IS NULL)) ORDER BY seq LIMIT ?`,
    );
  }

  /** From now on a lock of another's is told at once (SQLITE_BUSY), or waited for. */
  waitForLocks(waits: boolean): void {
    this.#db.exec(`PRAGMA busy_timeout = ${waits ? WAIT_MS : 0}`);
  }

  /** All of them or none; of none: finds out whether there is room for some. */
  add(entries: readonly AuditEntry[]): void {
    inTransaction(this.#db, () => {
      if (entries.length === 0) this.#db.exec(PROBE);
      const last = this.#last.get() as Row | undefined;
      let { seq, hash } = last ?? { seq: 0, hash: "" };
      for (const entry of entries) {
        const body = JSON.stringify(entry);
        hash = chained(hash, ++seq, body);
        this.#insert.run(seq, entry.tenant, body, hash);
      }
    });
  }

  /** Entries of a tenant, oldest first. */
  read(tenant: string, { after, limit, unknown }: AuditQuery): readonly StoredAudit[] {
    const rows = this.#read.all(after, tenant, unknown ? 1 : 0, limit) as unknown as Row[];
    return rows.map(({ seq, body, hash }) => ({ seq, ...(JSON.parse(body) as AuditEntry), hash }));
  }

  /** Follows the chain from its beginning. */
  verify(): AuditCheck {
    let previous = "";
    let entries = 0;
    for (const row of this.#db.prepare("SELECT seq, body, hash FROM audit ORDER BY seq").iterate()) {
      const { seq, body, hash } = row as unknown as Row;
      entries++;
      const problem =
        seq !== entries
          ? `entry ${entries} is missing`
          : hash === chained(previous, seq, body)
            ? null
            : `entry ${seq} was changed`;
      if (problem) return { entries, head: previous, problem };
      previous = hash;
    }
    return { entries, head: previous, problem: null };
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

function chained(previous: string, seq: number, body: string): string {
  return sha3(`${previous}\n${seq}\n${body}`);
}
