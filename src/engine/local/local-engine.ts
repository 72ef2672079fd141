import type { MergeFunction } from "../../actors/blackboard.ts";
import type { Fact, Performer } from "../../actors/ports.ts";
import type { RunEvent } from "../../actors/run-events.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { sha3 } from "../../shared/hash.ts";
import type {
  DurableEngine,
  PastRun,
  Recorded,
  ResumeOptions,
  RunSignal,
  RunSummary,
  SignalReceipt,
} from "../durable-engine.ts";
import type { RunHandle, StartOptions } from "../engine.ts";
import { FollowedRun } from "../followed-run.ts";
import {
  acceptance,
  type Journal,
  type RunEdges,
  type RunsQuery,
  readRun,
  type Terms,
  termsOf,
  type VerifyReport,
} from "../journal.ts";
import { type Replayed, type ReplayOptions, replay } from "../replay.ts";
import type { Gates } from "../resilience/gate.ts";
import { type ResultCache, writeOnly } from "../result-cache.ts";
import { GroupCommit } from "./group-commit.ts";
import { Intake } from "./intake.ts";
import { runEnded, runError, unknownRun } from "./journal-error.ts";
import { JournalWriter } from "./journal-writer.ts";
import { LEASE_MS } from "./leases.ts";
import { type Happening, LocalRun } from "./local-run.ts";
import { journalExists } from "./open-database.ts";
import { Patience } from "./patience.ts";
import { checkRunId } from "./run-id.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

/** How often commands of other processes are looked for, ms. */
const POLL_MS = 100;
const RENEW_MS = LEASE_MS / 3;

export type LocalEngineOptions = {
  /** Where `journal.db` is, or will be at the first run. */
  readonly folder: string;
  readonly clock: Clock;
  /** Of this software; runs that are taken on here bear it. */
  readonly version?: string | undefined;
  readonly performers: ReadonlyMap<string, Performer>;
  /** Results that steps may use again; default: none. */
  readonly cache?: ResultCache | undefined;
  /** What stands between runs and performers; default: nothing. */
  readonly gates?: Gates | undefined;
  /** Merge functions that blackboards may name; default: none. */
  readonly merges?: Readonly<Record<string, MergeFunction>> | undefined;
  /** Opens the journal; default: SQLite in `folder`. */
  readonly openJournal?: () => Journal;
};

/**
 * Purpose: run plans so that they survive the process: whatever is acknowledged is on the disk.
 * Owns: the journal, the leases on the runs driven here, the runs themselves. Does not own: any decision.
 * Invariants:
 * A1 a run that `start` has returned is durable, and is resumed by whoever has its id.
 * A2 recorded work is never done again; unrecorded effects run at least once, under the same idempotency key.
 * A3 after a write that failed nothing is applied or acknowledged any more, by any run of this engine.
 */
export class LocalEngine implements DurableEngine {
  readonly #options: LocalEngineOptions;
  readonly #live = new Map<string, LocalRun>();
  readonly #commits: GroupCommit;
  readonly #intake: Intake;
  /** From the first time on that somebody serves many: takes a run on, or asks for calm. */
  #writer: JournalWriter | null = null;
  readonly #patience = new Patience();
  #opened: Journal | null = null;
  #failure: { readonly error: unknown } | null = null;
  readonly #broken = Promise.withResolvers<unknown>();
  readonly broken = this.#broken.promise;
  #disarm: (() => void) | null = null;
  #renewAtMs = 0;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.#commits = new GroupCommit({
      clock: options.clock,
      commit: (...group) => (this.#writer ?? this.#journal()).commit(...group),
      lost: (runId) => this.#lose(runId),
      failed: (error) => this.#fail(error),
    });
    this.#intake = new Intake({
      clock: options.clock,
      enrol: async (drafts) => this.#byThread().enrol(drafts),
      failed: (error) => this.#fail(error),
    });
  }

  /** Throws AbyssalError RUN_EXISTS, OPTION_INVALID, JOURNAL_*. */
  start(plan: Plan, options: StartOptions): RunHandle {
    const { runId } = options;
    const terms = this.#terms(options);
    this.#writing(() => this.#journal().accept(acceptance(runId, plan, terms)));
    const live = this.#launch(replay(plan, [], { ...options, merges: this.#merges }), [], terms);
    live.record({ type: "run.started" });
    return live.handle;
  }

  async accept(plan: Plan, options: StartOptions): Promise<boolean> {
    checkRunId(options.runId);
    return this.#intake.add(acceptance(options.runId, plan, this.#terms(options)));
  }

  async calm(): Promise<void> {
    if (this.#opened && !this.#failure) this.#byThread();
    await this.#commits.calm();
    await this.#intake.calm();
  }

  /** Has a thread write from now on, where there is one for this journal. */
  #byThread(): JournalWriter | Journal {
    // It is made, and its faults are told, where they would be without a thread.
    const journal = this.#journal();
    if (this.#options.openJournal || !(journal instanceof SqliteJournal)) return journal;
    this.#writer ??= new JournalWriter(this.#options.folder, journal);
    return this.#writer;
  }

  #terms(options: StartOptions): Terms {
    return termsOf(options, this.#options.clock.nowMs(), this.#options.version);
  }

  /**
   * Goes on with a run where its records end. Throws AbyssalError RUN_UNKNOWN, RUN_ENDED, RUN_OWNED, JOURNAL_DIVERGED,
   * JOURNAL_*.
   */
  resume(runId: string, options: ResumeOptions = {}): RunHandle {
    if (this.#live.has(runId)) throw runError("RUN_OWNED", runId, `process ${process.pid} drives this run`);
    const journal = this.#journalOf(runId);
    const records = this.#writing(() => journal.claim(runId));
    const { accepted, facts } = readRun(records);
    let replayed: Replayed;
    try {
      replayed = replay(accepted.plan, facts, { ...options, runId, ...this.#replayOf(accepted) });
    } catch (error) {
      journal.release([runId]);
      throw error;
    }
    const live = this.#launch(replayed, facts, accepted);
    if (facts.length === 0) live.record({ type: "run.started" });
    this.#takeRequests([runId], false);
    return live.handle;
  }

  /** Runs of the folder, the newest first. */
  list(query: RunsQuery = {}): readonly RunSummary[] {
    if (!this.#isThere) return [];
    return this.#journal()
      .list(query)
      .map((edges) => this.#summarised(edges));
  }

  summary(runId: string): RunSummary | null {
    const edges = this.#isThere ? this.#journal().edges(runId) : null;
    return edges && this.#summarised(edges);
  }

  #summarised({ ended, waitingFor, ...edges }: RunEdges): RunSummary {
    const owner = ended ? null : this.#journal().ownerOf(edges.runId);
    const live = this.#live.get(edges.runId);
    const questions = live?.isSuspended ? live.handle.questions : waitingFor;
    const unfinished = questions ? "suspended" : owner?.live ? "running" : "interrupted";
    return {
      ...edges,
      status: ended?.status ?? unfinished,
      endedAtMs: ended?.atMs ?? null,
      pid: owner?.live ? owner.pid : null,
      waitingFor: questions ?? [],
    };
  }

  /** How a run ended, from its records. Throws AbyssalError RUN_UNKNOWN, RUN_UNFINISHED, JOURNAL_*. */
  ended(runId: string): PastRun {
    const { run, records } = this.replayed(runId);
    const { plan, answer, stopped, board, budgets } = run;
    const { ended, facts, accepted } = records;
    if (!ended || run.active) throw runError("RUN_UNFINISHED", runId, "this run has not ended", "resume it");
    const faithful = ended.status === run.status && ended.resultHash === sha3(JSON.stringify(answer));
    const startedAtMs = facts[0]!.atMs;
    return {
      runId,
      plan,
      status: ended.status,
      answer,
      stopped,
      startedAtMs,
      endedAtMs: ended.atMs,
      policyHash: accepted.policyHash ?? null,
      board,
      budgets,
      faithful,
    };
  }

  /** A run as its records tell it so far, without any effect or lease. Throws AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  replayed(runId: string, options: ResumeOptions = {}): Recorded {
    const records = readRun(this.#journalOf(runId).read(runId));
    const { accepted, facts } = records;
    return { ...replay(accepted.plan, facts, { ...options, runId, ...this.#replayOf(accepted) }), records };
  }

  /** A run as its records tell it, to be brought up to date as they grow. Throws AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  follow(runId: string, observe?: (event: RunEvent, seq: number) => void): FollowedRun {
    return new FollowedRun(runId, this.#journalOf(runId), observe, this.#merges);
  }

  /**
   * Gives a run a command: driven here, it is recorded; driven elsewhere, it is sent; driven by nobody, it is resumed
   * here first. Throws as `resume` does.
   */
  signal(runId: string, signal: RunSignal): SignalReceipt {
    const live = this.#live.get(runId);
    if (!live) {
      const journal = this.#journalOf(runId);
      const records = journal.read(runId);
      if (records.at(-1)!.kind === "ended") throw runEnded(runId);
      const owner = journal.ownerOf(runId);
      if (owner?.live) {
        this.#writing(() => journal.request(runId, JSON.stringify(signal)));
        return { kind: "sent", pid: owner.pid };
      }
    }
    const handle = live?.handle ?? this.resume(runId);
    this.#live.get(runId)!.record(happeningOf(signal));
    return { kind: "applied", handle };
  }

  /** Checks every record of a run, or of all: their chain, and that none is missing. */
  verify(runId?: string): VerifyReport {
    if (!this.#isThere) return { runs: 0, records: 0, problems: [] };
    return this.#journal().verify(runId);
  }

  /** Lets go of everything: runs stop where they are, their handles reject with RUN_LET_GO, anybody may resume them. */
  close(): void {
    const journal = this.#opened;
    const closed = runError("RUN_LET_GO", this.#options.folder, "the engine was closed");
    if (this.#failure) this.#commits.stop();
    else this.#commits.close();
    this.#writer?.close(closed);
    this.#intake.stop(closed);
    const runIds = [...this.#live.keys()];
    this.#letGo((runId) => runError("RUN_LET_GO", runId, "the engine was closed", "resume the run"));
    this.#opened = null;
    if (!journal) return;
    try {
      if (!this.#failure) journal.release(runIds);
    } finally {
      this.#failure ??= { error: closed };
      journal.close();
    }
  }

  #launch(replayed: Replayed, facts: readonly Fact[], accepted: Terms): LocalRun {
    const { clock, performers, cache, gates } = this.#options;
    const { runId } = replayed.run;
    const live = new LocalRun(
      {
        clock,
        performers,
        gates,
        cache: accepted.cache === false && cache ? writeOnly(cache) : cache,
        policyHash: accepted.policyHash ?? null,
        batch: accepted.batch ?? null,
        commit: (entry) => this.#commits.add(entry),
        suspended: (suspension) => this.#commits.note(suspension),
        left: () => this.#leave(runId, live),
      },
      replayed,
      facts,
    );
    this.#live.set(runId, live);
    if (!this.#disarm) {
      this.#renewAtMs = clock.nowMs() + RENEW_MS;
      this.#arm();
    }
    return live;
  }

  #leave(runId: string, live: LocalRun): void {
    if (this.#live.get(runId) === live) this.#live.delete(runId);
    if (this.#live.size > 0) return;
    this.#disarm?.();
    this.#disarm = null;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#disarm = clock.at(clock.nowMs() + POLL_MS, () => this.#beat());
  }

  /** Looks after the leases, and for what other processes ask. */
  #beat(): void {
    const runIds = [...this.#live.keys()];
    const nowMs = this.#options.clock.nowMs();
    try {
      if (nowMs >= this.#renewAtMs) {
        for (const runId of this.#journal().renew(runIds)) this.#lose(runId);
        this.#renewAtMs = nowMs + RENEW_MS;
      }
      this.#takeRequests(runIds, true);
      this.#patience.renew();
      this.#arm();
    } catch (error) {
      if (this.#patience.bears(error, nowMs)) this.#arm();
      else this.#fail(error);
    }
  }

  #takeRequests(runIds: readonly string[], fresh: boolean): void {
    for (const { id, runId, body } of this.#journal().requests(runIds, { fresh }))
      this.#live.get(runId)?.record(happeningOf(JSON.parse(body) as RunSignal), id);
  }

  /** What a run was started with beside its plan. */
  #replayOf({ timeoutMs, budget, version }: Terms): Omit<ReplayOptions, "runId"> {
    return { timeoutMs, merges: this.#merges, startedBy: version, ...(budget ? { budget } : {}) };
  }

  get #merges(): Readonly<Record<string, MergeFunction>> {
    return this.#options.merges ?? {};
  }

  #journal(): Journal {
    if (this.#failure) throw this.#failure.error;
    const { openJournal, folder, clock } = this.#options;
    this.#opened ??= openJournal ? openJournal() : new SqliteJournal(folder, clock);
    return this.#opened;
  }

  /** Whether there is a journal, or whoever opens it says so. */
  get #isThere(): boolean {
    const { openJournal, folder } = this.#options;
    return this.#opened !== null || openJournal !== undefined || journalExists(folder);
  }

  /** The journal that should hold a run; asking for a run makes no journal. */
  #journalOf(runId: string): Journal {
    if (!this.#isThere) throw unknownRun(runId);
    return this.#journal();
  }

  #writing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AbyssalError) || error.code === "JOURNAL_WRITE_FAILED") this.#fail(error);
      throw error;
    }
  }

  /** A3: what the disk did not take must not be built upon. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#broken.resolve(error);
    this.#commits.stop();
    this.#intake.stop(error);
    this.#letGo(() => error);
  }

  #lose(runId: string): void {
    const live = this.#live.get(runId);
    this.#live.delete(runId);
    live?.letGo(runError("RUN_OWNED", runId, "another process has taken it over", "this one was too slow"));
  }

  #letGo(errorOf: (runId: string) => unknown): void {
    this.#disarm?.();
    this.#disarm = null;
    const all = [...this.#live];
    this.#live.clear();
    for (const [runId, live] of all) live.letGo(errorOf(runId));
  }
}

function happeningOf(signal: RunSignal): Happening {
  if (signal.type === "cancel") return { type: "run.cancelRequested", reason: signal.reason };
  return { ...signal, type: "approval.decided" };
}
