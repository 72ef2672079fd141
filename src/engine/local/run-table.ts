import type { DatabaseSync, StatementSync } from "node:sqlite";
import { DEFAULT_TENANT, type RunOrigin } from "../engine.ts";
import type { Ended, Head, RunEdges, RunsQuery, StoredRecord } from "../journal.ts";
import { journalError } from "./journal-error.ts";

/** What a run's first record says of it: `?1` its id, `?2` the record's body. */
const FROM_ACCEPTANCE = `
  json_extract(body, '$.atMs') AS accepted_at_ms,
  coalesce(json_extract(body, '$.origin.tenant'), '${DEFAULT_TENANT}') AS tenant,
  json_extract(body, '$.plan.program') AS program, json_extract(body, '$.plan.hash') AS plan_hash,
  json_extract(body, '$.plan.bounds.agents.expected') AS agents, json_extract(body, '$.origin') AS origin`;

/** A row for each run of the records as they were before version 5; more conditions may follow. */
const ROWS_OF_RECORDS = `INSERT INTO runs SELECT NULL, run_id, ${FROM_ACCEPTANCE}, (SELECT last.body FROM records last
     WHERE last.run_id = records.run_id AND last.kind = 'ended' ORDER BY seq DESC LIMIT 1)
     FROM records WHERE seq = 0`;

/** The table, and a row for each run that is recorded already. */
export const RUN_TABLE = `CREATE TABLE runs(
     seq INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, accepted_at_ms INTEGER NOT NULL, tenant TEXT NOT NULL, program TEXT NOT NULL,
     plan_hash TEXT NOT NULL, agents INTEGER NOT NULL, origin TEXT, ended TEXT) STRICT;
   CREATE INDEX runs_of_tenant ON runs(tenant, accepted_at_ms, run_id);
   CREATE INDEX runs_unfinished ON runs(accepted_at_ms, run_id) WHERE ended IS NULL;
   ${ROWS_OF_RECORDS} ORDER BY accepted_at_ms;`;

/**
 * Records by the number of their run and their place in it, in one integer: one tree in which a run's records stand together, where texts as keys
 * took a second one. A run whose row is missing gets one: nothing that is recorded is lost.
 */
export const RECORDS_BY_NUMBER = `${ROWS_OF_RECORDS} AND run_id NOT IN (SELECT run_id FROM runs) ORDER BY accepted_at_ms;
   ALTER TABLE records RENAME TO records_4;
   CREATE TABLE records(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
   INSERT INTO records SELECT (runs.seq << 32) | records_4.seq, kind, body, hash FROM records_4 JOIN runs USING (run_id) ORDER BY 1;
   DROP TABLE records_4;`;

const COLUMNS =
  "run_id AS runId, accepted_at_ms AS acceptedAtMs, program, plan_hash AS planHash, agents, origin, ended";

type Row = Pick<RunEdges, "runId" | "acceptedAtMs" | "program" | "planHash" | "agents"> & {
  readonly origin: string | null;
  readonly ended: string | null;
};

/**
 * Purpose: list runs without reading their records.
 * Owns: one row for each run. Does not own: transactions, every change stands inside one; what is true (the records).
 * Invariants:
 * R1 a row says what its run's first record says, and its last one once that is its end.
 * R2 rows are numbered in the order in which runs were taken on, without gaps, and none is ever taken out: a run's records are found by its number.
 */
export class RunTable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #finish: StatementSync;
  readonly #get: StatementSync;
  readonly #number: StatementSync;
  readonly #last: StatementSync;
  readonly #ids: StatementSync;
  readonly #nextNumber: StatementSync;
  readonly #selects = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      `INSERT INTO runs SELECT NULL, run_id, ${FROM_ACCEPTANCE}, NULL FROM (SELECT ?1 AS run_id, ?2 AS body)`,
    );
    this.#finish = db.prepare("UPDATE runs SET ended = ? WHERE run_id = ?");
    this.#get = db.prepare(`SELECT ${COLUMNS} FROM runs WHERE run_id = ?`);
    this.#number = db.prepare("SELECT seq FROM runs WHERE run_id = ?");
    this.#last = db.prepare(
      `SELECT runs.seq AS count, hash FROM runs JOIN records ON records.id = runs.seq << 32
       WHERE runs.seq = coalesce(?, (SELECT max(seq) FROM runs))`,
    );
    this.#ids = db.prepare("SELECT run_id AS runId FROM runs");
    // One step of the key at a time: the cost follows the number of runs, not of records.
    this.#nextNumber = db.prepare(
      `SELECT number, EXISTS(SELECT 1 FROM runs WHERE seq = number) AS named
       FROM (SELECT min(id) >> 32 AS number FROM records WHERE id >= ((?1 + 1) << 32))`,
    );
  }

  /** Gives the run's number. */
  add(runId: string, body: string): number {
    return Number(this.#insert.run(runId, body).lastInsertRowid);
  }

  /** The number of a run that was taken on. */
  number(runId: string): number | undefined {
    return (this.#number.get(runId) as { readonly seq: number } | undefined)?.seq;
  }

  finish(runId: string, body: string): void {
    this.#finish.run(body, runId);
  }

  /** How many runs were taken on, and the first hash of the last one; with `count` of that one. */
  head(count: number | null = null): Head | undefined {
    return this.#last.get(count) as Head | undefined;
  }

  get(runId: string): RunEdges | undefined {
    const row = this.#get.get(runId) as Row | undefined;
    return row && edgesOf(row);
  }

  ids(): readonly string[] {
    return (this.#ids.all() as unknown as { readonly runId: string }[]).map(({ runId }) => runId);
  }

  /** The newest first. */
  select({ tenant, unfinished = false, before, limit }: RunsQuery): readonly RunEdges[] {
    const conditions = [
      ...(tenant === undefined ? [] : ["tenant = :tenant"]),
      ...(unfinished ? ["ended IS NULL"] : []),
      ...(before === undefined
        ? []
        : ["(accepted_at_ms, run_id) < (SELECT accepted_at_ms, run_id FROM runs WHERE run_id = :before)"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const text = `SELECT ${COLUMNS} FROM runs ${where} ORDER BY accepted_at_ms DESC, run_id DESC LIMIT :limit`;
    const known = this.#selects.get(text);
    const statement = known ?? this.#db.prepare(text);
    if (!known) this.#selects.set(text, statement);
    const rows = statement.all({
      // Below zero: no limit.
      limit: limit ?? -1,
      ...(tenant === undefined ? {} : { tenant }),
      ...(before === undefined ? {} : { before }),
    });
    return (rows as unknown as Row[]).map(edgesOf);
  }

  /** Throws when there are records of a run that has no row. */
  checkNumbers(file: string): void {
    type Found = { readonly number: number | null; readonly named: 0 | 1 };
    const next = (after: number): Found => this.#nextNumber.get(after) as Found;
    for (let { number, named } = next(-1); number !== null; { number, named } = next(number))
      if (!named) {
        const problem = `run number ${number} is missing in the list of runs`;
        throw journalError("JOURNAL_CORRUPT", file, problem);
      }
  }

  /** What is wrong with a run's row, or null. */
  problem(runId: string, records: readonly StoredRecord[]): string | null {
    const row = this.#get.get(runId) as Row | undefined;
    if (!row) return "it is missing in the list of runs";
    const { plan, atMs, origin } = JSON.parse(records[0]!.body) as {
      readonly plan: { program: string; hash: string; bounds: { agents: { expected: number } } };
      readonly atMs: number;
      readonly origin?: RunOrigin;
    };
    const last = records.at(-1)!;
    const wanted: Row = {
      runId,
      acceptedAtMs: atMs,
      program: plan.program,
      planHash: plan.hash,
      agents: plan.bounds.agents.expected,
      origin: origin ? JSON.stringify(origin) : null,
      ended: last.kind === "ended" ? last.body : null,
    };
    return JSON.stringify({ ...row }) === JSON.stringify(wanted)
      ? null
      : "the list of runs says something else of it";
  }
}

function edgesOf({ origin, ended, ...row }: Row): RunEdges {
  return {
    ...row,
    ended: ended === null ? null : (JSON.parse(ended) as Ended),
    ...(origin === null ? {} : { origin: JSON.parse(origin) as RunOrigin }),
  };
}
