import type { Head, Request, StoredRecord } from "../../src/engine/journal.ts";

export type Lease = { readonly owner: number; readonly expiresAtMs: number };

/** One change of one table. */
export type Change =
  | { readonly table: "records"; readonly runId: string; readonly record: StoredRecord }
  | { readonly table: "leases"; readonly runId: string; readonly lease: Lease | null }
  | { readonly table: "requests"; readonly put: Request }
  | { readonly table: "requests"; readonly drop: readonly number[] };

/** What recovery makes of a transaction that was cut in two; only a flawed one keeps anything of it. */
export type TornPolicy = "discard" | "keep";

/**
 * Purpose: the disk under simulated journals: a log of transactions, in the cache or on the plate, and what they add up to.
 * Owns: what survives a power cut. Does not own: what transactions mean, who may write.
 * Invariants:
 * S1 a synced transaction survives every cut, whole; an unsynced one survives whole or not at all.
 * S2 a head is never ahead of the records that are synced.
 */
export class SimulatedDisk {
  readonly heads = new Map<string, Head>();
  #records = new Map<string, StoredRecord[]>();
  #leases = new Map<string, Lease>();
  #requests: Request[] = [];
  #synced: (readonly Change[])[] = [];
  #cached: (readonly Change[])[] = [];
  #requestId = 0;
  /** Changes when anything is written, as `PRAGMA data_version` does. */
  version = 0;

  records(runId: string): readonly StoredRecord[] {
    return this.#records.get(runId) ?? [];
  }

  get runIds(): readonly string[] {
    return [...this.#records.keys()];
  }

  lease(runId: string): Lease | null {
    return this.#leases.get(runId) ?? null;
  }

  get requests(): readonly Request[] {
    return this.#requests;
  }

  nextRequestId(): number {
    return ++this.#requestId;
  }

  /** What would still be there if the power went now, and nothing of the cache were lucky. */
  durable(runId: string): readonly StoredRecord[] {
    if (this.#cached.length === 0) return this.records(runId);
    return this.#synced
      .flat()
      .flatMap((change) => (change.table === "records" && change.runId === runId ? [change.record] : []));
  }

  write(transaction: readonly Change[]): void {
    this.#cached.push(transaction);
    for (const change of transaction) this.#apply(change);
    this.version++;
  }

  sync(): void {
    this.#synced.push(...this.#cached);
    this.#cached = [];
  }

  /** The power goes: of the cache survive the first `kept` transactions; `torn` cuts the next one in two. */
  cut({ kept, torn }: { readonly kept: number; readonly torn: boolean }, policy: TornPolicy): void {
    if (this.#cached.length === 0) return;
    const half = torn && policy === "keep" ? tornHalf(this.#cached[kept] ?? []) : [];
    this.#synced = [...this.#synced, ...this.#cached.slice(0, kept), ...(half.length > 0 ? [half] : [])];
    this.#cached = [];
    this.#rebuild();
  }

  /** Forgets the newest record of a run that was synced, and every sign of it: what no disk may do. */
  forgetLast(runId: string): void {
    const all = this.records(runId);
    if (all.length < 2) return;
    const last = all.at(-1)!;
    this.#synced = this.#synced.map((transaction) =>
      transaction.filter((change) => change.table !== "records" || change.record !== last),
    );
    this.heads.set(runId, { count: all.length - 1, hash: all.at(-2)!.hash });
    this.#rebuild();
  }

  #rebuild(): void {
    this.#records = new Map();
    this.#leases = new Map();
    this.#requests = [];
    for (const transaction of this.#synced) for (const change of transaction) this.#apply(change);
  }

  #apply(change: Change): void {
    switch (change.table) {
      case "records": {
        const records = this.#records.get(change.runId);
        if (records) records.push(change.record);
        else this.#records.set(change.runId, [change.record]);
        return;
      }
      case "leases":
        if (change.lease) this.#leases.set(change.runId, change.lease);
        else this.#leases.delete(change.runId);
        return;
      case "requests":
        if ("put" in change) this.#requests.push(change.put);
        else this.#requests = this.#requests.filter(({ id }) => !change.drop.includes(id));
    }
  }
}

/** The first half of a transaction, its last record without its end. */
function tornHalf(transaction: readonly Change[]): Change[] {
  const half = transaction.slice(0, Math.max(1, Math.floor(transaction.length / 2)));
  return half.map((change, index) => {
    if (change.table !== "records" || index < half.length - 1) return change;
    const { record } = change;
    return { ...change, record: { ...record, body: record.body.slice(0, record.body.length / 2) } };
  });
}
