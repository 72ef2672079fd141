import { join } from "node:path";
import { Checkpoints } from "../../../shared/checkpoints.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../../shared/diagnostic.ts";
import { makeFolder } from "../../../shared/make-folder.ts";
import { SQLITE_BUSY, sqliteCode } from "../../../shared/sqlite-code.ts";
import { Thread } from "../../../shared/thread.ts";
import { thrownWords } from "../../../shared/thrown-words.ts";
import {
  AuditChain,
  type AuditCheck,
  type AuditEntry,
  type AuditQuery,
  type StoredAudit,
} from "./audit-chain.ts";
import type { Checked } from "./audit-thread.ts";

export const AUDIT_FILE = "audit.db";

/** How long an entry that nobody waits for may wait for others, ms. */
const COMPANY_MS = 20;

/** When entries that another process's lock kept out are tried again, and for how long, ms. */
const RETRY_MS = 5;
const LOCKED_MAX_MS = 2_000;

/** After a write that failed: when it is tried whether the file takes one again, ms. */
const PROBE_MS = 1_000;

type Waiting = {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: AbyssalError) => void;
};

/**
 * Purpose: keep who did what, without keeping anybody waiting for longer than that takes.
 * Owns: what is not written yet. Does not own: the chain's form; what is worth keeping (the server's gate).
 * Invariants:
 * Z1 what `append` has resolved outlives the process; after a power cut the newest entries may be gone, never older ones alone.
 * Z3 entries are written in the order in which they came, those of one turn of the event loop together; `close` leaves none behind.
 * Z4 no disk is waited for: a commit goes into the log without a sync, a thread brings that into the file.
 * Z5 `takesEntries` says how the last write ended. One that failed is followed by others until one succeeds, though nobody has anything to write.
 */
export class AuditLog {
  readonly #file: string;
  readonly #clock: Pick<Clock, "nextTurn" | "nowMs" | "at">;
  readonly #chain: AuditChain;
  /** A check reads all there is, and nobody who waits for an entry waits for that. */
  readonly #checker: Thread<"check", Checked>;
  #checking: Promise<AuditCheck> | null = null;
  readonly #checkpoints: Checkpoints;
  #waiting: Waiting[] = [];
  /** Of the entry that came last: all others are written before it. */
  #last: Promise<void> = Promise.resolve();
  #disarm: (() => void) | null = null;
  #isAwaited = false;
  /** The log is brought into the file as a whole. */
  #isHeld = false;
  #lockedSinceMs: number | null = null;
  #takesEntries = true;
  #isClosed = false;

  /** Throws AbyssalError AUDIT_UNWRITABLE. */
  constructor(folder: string, clock: Pick<Clock, "nextTurn" | "nowMs" | "at">) {
    this.#clock = clock;
    this.#file = join(folder, AUDIT_FILE);
    try {
      makeFolder(folder);
      this.#chain = new AuditChain(this.#file);
    } catch (error) {
      throw this.#unwritable(thrownWords(error), error);
    }
    this.#chain.waitForLocks(false);
    this.#checker = new Thread("surfaces/http/audit/audit-thread", this.#file);
    this.#checkpoints = new Checkpoints(this.#file, (bring) => this.#holding(bring));
  }

  /** Whether the last write succeeded. */
  get takesEntries(): boolean {
    return this.#takesEntries;
  }

  /**
   * Writes an entry, with all that come in the same turn. Rejects with AbyssalError AUDIT_UNWRITABLE; then it was not
   * written, and nothing may be done.
   */
  append(entry: AuditEntry): Promise<void> {
    const written = this.#add(entry);
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      this.#arm();
    }
    return written;
  }

  /** Writes an entry that nothing waits for, soon. Rejects as `append` does. */
  note(entry: AuditEntry): Promise<void> {
    const written = this.#add(entry);
    if (!this.#disarm) this.#arm();
    return written;
  }

  /** Entries of a tenant, oldest first, with all that came before. */
  async read(tenant: string, query: AuditQuery): Promise<readonly StoredAudit[]> {
    await this.#settled();
    return this.#chain.read(tenant, query);
  }

  /** Follows the chain from its beginning; whoever asks while that is done is told the same. */
  async verify(): Promise<AuditCheck> {
    await this.#settled();
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  close(): void {
    this.#isHeld = false;
    this.#isClosed = true;
    if (this.#waiting.length > 0) {
      this.#chain.waitForLocks(true);
      this.#flush();
    }
    this.#disarm?.();
    this.#checkpoints.close();
    this.#checker.close(this.#unwritable("the log was closed"));
    this.#chain.close();
  }

  async #check(): Promise<AuditCheck> {
    const checked = await this.#checker.ask("check");
    if ("fault" in checked) throw new Error(checked.fault);
    return checked;
  }

  #add(entry: AuditEntry): Promise<void> {
    this.#last = new Promise((resolve, reject) => void this.#waiting.push({ entry, resolve, reject }));
    return this.#last;
  }

  async #settled(): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#flush();
    await this.#last.catch(() => {});
  }

  #arm(): void {
    if (this.#isHeld) return;
    this.#disarm?.();
    if (this.#isAwaited) this.#disarm = this.#clock.nextTurn(() => this.#flush());
    else this.#flushIn(COMPANY_MS);
  }

  /** Writes all that waits, in one transaction; nothing waits: finds out whether something could be written. */
  #flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    if (this.#isHeld) return;
    const group = this.#waiting;
    try {
      this.#chain.add(group.map(({ entry }) => entry));
    } catch (error) {
      if (sqliteCode(error) === SQLITE_BUSY && this.#bearsWithLock()) {
        this.#flushIn(RETRY_MS);
        return;
      }
      this.#taken(false);
      if (!this.#isClosed) this.#flushIn(PROBE_MS);
      const fault = this.#unwritable(thrownWords(error), error);
      for (const { reject } of group) reject(fault);
      return;
    }
    this.#taken(true);
    for (const { resolve } of group) resolve();
    this.#checkpoints.committed();
  }

  #flushIn(ms: number): void {
    this.#disarm = this.#clock.at(this.#clock.nowMs() + ms, () => this.#flush());
  }

  #taken(isWritten: boolean): void {
    this.#takesEntries = isWritten;
    this.#waiting = [];
    this.#isAwaited = false;
    this.#lockedSinceMs = null;
  }

  #bearsWithLock(): boolean {
    if (this.#isClosed) return false;
    const nowMs = this.#clock.nowMs();
    this.#lockedSinceMs ??= nowMs;
    return nowMs - this.#lockedSinceMs < LOCKED_MAX_MS;
  }

  /** Has something done while nothing is written; whoever comes meanwhile waits for it. */
  async #holding(work: () => Promise<unknown>): Promise<void> {
    this.#isHeld = true;
    try {
      await work();
    } finally {
      this.#isHeld = false;
      if (this.#waiting.length > 0 || !this.#takesEntries) this.#arm();
    }
  }

  #unwritable(message: string, cause?: unknown): AbyssalError {
    const diagnostic: Diagnostic = {
      code: "AUDIT_UNWRITABLE",
      severity: "error",
      place: this.#file,
      message,
      hint: "see to the disk's space and health: what cannot be audited is not done",
    };
    return new AbyssalError([diagnostic], { cause });
  }
}
