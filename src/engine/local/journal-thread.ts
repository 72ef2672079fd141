import { answerQuestions } from "../../shared/answer-questions.ts";
import { systemClock } from "../../shared/clock.ts";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { Draft, Head, Suspension } from "../journal.ts";
import { PlanText, type ToldPlan } from "../plan-text.ts";
import { translated } from "./journal-error.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

export type WriterStart = {
  readonly folder: string;
  /** Whose leases the runs have that are driven here. */
  readonly owner: string;
};

/** A draft as a thread can be told it. */
export type ToldDraft = Omit<Draft, "plan"> & { readonly plan?: ToldPlan };

/** What is to be written: runs that are taken on; what happened in runs that are driven here; or the rest of the log into the file. */
export type ToWrite =
  | { readonly kind: "enrol"; readonly drafts: readonly ToldDraft[] }
  | {
      readonly kind: "commit";
      readonly drafts: readonly Draft[];
      readonly requestsDone: readonly number[];
      readonly suspensions: readonly Suspension[];
      /** Where the records end of runs that were begun since the last time. */
      readonly begun: ReadonlyMap<string, Head>;
    }
  | { readonly kind: "checkpoint" };

/** Places of the drafts whose id is recorded already, runs whose lease is lost, nothing to say; or why nothing was written. */
export type Written =
  | { readonly known: readonly number[] }
  | { readonly lost: readonly string[] }
  | { readonly checkpointed: true }
  | { readonly diagnostics: readonly Diagnostic[] };

/** A thread that writes the journal: what waits for the disk here keeps nobody else waiting. */
answerQuestions<WriterStart, ToWrite, Written>(({ folder, owner }) => {
  let journal: SqliteJournal | null = null;
  let failed: readonly Diagnostic[] | null = null;
  const write = (open: SqliteJournal, asked: ToWrite): Written => {
    if (asked.kind === "enrol") {
      const drafts = asked.drafts.map(
        ({ plan, ...draft }): Draft => (plan ? { ...draft, plan: PlanText.from(plan) } : draft),
      );
      const known = new Set(open.enrol(drafts));
      return { known: drafts.flatMap((draft, place) => (known.has(draft) ? [place] : [])) };
    }
    if (asked.kind === "checkpoint") {
      open.checkpoint();
      return { checkpointed: true };
    }
    for (const [runId, head] of asked.begun) open.takeOver(runId, head);
    return { lost: open.commit(asked.drafts, asked.requestsDone, asked.suspensions) };
  };
  return {
    answer(asked) {
      if (failed) return { diagnostics: failed };
      try {
        journal ??= new SqliteJournal(folder, systemClock, { owner });
        return write(journal, asked);
      } catch (error) {
        const { code, diagnostics } = translated(error, folder, "writing");
        // B2: what was asked behind it may be on its way already. A lock is no failure yet.
        if (code !== "JOURNAL_BUSY") failed = diagnostics;
        return { diagnostics };
      }
    },
    close: () => journal?.close(),
  };
});
