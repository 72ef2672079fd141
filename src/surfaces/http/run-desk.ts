import type { RunEvent } from "../../actors/run-events.ts";
import type { RunSummary } from "../../engine/durable-engine.ts";
import { DEFAULT_TENANT, type RunOrigin } from "../../engine/engine.ts";
import type { Clock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import type { Decision } from "../abyssal.ts";
import { LiveRun } from "../live-run.ts";
import { logRun } from "../log/log-runs.ts";
import type { Log } from "../log.ts";
import type { RunRecord } from "../run-archive.ts";
import type { RunResult } from "../run-result.ts";
import type { Service } from "../service.ts";
import { Refusal } from "./problem.ts";
import { RecentTexts } from "./recent-texts.ts";
import type { ReplayedRuns } from "./replayed-runs.ts";
import { RunQueue } from "./run-queue.ts";
import { keyedRunId, repeated, type Submission, type Submitted } from "./submission.ts";

/** How far a run under way has come: agents by state. */
export type Progress = { readonly running: number; readonly ended: number; readonly failed: number };

export type DeskLimits = {
  /** Runs at work at the same time, those aside that wait for people. */
  readonly maxRunning: number;
  /** Runs that wait for their turn. */
  readonly maxQueued: number;
};

export type DeskPorts = {
  readonly limits: () => DeskLimits;
  /** How runs ended that are in nobody's memory. */
  readonly past: Pick<ReplayedRuns, "resultOf">;
  readonly clock: Clock;
  readonly log: Log;
};

type Seat = {
  readonly tenant: string;
  readonly run: LiveRun;
  readonly running: Set<string>;
  ended: number;
  failed: number;
  isSuspended: boolean;
};

/** The answers of runs that have ended, kept so that reading one again costs nothing. */
const ANSWERS_BYTES = 32 * 1024 * 1024;

/** Runs kept at hand that wait for people; more of them count as being at work. */
const SUSPENDED_MAX = 1_000;

const RETRY_AFTER_S = 1;

/**
 * Purpose: take runs on for many tenants, run so many at a time, and say how each stands.
 * Owns: the runs that this process drives. Does not own: who begins when (the queue), their records (the engine's), who may ask.
 * Invariants:
 * D1 what `submit` has resolved is on the disk: it is run by this server, or by the next one.
 * D2 no more than `maxRunning` runs are at work and no more than `maxQueued` wait; whoever comes then is refused, not kept. Of runs
 *    that wait for people `SUSPENDED_MAX` are kept at hand beside them.
 * D3 a run is there for its own tenant only; for all others it is unknown.
 * D5 the same key of the same tenant is the same run, for ever; with other content it is refused.
 */
export class RunDesk {
  readonly #service: Service;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: () => DeskLimits;
  readonly #past: Pick<ReplayedRuns, "resultOf">;
  readonly #queue: RunQueue;
  readonly #seats = new Map<string, Seat>();
  readonly #answers = new RecentTexts<{ readonly tenant: string }>(ANSWERS_BYTES);
  readonly #idle = new Set<() => void>();
  #arriving = 0;
  #isClosed = false;

  constructor(service: Service, { limits, past, clock, log }: DeskPorts) {
    this.#service = service;
    this.#limits = limits;
    this.#past = past;
    this.#clock = clock;
    this.#log = log;
    this.#queue = new RunQueue({
      clock,
      max: () => limits().maxQueued,
      hasRoom: () => this.#atWork < limits().maxRunning,
      calm: () => service.engine.calm(),
      begin: (runId) => this.#beginQueued(runId),
    });
  }

  /** Runs that wait, and that are driven here. */
  get load(): { readonly queued: number; readonly running: number; readonly suspended: number } {
    const suspended = this.#suspended;
    return { queued: this.#queue.size + this.#arriving, running: this.#seats.size - suspended, suspended };
  }

  get #suspended(): number {
    let suspended = 0;
    for (const seat of this.#seats.values()) if (seat.isSuspended) suspended++;
    return suspended;
  }

  /** Runs that take up room: those that wait for people as well, beyond a limit. */
  get #atWork(): number {
    return this.#seats.size - Math.min(this.#suspended, SUSPENDED_MAX);
  }

  /** Whether a run waits for its turn here. */
  isQueued(runId: string): boolean {
    return this.#queue.has(runId);
  }

  /** Takes up again what an earlier server has promised and not finished. */
  recover(): number {
    const left = this.#service.engine
      .list({ unfinished: true })
      .filter(({ pid, origin }) => origin && pid === null)
      .reverse();
    for (const { runId } of left) this.#queue.add(runId);
    this.#queue.pump();
    return left.length;
  }

  /** Throws Refusal QUEUE_FULL, DRAINING, IDEMPOTENCY_CONFLICT, and as `Abyssal.start` does. */
  async submit({ tenant, by, program, options, key, requestHash }: Submission): Promise<Submitted> {
    if (this.#isClosed) throw draining();
    const runId = key === undefined ? undefined : keyedRunId(tenant, key);
    const known = runId === undefined ? null : this.#service.engine.summary(runId);
    if (known) return repeated(known.runId, known.origin, requestHash);
    if (this.#queue.size + this.#arriving >= this.#limits().maxQueued)
      throw new Refusal(429, "QUEUE_FULL", "so many runs wait already that no more are taken", {
        retryAfterS: RETRY_AFTER_S,
      });
    this.#arriving++;
    this.#queue.arriving();
    try {
      const origin: RunOrigin = { tenant, by, ...(requestHash === undefined ? {} : { requestHash }) };
      const accepted = await this.#service.abyssal.accept(program, options, {
        origin,
        ...(runId === undefined ? {} : { runId }),
      });
      if (!accepted.isNew)
        return repeated(accepted.runId, this.#service.engine.summary(accepted.runId)?.origin, requestHash);
      this.#queue.add(accepted.runId);
      return { runId: accepted.runId, isNew: true, warnings: accepted.warnings };
    } finally {
      this.#arriving--;
      this.#queue.pump();
    }
  }

  /** Whether the answer of a run that has ended is kept. */
  isAtHand(runId: string): boolean {
    return this.#answers.has(runId);
  }

  /** How a run stands, as JSON text; at once, unless its records must be replayed. Throws as `find` does, and Refusal RESULTS_BUSY. */
  status(tenant: string, runId: string): string | Promise<string> {
    const answer = this.#answers.get(runId);
    if (answer) {
      if (answer.tag.tenant !== tenant) throw unknownRun(runId);
      return answer.text;
    }
    const summary = this.find(tenant, runId);
    if (summary.endedAtMs === null) return this.#shown({ ...this.#standing(summary), result: null });
    return this.#past.resultOf(runId).then((result) => this.#remember(summary, result));
  }

  /** Runs of a tenant, the newest first. Throws AbyssalError RUN_UNKNOWN when there is no run `before`, JOURNAL_*. */
  list(tenant: string, { limit, before }: { readonly limit: number; readonly before?: string }): RunPage {
    if (before !== undefined) this.find(tenant, before);
    const found = this.#service.engine.list({
      tenant,
      limit: limit + 1,
      ...(before === undefined ? {} : { before }),
    });
    const runs = found.slice(0, limit).map((summary) => this.#standing(summary));
    return { runs, next: found.length > limit ? runs.at(-1)!.runId : null };
  }

  /** Throws AbyssalError RUN_UNKNOWN, JOURNAL_*. */
  find(tenant: string, runId: string): RunSummary {
    const summary = this.#service.engine.summary(runId);
    if (!summary || tenantOf(summary.origin) !== tenant) throw unknownRun(runId);
    return summary;
  }

  /** Resolves with how the run stands once it has ended, or `timeoutMs` later. */
  async waitFor(tenant: string, runId: string, timeoutMs: number): Promise<string> {
    this.find(tenant, runId);
    const untilMs = this.#clock.nowMs() + timeoutMs;
    const seat = this.#seats.get(runId) ?? (await this.#seated(runId, untilMs));
    if (seat) {
      const timer = this.#timer(untilMs);
      await Promise.race([seat.run.result.catch(() => {}), timer.over]);
      timer.stop();
      // The answer is kept in a turn of its own, after everybody who awaits the result.
      await Promise.resolve();
    }
    return this.status(tenant, runId);
  }

  /** Stops a run, wherever it is driven. Throws AbyssalError RUN_UNKNOWN, RUN_ENDED, JOURNAL_*. */
  cancel(tenant: string, runId: string, reason: string): void {
    this.find(tenant, runId);
    this.#queue.delete(runId);
    const seat = this.#seats.get(runId);
    if (seat) {
      seat.run.cancel(reason).catch(() => {});
      return;
    }
    const receipt = this.#service.engine.signal(runId, { type: "cancel", reason });
    if (receipt.kind === "applied") receipt.handle.ended.catch(() => {});
  }

  /** Throws AbyssalError RUN_UNKNOWN, APPROVAL_*, RUN_ENDED, JOURNAL_*. */
  decide(tenant: string, runId: string, path: string, decision: Decision): void {
    this.find(tenant, runId);
    const seat = this.#seats.get(runId);
    if (seat) {
      seat.run.decide(path, decision);
      return;
    }
    this.#queue.delete(runId);
    const decided = this.#service.abyssal.decide(runId, path, decision);
    if (decided instanceof LiveRun) this.#seat(decided);
  }

  /** Goes on with a run that nobody drives. Throws AbyssalError RUN_UNKNOWN, RUN_ENDED, RUN_OWNED. */
  resume(tenant: string, runId: string): void {
    if (this.#isClosed) throw draining();
    const summary = this.find(tenant, runId);
    if (this.#queue.has(runId)) return;
    if (summary.endedAtMs !== null || summary.pid !== null) {
      this.#begin(runId);
      return;
    }
    this.#queue.add(runId);
    this.#queue.pump();
  }

  /** Begins nothing more; resolves when nothing is at work here, or `patienceMs` later. What waits or goes on is kept. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#queue.close();
    await this.#waitWhile(() => this.load.running > 0, this.#clock.nowMs() + patienceMs);
  }

  #standing({ waitingFor, ...summary }: RunSummary): RunStanding {
    const { runId, program, planHash, acceptedAtMs, agents, status, endedAtMs } = summary;
    const seat = this.#seats.get(runId);
    return {
      runId,
      status: this.#queue.has(runId) ? "queued" : status,
      program,
      planHash,
      acceptedAtMs,
      endedAtMs,
      agents,
      progress: seat ? { running: seat.running.size, ended: seat.ended, failed: seat.failed } : null,
      waitingFor,
    };
  }

  /** JSON text without secrets. */
  #shown(value: object): string {
    return this.#service.abyssal.observatory.secrets.json(value);
  }

  #remember(summary: RunSummary, result: RunResult): string {
    const text = this.#shown({ ...this.#standing(summary), progress: null, result });
    this.#answers.put(summary.runId, text, { tenant: tenantOf(summary.origin) });
    return text;
  }

  #begin(runId: string): void {
    this.#queue.delete(runId);
    this.#seat(this.#service.abyssal.begin(runId));
  }

  /** Begins a run whose turn has come, unless another process was quicker, or has ended it. */
  #beginQueued(runId: string): void {
    try {
      this.#begin(runId);
    } catch (error) {
      if (!(error instanceof AbyssalError)) throw error;
      this.#log.warn({ event: "run.notBegun", runId, err: error }, "run could not be begun");
      // D1: a lock is let go of some time; whatever else it is will not be another time.
      if (error.code === "JOURNAL_BUSY") this.#queue.add(runId);
    }
  }

  #seat(run: LiveRun): void {
    const { runId } = run;
    const summary = this.#service.engine.summary(runId);
    const tenant = tenantOf(summary?.origin);
    const isSuspended = summary?.status === "suspended";
    const seat: Seat = { tenant, run, running: new Set(), ended: 0, failed: 0, isSuspended };
    this.#seats.set(runId, seat);
    run.events$.subscribe((event) => this.#note(seat, event));
    logRun(run, this.#log);
    this.#wake();
    run.result
      .then(
        (result) => {
          const summary = this.#service.engine.summary(runId);
          if (summary) this.#remember(summary, result);
        },
        (error: unknown) => this.#log.error({ event: "run.lost", runId, err: error }, "run was let go"),
      )
      .finally(() => {
        this.#seats.delete(runId);
        this.#wake();
        this.#queue.pump();
      });
  }

  #note(seat: Seat, event: RunEvent): void {
    if (event.type === "run.suspended") {
      seat.isSuspended = true;
      this.#queue.pump();
    } else if ("path" in event && event.type !== "agent.awaitingApproval") seat.isSuspended = false;
    if (event.type === "agent.running") seat.running.add(event.path);
    else if (event.type === "agent.ended") {
      seat.running.delete(event.path);
      seat.ended++;
      if (event.status === "failed") seat.failed++;
    } else if (event.type === "agent.backingOff" || event.type === "agent.held")
      seat.running.delete(event.path);
  }

  /** The seat that a run takes once its turn has come. */
  async #seated(runId: string, untilMs: number): Promise<Seat | undefined> {
    await this.#waitWhile(() => this.#queue.has(runId) && !this.#isClosed, untilMs);
    return this.#seats.get(runId);
  }

  /** Resolves when something no longer holds, as seats are taken and left, or when it is too late. */
  async #waitWhile(holds: () => boolean, untilMs: number): Promise<void> {
    const timer = this.#timer(untilMs);
    let isOver = false;
    void timer.over.then(() => {
      isOver = true;
    });
    while (holds() && !isOver)
      await Promise.race([new Promise<void>((resolve) => this.#idle.add(resolve)), timer.over]);
    timer.stop();
  }

  #wake(): void {
    for (const waiting of [...this.#idle]) waiting();
    this.#idle.clear();
  }

  #timer(untilMs: number): { readonly over: Promise<void>; stop(): void } {
    let stop = (): void => {};
    const over = new Promise<void>((resolve) => {
      stop = this.#clock.at(untilMs, resolve);
    });
    return { over, stop: () => stop() };
  }
}

/** How a run stands, as lists tell it. */
export type RunStanding = Pick<
  RunRecord,
  "runId" | "program" | "planHash" | "endedAtMs" | "agents" | "waitingFor"
> & {
  readonly status: RunSummary["status"] | "queued";
  readonly acceptedAtMs: number;
  /** Null while this server does not drive it. */
  readonly progress: Progress | null;
};

/** Some of a tenant's runs; those after them come before the run `next`. */
export type RunPage = { readonly runs: readonly RunStanding[]; readonly next: string | null };

export function tenantOf(origin: RunOrigin | undefined): string {
  return origin?.tenant ?? DEFAULT_TENANT;
}

function draining(): Refusal {
  return new Refusal(503, "DRAINING", "the server is being shut down", { retryAfterS: 5 });
}

function unknownRun(runId: string): AbyssalError {
  return new AbyssalError([
    { code: "RUN_UNKNOWN", severity: "error", place: runId, message: "no run of this id is recorded here" },
  ]);
}
