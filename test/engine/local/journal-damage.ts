import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredRecord } from "../../../src/engine/journal.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { AbyssalError } from "../../../src/shared/diagnostic.ts";

export type Damage = { readonly file: string; readonly byte: number; readonly bit: number };

export type Verdict =
  /** Something complained with a JOURNAL code. */
  | { readonly kind: "detected"; readonly code: string }
  /** Nothing complained, and nothing that was recorded has changed. */
  | { readonly kind: "harmless" }
  | { readonly kind: "missed"; readonly why: string };

/** Every record of a journal by run. */
export function recordsOf(folder: string, runIds: readonly string[]): readonly (readonly StoredRecord[])[] {
  const journal = new SqliteJournal(folder, systemClock);
  try {
    return runIds.map((runId) => journal.read(runId));
  } finally {
    journal.close();
  }
}

/** Flips one bit in a copy of a journal and says what reading it makes of that; the original stays as it is. */
export function judgeFlip(
  folder: string,
  scratch: string,
  flip: Damage,
  original: Readonly<Record<string, readonly StoredRecord[]>>,
): Verdict {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  cpSync(folder, scratch, { recursive: true });
  const file = join(scratch, flip.file);
  if (!existsSync(file)) throw new Error(`${flip.file} is no file of the journal`);
  const bytes = readFileSync(file);
  bytes[flip.byte]! ^= 1 << flip.bit;
  writeFileSync(file, bytes);
  return judge(scratch, original);
}

/** What verifying and reading a journal makes of it, beside what was recorded. */
export function judge(folder: string, original: Readonly<Record<string, readonly StoredRecord[]>>): Verdict {
  let journal: SqliteJournal | undefined;
  try {
    journal = new SqliteJournal(folder, systemClock);
    const { problems } = journal.verify();
    if (problems.length > 0) return { kind: "detected", code: problems[0]!.code };
    for (const [runId, records] of Object.entries(original)) {
      if (JSON.stringify(journal.read(runId)) !== JSON.stringify(records))
        return { kind: "missed", why: `${runId} reads otherwise` };
    }
    return { kind: "harmless" };
  } catch (error) {
    if (error instanceof AbyssalError) return { kind: "detected", code: error.code };
    return { kind: "missed", why: `an error of no form: ${String(error)}` };
  } finally {
    journal?.close();
  }
}
