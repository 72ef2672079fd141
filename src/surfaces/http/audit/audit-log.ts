import { join } from "node:path";
import { Checkpoints } from "../../../shared/checkpoints.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../../shared/diagnostic.ts";
import { makeFolder } from "../../../shared/make-folder.ts";
import { Thread } from "../../../shared/thread.ts";
import { thrownWords } from "../../../shared/thrown-words.ts";
import {
  AuditChain,
  type AuditCheck,
  type AuditEntry,
  type AuditQuery,
  type StoredAudit,
} from "./audit-chain.ts";
import type { Checked, ToWrite, Written } from "./audit-thread.ts";

export const AUDIT_FILE = "audit.db";

/** How long an entry that nobody waits for may wait for others, ms. */
const COMPANY_MS = 20;

type Waiting = {
  readonly entry: AuditEntry;
  readonly resolve: () => void;
  readonly reject: (error: AbyssalError) => void;
};

/**
 * Purpose: keep who did what, without keeping anybody waiting for longer than that takes.
 * Owns: what is not written yet, the thread that writes. Does not own: the chain's form; what is worth keeping (the server's gate).
 * Invariants:
 * Z1 what `append` has resolved outlives the process; after a power cut the newest entries may be gone, never older ones alone.
 * Z3 entries are written in the order in which they came, in groups, one group at a time; `close` leaves none behind.
 */
export class AuditLog {
  readonly #file: string;
  readonly #clock: Pick<Clock, "nextTurn" | "nowMs" | "at">;
  /** For reading; the thread has its own. */
  readonly #chain: AuditChain;
  readonly #thread: Thread<ToWrite, Written>;
  /** One of its own: a check reads all there is, and nobody who waits for an entry waits for that. */
  readonly #checker: Thread<"check", Checked>;
  #checking: Promise<AuditCheck> | null = null;
  readonly #checkpoints: Checkpoints;
  #waiting: Waiting[] = [];
  #disarm: (() => void) | null = null;
  #isAwaited = false;
  #writing: Promise<void> | null = null;

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
    this.#thread = new Thread("surfaces/http/audit/audit-thread", this.#file);
    this.#checker = new Thread("surfaces/http/audit/audit-thread", this.#file);
    this.#checkpoints = new Checkpoints(this.#file, () => this.#thread.ask("checkpoint"));
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
    if (this.#waiting.length > 0) this.#flush();
    this.#thread.close(this.#unwritable("the log was closed"));
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
    return new Promise((resolve, reject) => void this.#waiting.push({ entry, resolve, reject }));
  }

  async #settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing) {
      if (!this.#writing) this.#flush();
      await this.#writing;
    }
  }

  #flush(): void {
    this.#disarm?.();
    this.#disarm = null;
    this.#isAwaited = false;
    const group = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#write(group).then(() => {
      this.#writing = null;
      if (this.#waiting.length > 0) this.#arm();
    });
  }

  /** One group at a time: whoever comes while one is written goes with the next. */
  #arm(): void {
    if (this.#writing) return;
    this.#disarm?.();
    const flush = (): void => this.#flush();
    this.#disarm = this.#isAwaited
      ? this.#clock.nextTurn(flush)
      : this.#clock.at(this.#clock.nowMs() + COMPANY_MS, flush);
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const written = await this.#thread
      .ask(group.map(({ entry }) => entry))
      .catch((error: unknown) => ({ fault: thrownWords(error) }));
    this.#checkpoints.committed();
    if (written === null) {
      for (const { resolve } of group) resolve();
      return;
    }
    const fault = this.#unwritable(written.fault);
    for (const { reject } of group) reject(fault);
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
