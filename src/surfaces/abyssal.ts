import type { Observable } from "rxjs";
import type { Decision } from "../actors/question.ts";
import type { RunEvent } from "../actors/run-events.ts";
import type { DurableEngine, RunSummary } from "../engine/durable-engine.ts";
import type { BatchOrigin, RunHandle, RunOrigin, StartOptions } from "../engine/engine.ts";
import type {
  AgentExplanation,
  Explanation,
  GroupExplanation,
  RunExplanation,
} from "../engine/explain/explanation.ts";
import type { ResilienceEvent } from "../engine/resilience/events.ts";
import type { ResourceStatus } from "../engine/resilience/guard.ts";
import { type CacheStats, NO_CACHE } from "../engine/result-cache.ts";
import { unknownMerges } from "../plan/board-rules.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError, type Diagnostic, hasErrors } from "../shared/diagnostic.ts";
import type { JsonObject } from "../shared/json.ts";
import type { AbyssalParts } from "./abyssal-parts.ts";
import type { AnalyticsReport } from "./analytics/analytics.ts";
import { type Batch, type BatchResult, joined } from "./batch.ts";
import { runBudget } from "./budget-settings.ts";
import { changedPlan } from "./changed-plan.ts";
import { checkDecision } from "./check-decision.ts";
import { checkStart } from "./check-start.ts";
import { commandText } from "./command-text.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { explainRecorded } from "./explain-run.ts";
import { checkBatch, findBatch } from "./find-batch.ts";
import { LiveRun } from "./live-run.ts";
import { runTimeoutMs } from "./plan-settings.ts";
import { Planner } from "./planner.ts";
import { notDurable, nothingToResume } from "./resume-faults.ts";
import type { RunRecord } from "./run-archive.ts";
import type { RunResult } from "./run-result.ts";

export type { BatchResult, Decision };

/** Whose run it is to be; `runId` is made up where it is left out. */
export type Acceptance = { readonly runId?: string; readonly origin: RunOrigin };

export type Accepted = {
  readonly runId: string;
  readonly isNew: boolean;
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
};

type Admitted = {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  readonly start: Omit<StartOptions, "runId">;
};

/** The runtime as a library: a planner that runs what it plans. Bad input throws AbyssalError; a failed run does not throw. */
export class Abyssal extends Planner {
  readonly #parts: AbyssalParts;

  constructor(parts: AbyssalParts) {
    super(parts);
    this.#parts = parts;
  }

  /** Starts a program, or a plan made before; throws AbyssalError before anything runs, POLICY_REFUSED among others. */
  start(program: string | Plan, options: ExecuteOptions = {}): LiveRun {
    return this.#start(program, options);
  }

  #start(program: string | Plan, options: ExecuteOptions, batch?: BatchOrigin): LiveRun {
    const { plan, warnings, start } = this.#admit(program, options, batch);
    const { engine, ids, inspect } = this.#parts;
    const handle = engine.start(this.routing.corrected(plan), {
      ...start,
      runId: ids.runId(),
      ...(inspect ? { inspect } : {}),
    });
    this.observatory.watch(handle);
    return new LiveRun(handle, this.#parts, {
      warnings,
      ended: this.routing.begin(plan),
      signal: options.signal,
    });
  }

  /** Everything that may keep a program from being run is found here; nothing has begun then. */
  #admit(program: string | Plan, options: ExecuteOptions, batch?: BatchOrigin): Admitted {
    checkStart(program, options);
    const { plan, warnings } =
      typeof program === "string" ? this.compile(program, options) : { plan: program, warnings: [] };
    const ofBudgets = this.judgeBudgets(plan, options);
    const over = ofBudgets.filter(({ severity }) => severity === "error");
    if (over.length > 0) throw new AbyssalError(over);
    const budget = runBudget(options, this.config);
    const strange = unknownMerges(plan.blackboard, this.#parts.merges, plan.id);
    if (strange.length > 0) throw new AbyssalError(strange);
    const { policy } = this.#parts;
    const findings = this.judge(plan);
    if (hasErrors(findings)) throw new AbyssalError(findings);
    const start = {
      timeoutMs: runTimeoutMs(this.config, options),
      ...(budget ? { budget } : {}),
      ...(policy ? { policyHash: policy.hash } : {}),
      ...(options.cache === undefined ? {} : { cache: options.cache }),
      ...(batch ? { batch } : {}),
    };
    return { plan, warnings: [...warnings, ...ofBudgets, ...findings], start };
  }

  /**
   * Takes a program on without beginning it: durable when it resolves, `begin` begins it, whoever calls that. Not `isNew` when a
   * run of this id is recorded already: nothing has changed then. Rejects as `start` throws, and with RUN_NOT_DURABLE.
   */
  async accept(
    program: string | readonly string[] | Batch,
    options: ExecuteOptions,
    { runId = this.#parts.ids.runId(), origin }: Acceptance,
  ): Promise<Accepted> {
    const durable = this.#durable("accept");
    const batch = typeof program === "string" ? undefined : joined(program, options.source);
    const { plan, warnings, start } = this.#admit(
      batch?.text ?? (program as string),
      options,
      batch && originOf(batch),
    );
    const isNew = await durable.accept(this.routing.corrected(plan), { ...start, runId, origin });
    return { runId, isNew, plan, warnings };
  }

  /** Begins a run that was accepted, or goes on with it where its records end. Throws as `resume` does. */
  begin(runId: string): LiveRun {
    const { handle, past } = this.#take(runId);
    return new LiveRun(handle, this.#parts, { past, ended: this.routing.begin(handle.plan) });
  }

  /**
   * Goes on with a run that its process did not finish; without an id, with the newest one. Its plan is the recorded one,
   * whatever has become of the templates; RUN_PLAN_CHANGED among its warnings tells of that. Throws AbyssalError
   * RUN_NOT_DURABLE, RUN_UNKNOWN, RUN_ENDED, RUN_OWNED, JOURNAL_*.
   */
  resume(runId?: string, options: Pick<ExecuteOptions, "signal"> = {}): LiveRun {
    this.#durable("resume");
    const wanted = runId ?? this.#undriven()[0]?.runId;
    if (wanted === undefined) throw new AbyssalError([nothingToResume()]);
    const { handle, past } = this.#take(wanted);
    const warnings = changedPlan(wanted, handle.plan, this.templates, this.settings({}));
    const ended = this.routing.begin(handle.plan);
    return new LiveRun(handle, this.#parts, { past, warnings, ended, signal: options.signal });
  }

  /**
   * Goes on with a batch, without an id with the newest unfinished one of `origin`; its commands are the recorded ones.
   * Throws AbyssalError BATCH_UNKNOWN, and as `resume` does.
   */
  resumeBatch(origin: string, runId?: string, options: Pick<ExecuteOptions, "signal"> = {}): LiveRun {
    const durable = this.#durable("resumeBatch");
    if (runId !== undefined) checkBatch(durable, runId);
    return this.resume(runId ?? findBatch(durable, origin, this.#undriven()), options);
  }

  /**
   * Decides what a person is asked: the process that drives the run is told (`sentTo`: its id), or the run is resumed
   * here. Throws AbyssalError APPROVAL_UNKNOWN, APPROVAL_INVALID, APPROVAL_LATE, and as `resume` does.
   */
  decide(runId: string, path: string, decision: Decision): LiveRun | { readonly sentTo: number } {
    const durable = this.#durable("decide");
    const { records, pending } = durable.replayed(runId);
    const checked = records.ended
      ? decision
      : checkDecision(pending.questions, path, decision, this.#parts.clock.nowMs());
    try {
      const run = this.resume(runId);
      run.decide(path, checked);
      return run;
    } catch (error) {
      if (!(error instanceof AbyssalError) || error.code !== "RUN_OWNED") throw error;
      const receipt = durable.signal(runId, { ...checked, type: "decide", path });
      if (receipt.kind === "sent") return { sentTo: receipt.pid };
      return new LiveRun(receipt.handle, this.#parts, {});
    }
  }

  /**
   * Why a recorded run is where it is, or one of its nodes (`path`), as the chain of recorded facts; nothing is disturbed by it,
   * wherever the run is driven. Throws AbyssalError RUN_NOT_DURABLE, RUN_UNKNOWN, RUN_NODE_UNKNOWN, JOURNAL_*.
   */
  explain(runId: string): RunExplanation;
  explain(runId: string, path: string): AgentExplanation | GroupExplanation;
  explain(runId: string, path?: string): Explanation {
    return explainRecorded(this.#durable("explain"), runId, path);
  }

  /** How the recorded runs went that ended since, ms since the epoch; default: all. Rejects with RUN_NOT_DURABLE, JOURNAL_*. */
  async analytics({ sinceMs = null }: { readonly sinceMs?: number | null } = {}): Promise<AnalyticsReport> {
    const { analyse } = await import("./analytics/analytics.ts");
    return analyse(this.#durable("analytics"), sinceMs, this.#parts.clock);
  }

  /**
   * As a planner's; the journal and the cache are let go of too. Unfinished runs stop where they are: durable ones may be resumed, others
   * end as cancelled before it resolves.
   */
  override async close(): Promise<void> {
    await this.#parts.engine.close();
    this.#parts.cache?.close();
    await super.close();
  }

  /** How the cache stands, and its hits and misses by template; all zero when it is turned off. Throws AbyssalError CACHE_*. */
  cacheStats(): CacheStats {
    return this.#parts.cache?.stats() ?? NO_CACHE;
  }

  /** Forgets every cached result and count; gives what there was. Throws AbyssalError CACHE_UNAVAILABLE. */
  clearCache(): Pick<CacheStats, "entries" | "bytes"> {
    return this.#parts.cache?.clear() ?? { entries: 0, bytes: 0 };
  }

  /** Runs a program to its end. */
  async execute(program: string | Plan, options: ExecuteOptions = {}): Promise<RunResult> {
    return this.start(program, options).result;
  }

  /** Runs one template with parameters by name. */
  async executeWithParams(
    template: string,
    parameters: JsonObject,
    options: ExecuteOptions = {},
  ): Promise<RunResult> {
    return this.execute(commandText(template, parameters), options);
  }

  /**
   * Starts commands as one batch, within one set of limits; all are checked before the first one starts. `origin` is the name by
   * which `resumeBatch` finds it again.
   */
  startBatch(
    commands: readonly string[] | Batch,
    options: ExecuteOptions = {},
    origin: string | null = null,
  ): LiveRun {
    const batch = joined(commands, options.source);
    return this.#start(batch.text, { source: "<batch>", ...options }, originOf(batch, origin));
  }

  /** Runs commands as one batch to its end. */
  async executeBatch(commands: readonly string[], options: ExecuteOptions = {}): Promise<BatchResult> {
    return (await this.startBatch(commands, options).batchResult())!;
  }

  /** What is remembered of a run; undefined when there is no such run. */
  getStatus(runId: string): Promise<RunRecord | undefined> {
    return this.#parts.archive.get(runId);
  }

  /** Every run that is remembered, the newest first; a durable runtime leaves the results to `getStatus`. */
  runs(): Promise<readonly RunRecord[]> {
    return this.#parts.archive.list();
  }

  /** How the models, hosts, commands and functions stand that runs of this process have called. */
  resources(): readonly ResourceStatus[] {
    return this.#parts.resilience.status();
  }

  /** Changes of state of what guards them, of all runs: breakers that open and close, budgets that are spent. */
  get resilience$(): Observable<ResilienceEvent> {
    return this.#parts.resilience.events$;
  }

  /** Drives a recorded run here, watched by all who watch; with what had happened before. */
  #take(runId: string): { readonly handle: RunHandle; readonly past: readonly RunEvent[] } {
    const { inspect } = this.#parts;
    const past: RunEvent[] = [];
    let isPast = true;
    const handle = this.#durable("begin").resume(runId, {
      observe: (event) => void (isPast && past.push(event)),
      ...(inspect ? { inspect } : {}),
    });
    isPast = false;
    this.observatory.watch(handle, past);
    return { handle, past };
  }

  /** Unfinished runs that nobody drives, the newest first. */
  #undriven(): readonly RunSummary[] {
    return this.#durable("resume")
      .list({ unfinished: true })
      .filter(({ pid }) => pid === null);
  }

  #durable(asked: string): DurableEngine {
    if (!this.#parts.durable) throw new AbyssalError([notDurable(asked)]);
    return this.#parts.durable;
  }
}

function originOf({ commands, statements }: Batch, source: string | null = null): BatchOrigin {
  return { source, commands, statements };
}
