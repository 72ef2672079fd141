import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { SQLITE_BUSY, sqliteCode } from "../../shared/sqlite-code.ts";

/** What may go wrong with a journal, and what to do about it. */
const HINTS = {
  JOURNAL_WRITE_FAILED:
    "see to the disk's space and health, then resume the run: what was acknowledged is kept",
  JOURNAL_CORRUPT: "restore the folder from a copy, or move it away to begin anew",
  JOURNAL_NEWER: "use the version of the software that wrote it, or a newer one",
  JOURNAL_UNWRITABLE: "give a folder that this user may write",
  JOURNAL_BUSY: "another process keeps the journal locked; try again when it is done",
} as const;

export type JournalCode = keyof typeof HINTS;

/** An error about a journal as a whole; `place` is its file or a run. */
export function journalError(
  code: JournalCode,
  place: string,
  message: string,
  cause?: unknown,
): AbyssalError {
  return new AbyssalError([journalProblem(code, place, message)], { cause });
}

export function journalProblem(code: JournalCode, place: string, message: string): Diagnostic {
  return { code, severity: "error", place, message, hint: HINTS[code] };
}

const LOCKED = 6;

/** Translates what SQLite or the file system throws; errors of ours stay as they are. */
export function translated(
  error: unknown,
  place: string,
  doing: "opening" | "reading" | "writing",
): AbyssalError {
  if (error instanceof AbyssalError) return error;
  const code = sqliteCode(error);
  // Not `thrownWords`: with it every start would load the part of the bundle that plans.
  const message = error instanceof Error ? error.message : String(error);
  if (code === SQLITE_BUSY || code === LOCKED) return journalError("JOURNAL_BUSY", place, message, error);
  if (doing === "writing") return journalError("JOURNAL_WRITE_FAILED", place, message, error);
  const ofFolder = error instanceof Error && "syscall" in error;
  return journalError(
    ofFolder ? "JOURNAL_UNWRITABLE" : (READ_CODES[code] ?? "JOURNAL_CORRUPT"),
    place,
    message,
    error,
  );
}

/** By primary result code: PERM, READONLY, IOERR, FULL, CANTOPEN, AUTH. */
const READ_CODES: Readonly<Record<number, JournalCode>> = {
  3: "JOURNAL_UNWRITABLE",
  8: "JOURNAL_UNWRITABLE",
  10: "JOURNAL_WRITE_FAILED",
  13: "JOURNAL_WRITE_FAILED",
  14: "JOURNAL_UNWRITABLE",
  23: "JOURNAL_UNWRITABLE",
};

type RunCode = "RUN_UNKNOWN" | "RUN_OWNED" | "RUN_ENDED" | "RUN_EXISTS" | "RUN_UNFINISHED" | "RUN_LET_GO";

/** What people most often want of a run that is not there, or is over. */
const RUN_ADVICE: { readonly [code in RunCode]?: Pick<Diagnostic, "expected" | "hint"> } = {
  RUN_UNKNOWN: { expected: "a run of this folder", hint: "abyssal runs lists them" },
  RUN_ENDED: { expected: "a run that has not ended", hint: "abyssal status shows how it ended" },
};

export function unknownRun(runId: string): AbyssalError {
  return runError("RUN_UNKNOWN", runId, "no run of this id is recorded here");
}

/** An error about one run. */
export function runError(code: RunCode, runId: string, message: string, hint?: string): AbyssalError {
  const advice = hint === undefined ? RUN_ADVICE[code] : { hint };
  return new AbyssalError([{ code, severity: "error", place: runId, message, ...advice }]);
}

export function runEnded(runId: string): AbyssalError {
  return runError("RUN_ENDED", runId, "this run has ended");
}

/** What a check throws, as findings. */
export function problemsOf(place: string, check: () => void): readonly Diagnostic[] {
  try {
    check();
    return [];
  } catch (error) {
    return translated(error, place, "reading").diagnostics;
  }
}
