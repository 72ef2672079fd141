import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../../shared/diagnostic.ts";
import { sha3 } from "../../../shared/hash.ts";

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

export const AUDIT_FILE = "audit.db";

const SCHEMA = `CREATE TABLE IF NOT EXISTS audit(
    seq INTEGER PRIMARY KEY, tenant TEXT, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS audit_of_tenant ON audit(tenant, seq);
  CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;
  CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append only'); END;`;

/** How long another process's write is waited for, ms. */
const WAIT_MS = 2_000;

type Waiting = {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: AbyssalError) => void;
};

type Row = { readonly seq: number; readonly body: string; readonly hash: string };

/**
 * Purpose: keep who did what, in an order that cannot be changed unnoticed.
 * Owns: one SQLite file. Does not own: what is worth keeping (the server's gate).
 * Invariants:
 * Z1 what `append` has resolved outlives the process; after a power cut the newest entries may be gone, never older ones alone.
 * Z2 entries stand in the order in which they were appended; each one's hash covers the one before it: an entry that was changed, left out or put in between is noticed.
 */
export class AuditLog {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #last: StatementSync;
  readonly #insert: StatementSync;
  readonly #clock: Pick<Clock, "nextTurn">;
  #waiting: Waiting[] = [];
  #disarm: (() => void) | null = null;

  /** Throws AbyssalError AUDIT_UNWRITABLE. */
  constructor(folder: string, clock: Pick<Clock, "nextTurn">) {
    this.#clock = clock;
    this.#file = join(folder, AUDIT_FILE);
    try {
      mkdirSync(folder, { recursive: true });
      const sqlite = process.getBuiltinModule("node:sqlite");
      this.#db = new sqlite.DatabaseSync(this.#file, { timeout: WAIT_MS });
      this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      this.#db.exec(SCHEMA);
      this.#last = this.#db.prepare("SELECT seq, body, hash FROM audit ORDER BY seq DESC LIMIT 1");
      this.#insert = this.#db.prepare("INSERT INTO audit(seq, tenant, body, hash) VALUES (?, ?, ?, ?)");
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  /**
   * Writes an entry, together with all that come in the same turn. Rejects with AbyssalError AUDIT_UNWRITABLE; then it was not
   * written, and nothing may be done.
   */
  append(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#disarm ??= this.#clock.nextTurn(() => this.#flush());
    });
  }

  #flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const last = this.#last.get() as Row | undefined;
      let { seq, hash } = last ?? { seq: 0, hash: "" };
      for (const { entry } of waiting) {
        const body = JSON.stringify(entry);
        hash = chained(hash, ++seq, body);
        this.#insert.run(seq, entry.tenant, body, hash);
      }
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
      const fault = this.#unwritable(error);
      for (const { reject } of waiting) reject(fault);
      return;
    }
    for (const { resolve } of waiting) resolve();
  }

  /** Entries of a tenant after `seq`, oldest first; `unknown`: those of nobody that is known as well. */
  read(
    tenant: string,
    { after, limit, unknown }: { after: number; limit: number; unknown: boolean },
  ): StoredAudit[] {
    this.#flush();
    const rows = this.#db
      .prepare(
        `SELECT seq, body, hash FROM audit WHERE seq > ? AND (tenant = ? OR (? AND tenant IS NULL)) ORDER BY seq LIMIT ?`,
      )
      .all(after, tenant, unknown ? 1 : 0, limit) as unknown as Row[];
    return rows.map(({ seq, body, hash }) => ({ seq, ...(JSON.parse(body) as AuditEntry), hash }));
  }

  /** Follows the chain from its beginning. */
  verify(): AuditCheck {
    this.#flush();
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
    this.#flush();
    if (this.#db.isOpen) this.#db.close();
  }

  #unwritable(error: unknown): AbyssalError {
    const diagnostic: Diagnostic = {
      code: "AUDIT_UNWRITABLE",
      severity: "error",
      place: this.#file,
      message: error instanceof Error ? error.message : String(error),
      hint: "see to the disk's space and health: what cannot be audited is not done",
    };
    return new AbyssalError([diagnostic], { cause: error });
  }
}

function chained(previous: string, seq: number, body: string): string {
  return sha3(`${previous}\n${seq}\n${body}`);
}
