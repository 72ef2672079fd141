import { DEFAULT_TENANT } from "../../src/engine/engine.ts";
import {
  acceptedBody,
  chainProblem,
  type Draft,
  type Ended,
  type Head,
  headAfter,
  type Journal,
  NO_RECORDS,
  type Owner,
  type Request,
  type RunEdges,
  type RunsQuery,
  readRun,
  type StoredRecord,
  type VerifyReport,
} from "../../src/engine/journal.ts";
import { journalProblem, runError } from "../../src/engine/local/journal-error.ts";
import { LEASE_MS } from "../../src/engine/local/leases.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../src/shared/diagnostic.ts";
import type { Change, SimulatedDisk } from "./simulated-disk.ts";

/** What a journal asks of the process that it belongs to. */
export type JournalHost = {
  readonly pid: number;
  readonly clock: Clock;
  /** Throws when the process is gone: the dead do not read or write. */
  readonly alive: () => void;
  readonly lives: (pid: number) => boolean;
  /** Writes a transaction with whatever befalls it; returns when it is durable. */
  readonly write: (transaction: readonly Change[], drafts: readonly Draft[]) => void;
};

/**
 * Purpose: the journal of one simulated process, on the disk that all share; it promises what the real one does.
 * Owns: where the records of the runs leased here end. Does not own: what befalls a write (the host's).
 */
export class SimulatedJournal implements Journal {
  readonly host: JournalHost;
  readonly disk: SimulatedDisk;
  readonly #tails = new Map<string, Head>();
  #version = -1;

  constructor(host: JournalHost, disk: SimulatedDisk) {
    this.host = host;
    this.disk = disk;
  }

  accept(given: Draft): void {
    this.host.alive();
    const draft = withPlan(given);
    const { runId } = draft;
    if (this.disk.records(runId).length > 0)
      throw runError("RUN_EXISTS", runId, "a run of this id is recorded already");
    const { changes, tails } = this.#placed([draft], new Map([[runId, NO_RECORDS]]));
    this.host.write([...changes, this.leaseOf(runId)], [draft]);
    this.#advance(tails);
  }

  enrol(drafts: readonly Draft[]): readonly Draft[] {
    this.host.alive();
    const fresh = drafts.filter(
      ({ runId }, place) =>
        this.disk.records(runId).length === 0 && drafts.findIndex((one) => one.runId === runId) === place,
    );
    const whole = fresh.map(withPlan);
    const { changes, tails } = this.#placed(whole, new Map(fresh.map(({ runId }) => [runId, NO_RECORDS])));
    this.host.write(changes, whole);
    this.#advance(tails);
    for (const { runId } of fresh) this.#tails.delete(runId);
    return drafts.filter((draft) => !fresh.includes(draft));
  }

  claim(runId: string): readonly StoredRecord[] {
    const records = this.read(runId);
    if (records.at(-1)!.kind === "ended") throw runError("RUN_ENDED", runId, "this run has ended");
    const owner = this.ownerOf(runId);
    if (owner?.live && !this.holds(runId)) throw runError("RUN_OWNED", runId, `process ${owner.pid} drives`);
    this.host.write([this.leaseOf(runId)], []);
    this.#tails.set(runId, { count: records.length, hash: records.at(-1)!.hash });
    return records;
  }

  commit(drafts: readonly Draft[], requestsDone: readonly number[]): readonly string[] {
    this.host.alive();
    const lost = [...new Set(drafts.map(({ runId }) => runId))].filter((runId) => !this.holds(runId));
    const kept = drafts.filter(({ runId }) => !lost.includes(runId));
    const { changes, tails } = this.#placed(kept, this.#tails);
    this.host.write([...changes, { table: "requests", drop: requestsDone }], kept);
    for (const runId of lost) this.#tails.delete(runId);
    this.#advance(tails);
    for (const { runId, kind } of kept) if (kind === "ended") this.#tails.delete(runId);
    return lost;
  }

  renew(runIds: readonly string[]): readonly string[] {
    this.host.alive();
    const lost = runIds.filter((runId) => !this.holds(runId));
    const kept = runIds.filter((runId) => !lost.includes(runId));
    if (kept.length > 0) this.disk.write(kept.map((runId) => this.leaseOf(runId)));
    this.disk.sync();
    return lost;
  }

  release(runIds: readonly string[]): void {
    this.host.alive();
    const held = runIds.filter((runId) => this.holds(runId));
    this.disk.write(held.map((runId) => ({ table: "leases", runId, lease: null })));
    this.disk.sync();
    for (const runId of runIds) this.#tails.delete(runId);
  }

  ownerOf(runId: string): Owner | null {
    this.host.alive();
    const lease = this.disk.lease(runId);
    if (!lease) return null;
    const { owner: pid, expiresAtMs } = lease;
    const mine = pid === this.host.pid;
    return { pid, live: mine || (expiresAtMs > this.host.clock.nowMs() && this.host.lives(pid)) };
  }

  read(runId: string): readonly StoredRecord[] {
    this.host.alive();
    const head = this.disk.heads.get(runId) ?? null;
    const records = [...this.disk.records(runId)];
    if (records.length === 0 && !head)
      throw runError("RUN_UNKNOWN", runId, "no run of this id is recorded here");
    const problem = chainProblem(runId, records, head);
    if (problem !== null) throw new AbyssalError([journalProblem("JOURNAL_CORRUPT", runId, problem)]);
    return records;
  }

  list({ tenant, unfinished, before, limit }: RunsQuery = {}): readonly RunEdges[] {
    this.host.alive();
    const all = this.disk.runIds
      .map((runId) => this.edges(runId)!)
      .sort((a, b) => b.acceptedAtMs - a.acceptedAtMs || (a.runId < b.runId ? 1 : -1));
    const from = before === undefined ? 0 : all.findIndex(({ runId }) => runId === before) + 1;
    const wanted = all
      .slice(from)
      .filter(
        ({ origin, ended }) =>
          (tenant === undefined || (origin?.tenant ?? DEFAULT_TENANT) === tenant) && !(unfinished && ended),
      );
    return wanted.slice(0, limit);
  }

  edges(runId: string): RunEdges | null {
    this.host.alive();
    const records = this.disk.records(runId);
    const last = records.at(-1);
    if (!last) return null;
    const { accepted } = readRun(records.slice(0, 1));
    const { plan, atMs, origin } = accepted;
    return {
      runId,
      program: plan.program,
      planHash: plan.hash,
      acceptedAtMs: atMs,
      agents: plan.bounds.agents.expected,
      ended: last.kind === "ended" ? (JSON.parse(last.body) as Ended) : null,
      ...(origin ? { origin } : {}),
    };
  }

  request(runId: string, body: string): void {
    this.host.alive();
    const last = this.disk.records(runId).at(-1);
    if (!last) throw runError("RUN_UNKNOWN", runId, "no run of this id is recorded here");
    if (last.kind === "ended") throw runError("RUN_ENDED", runId, "this run has ended");
    this.disk.write([{ table: "requests", put: { id: this.disk.nextRequestId(), runId, body } }]);
    this.disk.sync();
  }

  requests(runIds: readonly string[], { fresh }: { readonly fresh: boolean }): readonly Request[] {
    this.host.alive();
    if (fresh && this.#version === this.disk.version) return [];
    if (fresh) this.#version = this.disk.version;
    return this.disk.requests.filter(({ runId }) => runIds.includes(runId));
  }

  verify(runId?: string): VerifyReport {
    const ids = runId === undefined ? this.disk.runIds : [runId];
    const problems: Diagnostic[] = [];
    let records = 0;
    for (const id of ids) {
      try {
        records += this.read(id).length;
      } catch (error) {
        problems.push(...(error as AbyssalError).diagnostics);
      }
    }
    return { runs: ids.length, records, problems };
  }

  close(): void {}

  protected holds(runId: string): boolean {
    return this.disk.lease(runId)?.owner === this.host.pid;
  }

  protected leaseOf(runId: string): Change {
    const expiresAtMs = this.host.clock.nowMs() + LEASE_MS;
    return { table: "leases", runId, lease: { owner: this.host.pid, expiresAtMs } };
  }

  #placed(drafts: readonly Draft[], from: ReadonlyMap<string, Head>) {
    const tails = new Map<string, Head>();
    const changes = drafts.flatMap((draft): Change[] => {
      const { runId, kind, body } = draft;
      const tail = tails.get(runId) ?? from.get(runId);
      if (!tail) throw new Error(`journal: ${runId} is not leased here`);
      const end = headAfter(tail, draft);
      tails.set(runId, end);
      const record = { seq: tail.count, kind, body, hash: end.hash };
      const added: Change = { table: "records", runId, record };
      if (kind !== "ended") return [added];
      const asked = this.disk.requests.filter((request) => request.runId === runId).map(({ id }) => id);
      return [added, { table: "leases", runId, lease: null }, { table: "requests", drop: asked }];
    });
    return { changes, tails };
  }

  /** After the transaction, never before. */
  #advance(tails: ReadonlyMap<string, Head>): void {
    for (const [runId, tail] of tails) {
      this.#tails.set(runId, tail);
      this.disk.heads.set(runId, tail);
    }
  }
}

/** A draft with its plan in its body: here nothing is kept apart. */
function withPlan({ plan, ...draft }: Draft): Draft {
  return plan ? { ...draft, body: acceptedBody(plan.text, draft.body) } : draft;
}
