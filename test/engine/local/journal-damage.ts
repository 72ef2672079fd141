import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredRecord } from "../../../src/engine/journal.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { DATABASE_NAME } from "../../../src/engine/local/open-database.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { AbyssalError } from "../../../src/shared/diagnostic.ts";
import { agent, fork, plan } from "../../support/plans.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";

export type Damage = { readonly file: string; readonly byte: number; readonly bit: number };

export type Verdict =
  /** Something complained with a JOURNAL code. */
  | { readonly kind: "detected"; readonly code: string }
  /** Nothing complained, and nothing that was recorded has changed. */
  | { readonly kind: "harmless" }
  | { readonly kind: "missed"; readonly why: string };

/** Says something to a journal's database that the product never would. */
export function changing(folder: string, statements: string): void {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(join(folder, DATABASE_NAME));
  db.exec(statements);
  db.close();
}

/** A local engine with a performer that completes everything. */
export function engineOn(folder: string): LocalEngine {
  const performer = new ScriptedPerformer();
  return new LocalEngine({ folder, clock: systemClock, performers: new Map([[performer.name, performer]]) });
}

export type Recorded = Readonly<Record<string, readonly StoredRecord[]>>;

/** Two runs that ended; the WAL is left behind, as a process that was killed leaves it. */
export async function recordedJournal(folder: string): Promise<Recorded> {
  const live = join(folder, "live");
  const engine = engineOn(live);
  const agents = plan([
    fork(
      "f",
      ["a", "b", "c", "d"].map((name) => agent(name)),
    ),
  ]);
  for (const runId of ["r_one", "r_two"]) await engine.start(agents, { runId, timeoutMs: 60_000 }).ended;
  cpSync(live, join(folder, "killed"), { recursive: true });
  engine.close();
  const journal = new SqliteJournal(live, systemClock);
  const records = { r_one: journal.read("r_one"), r_two: journal.read("r_two") };
  journal.close();
  return records;
}

/** Numbers from 0 to 1 that are the same every time (mulberry32). */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Flips one bit in a copy of a journal and says what reading it makes of that; the original stays as it is. */
export function judgeFlip(folder: string, scratch: string, flip: Damage, original: Recorded): Verdict {
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
export function judge(folder: string, original: Recorded): Verdict {
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
    if (error instanceof AbyssalError && error.code.startsWith("JOURNAL_"))
      return { kind: "detected", code: error.code };
    return { kind: "missed", why: String(error) };
  } finally {
    journal?.close();
  }
}
