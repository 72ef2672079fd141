import type { DatabaseSync } from "node:sqlite";
import { answerQuestions } from "./answer-questions.ts";

/**
 * Pages of the log (64 MB) from which on writers are made to begin it anew: one that is always written to never ends by itself. They
 * stand still for two syncs then, which a slow disk makes 100 ms: seldom is better than soon.
 */
const RESTART_PAGES = 16_000;

/** How long writers and readers are waited for when it is begun anew, ms; else it is done another time. */
const WAIT_MS = 50;

/** What SQLite says of a checkpoint: pages in the log, and how many of them are in the file now. */
type Checkpointed = { readonly log: number; readonly checkpointed: number };

/** A thread that brings what a database's log holds into its file; what cannot be brought stays in the log, and is safe there. */
answerQuestions<string, string, null>((file) => {
  let db: DatabaseSync | null = null;
  return {
    answer() {
      const sqlite = process.getBuiltinModule("node:sqlite");
      try {
        db ??= new sqlite.DatabaseSync(file, { timeout: WAIT_MS });
        // Nobody waits for this one; of what is written meanwhile the next one has little to do.
        const { log } = db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() as Checkpointed;
        if (log > RESTART_PAGES) db.exec("PRAGMA wal_checkpoint(RESTART)");
      } catch {
        // A disk that takes nothing more is told of where it matters: by the next commit.
      }
      return null;
    },
    close: () => db?.close(),
  };
});
