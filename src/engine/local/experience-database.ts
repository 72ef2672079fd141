import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Answerer, AnswerSums } from "../../plan/calibration.ts";
import type { Experience } from "../../plan/routing/experience.ts";
import { inTransaction } from "../../shared/in-transaction.ts";
import { makeFolder } from "../../shared/make-folder.ts";
import { EXPERIENCE_KEPT } from "../experience-book.ts";

const NAME = "routing.db";

/** `ABYR`: marks the file as ours. */
const APPLICATION_ID = 0x41425952;

/** The form of the file; one of another form is left alone, and not used. */
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE experience(
    agent TEXT NOT NULL, performer TEXT NOT NULL, template TEXT NOT NULL, step TEXT NOT NULL,
    successes REAL NOT NULL, failures REAL NOT NULL, log_ms REAL NOT NULL, at_ms REAL NOT NULL,
    PRIMARY KEY(agent, performer, template, step)) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};`;

/** Beside it since answers are checked: older files are given it, older software leaves it alone. */
const ANSWERS = `
  CREATE TABLE IF NOT EXISTS answers(
    source TEXT NOT NULL, agent TEXT NOT NULL, performer TEXT NOT NULL, model TEXT NOT NULL,
    count REAL NOT NULL, said REAL NOT NULL, "right" REAL NOT NULL, at_ms REAL NOT NULL,
    PRIMARY KEY(source, agent, performer, model)) STRICT, WITHOUT ROWID;`;

const ANSWER_COLUMNS = 'source, agent, performer, model, count, said, "right", at_ms AS atMs';
const COLUMNS = "agent, performer, template, step, successes, failures, log_ms AS logMs, at_ms AS atMs";

const TEXTS = {
  all: `SELECT ${COLUMNS} FROM experience ORDER BY agent, performer, template, step`,
  find: `SELECT ${COLUMNS} FROM experience WHERE agent = ? AND performer = ? AND template = ? AND step = ?`,
  put: "INSERT OR REPLACE INTO experience VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  allAnswers: `SELECT ${ANSWER_COLUMNS} FROM answers ORDER BY source, agent, performer, model`,
  findAnswers: `SELECT ${ANSWER_COLUMNS} FROM answers WHERE source = ? AND agent = ? AND performer = ? AND model = ?`,
  putAnswers: "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  countAnswers: "SELECT count(*) AS n FROM answers",
  dropOldestAnswers: `DELETE FROM answers WHERE (source, agent, performer, model) IN
    (SELECT source, agent, performer, model FROM answers ORDER BY at_ms LIMIT ?)`,
  count: "SELECT count(*) AS n FROM experience",
  dropOldest: `DELETE FROM experience WHERE (agent, performer, template, step) IN
    (SELECT agent, performer, template, step FROM experience ORDER BY at_ms LIMIT ?)`,
  dataVersion: "PRAGMA data_version",
} as const;

export type ExperienceDatabase = {
  readonly db: DatabaseSync;
  readonly sql: Readonly<Record<keyof typeof TEXTS, StatementSync>>;
};

/** Whether a folder has the file; asking makes none. */
export function experienceExists(folder: string): boolean {
  return existsSync(join(folder, NAME));
}

/**
 * Opens what is known in a folder, made where there is nothing. Another process's lock is an error, and nothing is waited for.
 * A commit may be lost with the power. Throws what SQLite and the file system throw; `null` for a file of something else.
 */
export function openExperience(folder: string): ExperienceDatabase | null {
  makeFolder(folder);
  const sqlite = process.getBuiltinModule("node:sqlite");
  const db = new sqlite.DatabaseSync(join(folder, NAME), { timeout: 0 });
  try {
    if (pragma(db, "user_version") === 0 && !create(db)) return shut(db);
    const isOurs = pragma(db, "application_id") === APPLICATION_ID && pragma(db, "user_version") === VERSION;
    if (!isOurs) return shut(db);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576;");
    db.exec(ANSWERS);
    const entries = Object.entries(TEXTS).map(([name, text]) => [name, db.prepare(text)] as const);
    return { db, sql: Object.fromEntries(entries) as ExperienceDatabase["sql"] };
  } catch (error) {
    db.close();
    throw error;
  }
}

function shut(db: DatabaseSync): null {
  db.close();
  return null;
}

/** False when the file is a database of something else. */
function create(db: DatabaseSync): boolean {
  return inTransaction(db, () => {
    // Another process may have been quicker.
    if (pragma(db, "user_version") !== 0) return true;
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { readonly n: number };
    if (tables.n > 0) return false;
    db.exec(SCHEMA);
    return true;
  });
}

/** Removes a file that cannot be read any more. */
export function removeExperience(folder: string): void {
  for (const ending of ["", "-wal", "-shm"]) rmSync(join(folder, `${NAME}${ending}`), { force: true });
}

export function readExperience({ sql }: ExperienceDatabase): readonly Experience[] {
  return (sql.all.all() as unknown as Experience[]).map((row) => ({ ...row }));
}

export function readAnswers({ sql }: ExperienceDatabase): readonly AnswerSums[] {
  return sql.allAnswers.all().map((row) => answerOf(row as unknown as AnswerRow));
}

/** Changes some rows as `change` says from what is there; then makes room. */
export function changeExperience(
  { sql }: ExperienceDatabase,
  shapes: readonly Pick<Experience, "agent" | "performer" | "template" | "step">[],
  change: (found: readonly Experience[]) => Iterable<Experience>,
): void {
  const found = shapes.flatMap(({ agent, performer, template, step }) => {
    const row = sql.find.get(agent, performer, template, step) as unknown as Experience | undefined;
    return row ? [{ ...row }] : [];
  });
  for (const one of change(found)) {
    const { agent, performer, template, step, successes, failures, logMs, atMs } = one;
    sql.put.run(agent, performer, template, step, successes, failures, logMs, atMs);
  }
  const { n } = sql.count.get() as { readonly n: number };
  if (n > EXPERIENCE_KEPT) sql.dropOldest.run(n - EXPERIENCE_KEPT);
}

/** The same for what is known of answers. */
export function changeAnswers(
  { sql }: ExperienceDatabase,
  answerers: readonly Answerer[],
  change: (found: readonly AnswerSums[]) => Iterable<AnswerSums>,
): void {
  const found = answerers.flatMap(({ source, agent, performer, model = "" }) => {
    const row = sql.findAnswers.get(source, agent, performer, model) as unknown as AnswerRow | undefined;
    return row ? [answerOf(row)] : [];
  });
  for (const { source, agent, performer, model = "", count, said, right, atMs } of change(found))
    sql.putAnswers.run(source, agent, performer, model, count, said, right, atMs);
  const { n } = sql.countAnswers.get() as { readonly n: number };
  if (n > EXPERIENCE_KEPT) sql.dropOldestAnswers.run(n - EXPERIENCE_KEPT);
}

/** Whose performer asks no model has none: the file says so with an empty name. */
type AnswerRow = Omit<AnswerSums, "model"> & { readonly model: string };

function answerOf({ model, ...row }: AnswerRow): AnswerSums {
  return model === "" ? row : { ...row, model };
}

/** Changes whenever another process has written. */
export function versionOf({ sql }: ExperienceDatabase): number {
  return Number(Object.values(sql.dataVersion.get()!)[0]);
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0]);
}
