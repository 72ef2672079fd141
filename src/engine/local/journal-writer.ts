import { join } from "node:path";
import { Checkpoints } from "../../shared/checkpoints.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { Thread } from "../../shared/thread.ts";
import type { Draft, Head, Suspension } from "../journal.ts";
import type { ToWrite, WriterStart, Written } from "./journal-thread.ts";
import { DATABASE_NAME } from "./open-database.ts";
import type { SqliteJournal } from "./sqlite-journal.ts";

/**
 * Purpose: write the journal by a thread of its own, which has it open as another process would (`journal-thread.ts`).
 * Owns: the thread. Does not own: leases, which the journal here takes for both; what is written when (`Intake`, `GroupCommit`).
 * Invariants:
 * B1 what is asked for is written in that order, each in one transaction; a lock of another process is waited for there.
 * B2 after a write that failed nothing is written any more.
 */
export class JournalWriter {
  readonly #journal: SqliteJournal;
  readonly #thread: Thread<ToWrite, Written>;
  readonly #checkpoints: Checkpoints;

  constructor(folder: string, journal: SqliteJournal) {
    this.#journal = journal;
    journal.leaveCheckpoints();
    const start: WriterStart = { folder, owner: journal.owner };
    this.#thread = new Thread("engine/local/journal-thread", start);
    this.#checkpoints = new Checkpoints(join(folder, DATABASE_NAME), () =>
      this.#thread.ask({ kind: "checkpoint" }),
    );
  }

  /** As `Journal.enrol`. */
  async enrol(drafts: readonly Draft[]): Promise<readonly Draft[]> {
    const told = drafts.map(({ plan, ...draft }) => (plan ? { ...draft, plan: plan.told } : draft));
    const written = await this.#write({ kind: "enrol", drafts: told });
    return "known" in written ? written.known.map((place) => drafts[place]!) : [];
  }

  /** As `Journal.commit`. */
  async commit(
    drafts: readonly Draft[],
    requestsDone: readonly number[],
    suspensions: readonly Suspension[],
  ): Promise<readonly string[]> {
    const begun = new Map<string, Head>();
    for (const { runId } of [...drafts, ...suspensions]) {
      const head = this.#journal.handOver(runId);
      if (head) begun.set(runId, head);
    }
    // What stands beside a draft is for whoever drives the run; a thread can be told data only.
    const bare = drafts.map(({ runId, kind, body }) => ({ runId, kind, body }));
    const written = await this.#write({ kind: "commit", drafts: bare, requestsDone, suspensions, begun });
    return "lost" in written ? written.lost : [];
  }

  /** Waits, with the event loop standing still, until everything that was asked for is written. */
  close(error: unknown): void {
    this.#thread.close(error);
    this.#checkpoints.close();
  }

  async #write(asked: ToWrite): Promise<Written> {
    const written = await this.#thread.ask(asked);
    if ("diagnostics" in written) throw new AbyssalError(written.diagnostics);
    this.#checkpoints.committed();
    return written;
  }
}
