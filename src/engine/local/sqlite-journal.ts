import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Question } from "../../actors/question.ts";
import { checkpointed, WAL_PAGES_MAX } from "../../shared/checkpoints.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import {
  apart,
  chainProblem,
  type Draft,
  type Head,
  headAfter,
  type Journal,
  joined,
  NO_RECORDS,
  type Owner,
  type Request,
  type RunEdges,
  type RunsQuery,
  type StoredRecord,
  type Suspension,
  type VerifyReport,
} from "../journal.ts";
import { ALL_RUNS, Heads } from "./heads.ts";
import {
  journalError,
  journalProblem,
  problemsOf,
  runEnded,
  runError,
  translated,
  unknownRun,
} from "./journal-error.ts";
import { Leases } from "./leases.ts";
import { DATABASE_NAME, HEADS_NAME, openDatabase } from "./open-database.ts";
import { PlanTable } from "./plan-table.ts";
import { checkRunId, isRunId } from "./run-id.ts";
import { RunTable } from "./run-table.ts";
import { prepareStatements, type Statements } from "./statements.ts";

type LastRecord = Pick<StoredRecord, "seq" | "kind">;

/**
 * Purpose: keep the records of runs in one SQLite file, shared by the processes of this machine.
 * Owns: the file, the heads beside it, this owner's leases. Does not own: what records mean.
 * Invariants:
 * J1 what `accept` and `commit` return from is on the disk; what they throw from has changed nothing.
 * J2 a run's records form one chain; none is given out that is not whole.
 * J3 only the holder of a run's lease adds to it.
 * J4 requests stand for runs that have not ended.
 */
export class SqliteJournal implements Journal {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #heads: Heads;
  readonly #leases: Leases;
  readonly #runs: RunTable;
  readonly #plans: PlanTable;
  /** Where the records of the runs leased here end. */
  readonly #tails = new Map<string, Head>();
  /** Their numbers. */
  readonly #numbers = new Map<string, number>();
  readonly #isPatient: boolean;
  /** How long a lock of another process is waited for now. */
  #wait: "waitLong" | "waitBriefly" = "waitLong";
  #dataVersion = -1;

  /** `owner`: of the journal whose runs a thread writes; nobody else is kept waiting while it waits for a lock. */
  constructor(folder: string, clock: Clock, { owner }: { readonly owner?: string } = {}) {
    this.#isPatient = owner !== undefined;
    this.#file = join(folder, DATABASE_NAME);
    this.#db = openDatabase(folder);
    this.#heads = new Heads(join(folder, HEADS_NAME));
    try {
      this.#sql = prepareStatements(this.#db);
      this.#sql.waitLong.get();
      this.#runs = new RunTable(this.#db);
      this.#plans = new PlanTable(this.#db);
      this.#leases = new Leases(this.#db, clock, owner);
      if (this.#isPatient) this.leaveCheckpoints();
    } catch (error) {
      this.#db.close();
      throw translated(error, this.#file, "opening");
    }
  }

  /** Who holds the leases that are taken here. */
  get owner(): string {
    return this.#leases.owner;
  }

  /** From now on a thread brings the log into the file (`Checkpoints`). */
  leaveCheckpoints(): void {
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES_MAX}`);
  }

  /** Brings what can be brought of the log into the file. */
  checkpoint(): void {
    checkpointed(this.#db);
  }

  /** Gives up adding to a run that is leased here, to whoever takes it over; undefined when that was done. */
  handOver(runId: string): Head | undefined {
    const tail = this.#tails.get(runId);
    this.#forget(runId);
    return tail;
  }

  /** Adds from now on to a run that was handed over. */
  takeOver(runId: string, tail: Head): void {
    this.#forget(runId);
    this.#tails.set(runId, tail);
  }

  accept(draft: Draft): void {
    const { runId } = draft;
    checkRunId(runId);
    const tails = this.#write(() => {
      if (this.#runs.number(runId) !== undefined)
        throw runError("RUN_EXISTS", runId, "a run of this id is recorded already");
      this.#leases.take(runId);
      return this.#insert([draft], new Map([[runId, NO_RECORDS]]));
    });
    this.#advance(tails);
  }

  enrol(drafts: readonly Draft[]): readonly Draft[] {
    const known: Draft[] = [];
    const tails = this.#briefly(() => {
      const fresh = new Map<string, Draft>();
      for (const draft of drafts) {
        if (fresh.has(draft.runId) || this.#runs.number(draft.runId) !== undefined) known.push(draft);
        else fresh.set(draft.runId, draft);
      }
      const beginnings = new Map([...fresh.keys()].map((runId) => [runId, NO_RECORDS]));
      return this.#insert([...fresh.values()], beginnings);
    });
    // One head for all: they are not driven yet, and a new file for each takes longer than everything else.
    if (tails.size > 0) this.#advance(new Map([[ALL_RUNS, this.#runs.head()!]]));
    return known;
  }

  claim(runId: string): readonly StoredRecord[] {
    // Where there is nothing to claim the journal is not locked for it.
    const last = this.#reading(() => this.#last(runId));
    if (last?.kind === "ended") throw runEnded(runId);
    if (!last) this.read(runId);
    const claimed = (): readonly StoredRecord[] => {
      this.#leases.take(runId);
      // Whoever had it may have gone on since: what counts is what stands there now that nobody else can write.
      const now = this.#verified(runId);
      if (now.at(-1)!.kind === "ended") throw runEnded(runId);
      this.#tails.set(runId, { count: now.length, hash: now.at(-1)!.hash });
      return now;
    };
    return this.#unsynced(() => this.#write(claimed));
  }

  commit(
    drafts: readonly Draft[],
    requestsDone: readonly number[],
    suspensions: readonly Suspension[] = [],
  ): readonly string[] {
    const runIds = [...new Set([...drafts, ...suspensions].map(({ runId }) => runId))];
    let lost: readonly string[] = [];
    const tails = this.#briefly(() => {
      lost = runIds.filter((runId) => !this.#leases.holds(runId));
      const kept = lost.length === 0 ? drafts : drafts.filter(({ runId }) => !lost.includes(runId));
      for (const id of requestsDone) this.#sql.dropRequest.run(id);
      for (const { runId, records, questions } of suspensions)
        if (!lost.includes(runId)) this.#sql.suspend.run(runId, records, JSON.stringify(questions));
      return this.#insert(kept, this.#tails);
    });
    for (const runId of lost) this.#forget(runId);
    this.#advance(tails);
    for (const { runId, kind } of drafts) if (kind === "ended") this.#forget(runId);
    return lost;
  }

  renew(runIds: readonly string[]): readonly string[] {
    const renewed = (): readonly string[] => {
      const lost = runIds.filter((runId) => !this.#leases.holds(runId));
      for (const runId of runIds) if (!lost.includes(runId)) this.#leases.renew(runId);
      return lost;
    };
    return this.#unsynced(() => this.#briefly(renewed));
  }

  release(runIds: readonly string[]): void {
    this.#write(() => {
      for (const runId of runIds) this.#leases.drop(runId);
    });
    for (const runId of runIds) this.#forget(runId);
  }

  ownerOf(runId: string): Owner | null {
    return this.#reading(() => this.#leases.ownerOf(runId));
  }

  read(runId: string, after: Head = NO_RECORDS): readonly StoredRecord[] {
    return this.#reading(() => this.#verified(runId, after));
  }

  list(query: RunsQuery = {}): readonly RunEdges[] {
    return this.#reading(() => this.#runs.select(query).map((edges) => this.#withQuestions(edges)));
  }

  edges(runId: string): RunEdges | null {
    return this.#reading(() => {
      const edges = this.#runs.get(runId);
      if (edges) return this.#withQuestions(edges);
      this.#checkAll();
      return null;
    });
  }

  request(runId: string, body: string): void {
    this.#write(() => {
      const last = this.#last(runId);
      if (!last) throw unknownRun(runId);
      if (last.kind === "ended") throw runEnded(runId);
      this.#sql.addRequest.run(runId, body);
    });
  }

  requests(runIds: readonly string[], { fresh }: { readonly fresh: boolean }): readonly Request[] {
    return this.#reading(() => {
      const version = Number(Object.values(this.#sql.dataVersion.get()!)[0]);
      if (fresh && version === this.#dataVersion) return [];
      // Who asks for some runs only must not make the others' requests look old.
      if (fresh) this.#dataVersion = version;
      const rows = runIds.flatMap((runId) => this.#sql.requestsOf.all(runId) as unknown as Request[]);
      return rows.sort((a, b) => a.id - b.id);
    });
  }

  verify(runId?: string): VerifyReport {
    return this.#reading(() => {
      const ids = runId === undefined ? new Set([...this.#runs.ids(), ...this.#heads.list()]) : [runId];
      const problems: Diagnostic[] = [];
      let runs = 0;
      let records = 0;
      if (runId === undefined)
        for (const check of [() => this.#checkAll(), () => this.#runs.checkNumbers(this.#file)])
          problems.push(...problemsOf(this.#file, check));
      for (const id of ids) {
        runs++;
        const found = problemsOf(id, () => {
          const verified = this.#verified(id);
          records += verified.length;
          const problem = this.#runs.problem(id, verified);
          if (problem !== null) throw journalError("JOURNAL_CORRUPT", id, problem);
        });
        problems.push(...found);
      }
      return { runs, records, problems };
    });
  }

  close(): void {
    this.#heads.closeAll();
    if (this.#db.isOpen) this.#db.close();
  }

  #last(runId: string): LastRecord | undefined {
    const number = this.#runs.number(runId);
    return number === undefined ? undefined : (this.#sql.last.get(number) as LastRecord | undefined);
  }

  /** What a run that has not ended waits for, as of all its records. */
  #withQuestions(edges: RunEdges): RunEdges {
    if (edges.ended) return edges;
    const { runId } = edges;
    const last = this.#last(runId);
    const found = last && this.#sql.suspension.get(runId, last.seq + 1);
    const row = found as { readonly questions: string } | undefined;
    return row ? { ...edges, waitingFor: JSON.parse(row.questions) as readonly Question[] } : edges;
  }

  #verified(runId: string, after: Head = NO_RECORDS): readonly StoredRecord[] {
    // Before the records: a head that another process writes meanwhile must not count as records that are lost.
    const head = isRunId(runId) ? this.#heads.read(runId) : null;
    const number = this.#runs.number(runId);
    const rows = number === undefined ? [] : this.#sql.records.all(number, after.count);
    const together = rows as unknown as readonly StoredRecord[];
    if (together.length === 0 && !head && after.count === 0) {
      this.#checkAll();
      throw unknownRun(runId);
    }
    const problem = chainProblem(runId, together, head, after);
    const records = problem === null ? this.#plans.whole(apart(together)) : null;
    if (records) return records;
    const message = problem ?? "its plan is missing or was changed";
    throw new AbyssalError([{ ...journalProblem("JOURNAL_CORRUPT", runId, message), got: this.#file }]);
  }

  /** Throws when runs that were taken on are gone: then one that is not known may be one of them. */
  #checkAll(): void {
    const head = this.#heads.read(ALL_RUNS);
    if (!head || this.#runs.head(head.count)?.hash === head.hash) return;
    throw journalError("JOURNAL_CORRUPT", this.#file, "runs that were taken on last are missing");
  }

  #insert(drafts: readonly Draft[], from: ReadonlyMap<string, Head>): Map<string, Head> {
    const tails = new Map<string, Head>();
    for (const draft of joined(drafts)) {
      const { runId, kind } = draft;
      const tail = tails.get(runId) ?? from.get(runId);
      if (!tail) throw new Error(`journal: ${runId} is not leased here`);
      const body = this.#plans.put(draft);
      const end = headAfter(tail, { runId, kind, body });
      const number = kind === "accepted" ? this.#runs.add(runId, body) : this.#numberOf(runId);
      this.#sql.insert.run(number, tail.count, kind, body, end.hash);
      tails.set(runId, end);
      if (kind === "ended") {
        this.#runs.finish(runId, body);
        this.#leases.drop(runId);
        this.#sql.dropRequests.run(runId);
        this.#sql.dropSuspension.run(runId);
      }
    }
    return tails;
  }

  #numberOf(runId: string): number {
    const known = this.#numbers.get(runId) ?? this.#runs.number(runId);
    if (known === undefined) throw new Error(`journal: ${runId} was not taken on`);
    this.#numbers.set(runId, known);
    return known;
  }

  /** After the commit, never before (H1). */
  #advance(tails: ReadonlyMap<string, Head>): void {
    try {
      for (const [runId, tail] of tails) {
        if (runId !== ALL_RUNS) this.#tails.set(runId, tail);
        this.#heads.write(runId, tail);
      }
    } catch (error) {
      throw translated(error, this.#file, "writing");
    }
  }

  #forget(runId: string): void {
    this.#tails.delete(runId);
    this.#numbers.delete(runId);
    this.#heads.close(runId);
  }

  /** For leases, which need not outlive a power cut: whoever held them does not. The next commit of something else syncs them too. */
  #unsynced<T>(write: () => T): T {
    this.#sql.unsynced.run();
    try {
      return write();
    } finally {
      this.#sql.synced.run();
    }
  }

  /** For what is tried again later: a lock of another process is hardly waited for. */
  #briefly<T>(work: () => T): T {
    return this.#write(work, this.#isPatient ? "waitLong" : "waitBriefly");
  }

  /** One transaction; whatever throws inside undoes all of it. */
  #write<T>(work: () => T, wait: "waitLong" | "waitBriefly" = "waitLong"): T {
    try {
      this.#waitFor(wait);
      this.#sql.begin.run();
    } catch (error) {
      throw translated(error, this.#file, "writing");
    }
    try {
      const value = work();
      this.#sql.commit.run();
      return value;
    } catch (error) {
      // After some errors SQLite has rolled back by itself; then there is nothing left to undo.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw translated(error, this.#file, "writing");
    }
  }

  /** Said again only where it changes: one commit after the other has the same wait. */
  #waitFor(wait: "waitLong" | "waitBriefly"): void {
    if (this.#wait === wait) return;
    this.#sql[wait].get();
    this.#wait = wait;
  }

  #reading<T>(work: () => T): T {
    try {
      this.#waitFor("waitLong");
      return work();
    } catch (error) {
      throw translated(error, this.#file, "reading");
    }
  }
}
