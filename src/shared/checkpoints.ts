import type { DatabaseSync } from "node:sqlite";
import { Thread } from "./thread.ts";

/** Commits after which the log is brought into the file: so few that no commit beside that waits for long, so many that it is seldom (ADR 29). */
export const COMMITS_BETWEEN = 30;

/** Pages of the log (64 MB) from which on its writer is asked to let it begin anew. */
const RESTART_PAGES = 16_000;

/** For those who leave it to the thread: how long the log may get before they do it themselves, pages. */
export const WAL_PAGES_MAX = 40_000;

/**
 * Purpose: keep the log (WAL) of a database short by a thread of its own, so that no commit waits for that.
 * Owns: the thread. Does not own: the database. Whoever writes to it sets `wal_autocheckpoint` to `WAL_PAGES_MAX`.
 */
export class Checkpoints {
  readonly #thread: Thread<string, number>;
  readonly #finish: (bring: () => Promise<number>) => Promise<unknown>;
  #commits = 0;
  #isUnderWay = false;

  /**
   * `finish`: has the rest of the log brought in while nobody writes: by the writer itself between two of its commits (`checkpointed`), or by the thread
   * (`bring`) while the writer holds still. A log that is always written to never ends by itself; with all of it in the file the next commit begins it anew. By
   * then the thread has left little to do, and nobody waits for a lock.
   */
  constructor(file: string, finish: (bring: () => Promise<number>) => Promise<unknown>) {
    this.#thread = new Thread("shared/checkpoint-thread", file);
    this.#finish = finish;
  }

  /** There was a commit. */
  committed(): void {
    if (++this.#commits < COMMITS_BETWEEN || this.#isUnderWay) return;
    this.#commits = 0;
    this.#isUnderWay = true;
    void this.#checkpoint();
  }

  close(): void {
    this.#thread.close(new Error("the database was closed"));
  }

  async #checkpoint(): Promise<void> {
    try {
      const bring = (): Promise<number> => this.#thread.ask("checkpoint");
      if ((await bring()) > RESTART_PAGES) await this.#finish(bring);
      this.#isUnderWay = false;
    } catch {
      // A thread has ended: whoever writes is told so.
    }
  }
}

/**
 * Brings what can be brought of a log into its file, without waiting for a lock; gives how many pages the log holds. What cannot be brought stays in
 * the log, and is safe there: a disk that takes nothing more is told of where it matters, by the next commit.
 */
export function checkpointed(db: DatabaseSync): number {
  try {
    return (db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() as { readonly log: number }).log;
  } catch {
    return 0;
  }
}
