import { answerQuestions } from "../../shared/answer-questions.ts";
import { systemClock } from "../../shared/clock.ts";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { Draft } from "../journal.ts";
import { translated } from "./journal-error.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

/** Places of the drafts whose id is recorded already; or why nothing was written. */
export type Enrolled =
  | { readonly known: readonly number[] }
  | { readonly diagnostics: readonly Diagnostic[] };

/** A thread that takes runs on: what waits for the disk here keeps nobody else waiting. */
answerQuestions<string, readonly Draft[], Enrolled>((folder) => {
  let journal: SqliteJournal | null = null;
  return {
    answer(drafts) {
      try {
        journal ??= new SqliteJournal(folder, systemClock, { isPatient: true });
        const known = new Set(journal.enrol(drafts));
        return { known: drafts.flatMap((draft, place) => (known.has(draft) ? [place] : [])) };
      } catch (error) {
        return { diagnostics: translated(error, folder, "writing").diagnostics };
      }
    },
    close: () => journal?.close(),
  };
});
