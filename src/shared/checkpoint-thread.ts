import type { DatabaseSync } from "node:sqlite";
import { answerQuestions } from "./answer-questions.ts";
import { checkpointed } from "./checkpoints.ts";

/** A thread that brings what a database's log holds into its file, as far as nobody has to wait for that. Answers how many pages the log holds. */
answerQuestions<string, string, number>((file) => {
  let db: DatabaseSync | null = null;
  return {
    answer() {
      const sqlite = process.getBuiltinModule("node:sqlite");
      try {
        db ??= new sqlite.DatabaseSync(file);
        return checkpointed(db);
      } catch {
        // Whoever writes there is told.
        return 0;
      }
    },
    close: () => db?.close(),
  };
});
