import type { DatabaseSync, StatementSync } from "node:sqlite";
import { sha3 } from "../../shared/hash.ts";
import { acceptedBody, type Draft, type StoredRecord, type Terms } from "../journal.ts";

/** Rows of their own: in the key's tree each search would read some of them whole. */
export const PLAN_TABLE = "CREATE TABLE plans(hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;";

/** How a first record begins whose plan is kept apart. */
const APART = /^\{"plan":\{"text":"([0-9a-f]{64})"/;

/**
 * Purpose: keep a long plan once for all runs that have it.
 * Owns: the plans that are kept apart. Does not own: transactions; every change stands inside one.
 * Invariants:
 * U1 the first record of a run names its plan's text by its hash; what is given out is that text, whole.
 */
export class PlanTable {
  readonly #add: StatementSync;
  readonly #has: StatementSync;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare("INSERT INTO plans(hash, body) VALUES (?, ?)");
    this.#has = db.prepare("SELECT 1 FROM plans WHERE hash = ?");
    this.#get = db.prepare("SELECT body FROM plans WHERE hash = ?");
  }

  /** The body of a run's first record as it is kept, and its plan, where it is kept apart. */
  put({ plan, body }: Draft): string {
    if (!plan) return body;
    const { key } = plan;
    if (key === null) return acceptedBody(plan.text, body);
    if (!this.#has.get(key)) this.#add.run(key, plan.text);
    return acceptedBody(JSON.stringify({ text: key, ...plan.listed }), body);
  }

  /** Records of a run, with its plan in the first one; null when that is not what was kept. */
  whole(records: readonly StoredRecord[]): readonly StoredRecord[] | null {
    const [first, ...rest] = records;
    const key = first && APART.exec(first.body)?.[1];
    if (!first || key === undefined) return records;
    const row = this.#get.get(key) as { readonly body: string } | undefined;
    if (!row || sha3(row.body) !== key) return null;
    const { plan: _, ...terms } = JSON.parse(first.body) as Terms & { readonly plan: unknown };
    return [{ ...first, body: acceptedBody(row.body, JSON.stringify(terms)) }, ...rest];
  }
}
