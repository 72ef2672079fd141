import { Thread } from "./thread.ts";

/** Commits after which the log is brought into the file. */
const COMMITS_BETWEEN = 100;

/** For those who leave it to the thread: how long the log may get before they do it themselves, pages. */
export const WAL_PAGES_MAX = 40_000;

/**
 * Purpose: keep the log (WAL) of a database short by a thread of its own, so that no commit waits for that.
 * Owns: the thread. Does not own: the database. Whoever writes to it sets `wal_autocheckpoint` to `WAL_PAGES_MAX`.
 */
export class Checkpoints {
  readonly #thread: Thread<string, null>;
  #commits = 0;
  #isUnderWay = false;

  constructor(file: string) {
    this.#thread = new Thread("shared/checkpoint-thread", file);
  }

  /** There was a commit. */
  committed(): void {
    if (++this.#commits < COMMITS_BETWEEN || this.#isUnderWay) return;
    this.#commits = 0;
    this.#isUnderWay = true;
    const over = (): void => {
      this.#isUnderWay = false;
    };
    this.#thread.ask("checkpoint").then(over, () => {});
  }

  close(): void {
    this.#thread.close(new Error("the database was closed"));
  }
}
