import type { Observable } from "rxjs";
import type { Decision } from "../actors/question.ts";
import type { RunEvent } from "../actors/run-events.ts";
import { type ParsedProgram, parseProgram } from "../dsl/parse-program.ts";
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
import type { PlanBudget } from "../plan/budget.ts";
import { type Compiled, compilePlan } from "../plan/compile-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanSettings } from "../plan/plan-builder.ts";
import { judgePlan } from "../plan/policy.ts";
import { AbyssalError, type Diagnostic, hasErrors } from "../shared/diagnostic.ts";
import type { JsonObject } from "../shared/json.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import type { Template } from "../templates/template.ts";
import type { AbyssalParts } from "./abyssal-parts.ts";
import type { AnalyticsReport } from "./analytics/analytics.ts";
import { type Batch, type BatchResult, batchProgram } from "./batch.ts";
import { budgetsOf, judgeBudgets } from "./budget.ts";
import { runBudget } from "./budget-settings.ts";
import { changedPlan } from "./changed-plan.ts";
import { checkDecision } from "./check-decision.ts";
import { checkPlan, checkStart, checkText, vouched } from "./check-start.ts";
import { commandText } from "./command-text.ts";
import type { Config } from "./config.ts";
import { explainRecorded } from "./explain-run.ts";
import { checkBatch, findBatch } from "./find-batch.ts";
import { LiveRun } from "./live-run.ts";
import type { Observatory } from "./observatory.ts";
import { planSettings, runTimeoutMs } from "./plan-settings.ts";
import { notDurable, nothingToResume } from "./resume-faults.ts";
import type { Routing } from "./routing.ts";
import type { RunRecord } from "./run-archive.ts";
import type { RunResult } from "./run-result.ts";

/** What may be said for one run; what is left out comes from the configuration. */
export type ExecuteOptions = {
  /** Stops the run when it aborts; the promise still resolves, with what was done by then. */
  readonly signal?: AbortSignal;
  /** Longest time of the run, ms. */
  readonly timeoutMs?: number;
  /** Agents at once. */
  readonly maxConcurrency?: number;
  /** The most that the run's calls of models may take: micro-USD. */
  readonly maxCostMicros?: number;
  /** The most tokens that models may read and write for the run. */
  readonly maxTokens?: number;
  /** False: results of earlier runs are not used; what this run does takes their places. */
  readonly cache?: boolean;
  /** Name of the text in diagnostics; default `<command>`. */
  readonly source?: string;
};

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

/** The runtime as a library: checks, plans and runs programs. Bad input throws AbyssalError; a failed run does not throw. */
export class Abyssal {
  readonly config: Config;
  readonly templates: TemplateRegistry;
  readonly workingFolder: string;
  /** Who does which work: the rules, and what was learned. */
  readonly routing: Routing;
  /** Whoever watches: metrics, and what must not be shown. */
  readonly observatory: Observatory;
  readonly #parts: AbyssalParts;

  constructor(parts: AbyssalParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.templates = parts.registry;
    this.workingFolder = parts.workingFolder;
    this.routing = parts.routing;
    this.observatory = parts.observatory;
  }

  /** Every diagnostic of a program, warnings too, and what the policy finds in its plan; nothing runs. */
  check(text: string, options: ExecuteOptions = {}): readonly Diagnostic[] {
    const parsed = this.#read(text, options);
    if (hasErrors(parsed.diagnostics)) return parsed.diagnostics;
    const compiled = compilePlan(parsed.program, text, this.templates, this.#settings(options));
    if (!compiled.ok) return [...parsed.diagnostics, ...compiled.error];
    return [...parsed.diagnostics, ...compiled.value.warnings, ...this.judge(compiled.value.plan)];
  }

  /** What a program would do, with the warnings about it; throws AbyssalError. */
  compile(text: string, options: ExecuteOptions = {}): Compiled {
    const parsed = this.#read(text, options);
    if (hasErrors(parsed.diagnostics)) throw new AbyssalError(parsed.diagnostics);
    const compiled = compilePlan(parsed.program, text, this.templates, this.#settings(options));
    if (!compiled.ok) throw new AbyssalError([...compiled.error, ...parsed.diagnostics]);
    const { plan, warnings } = compiled.value;
    return { plan: vouched(plan), warnings: [...parsed.diagnostics, ...warnings] };
  }

  plan(text: string, options: ExecuteOptions = {}): Plan {
    return this.compile(text, options).plan;
  }

  /** What the policy finds in a plan; POLICY_REFUSED comes first when it forbids it. Empty without a policy. */
  judge(plan: Plan): readonly Diagnostic[] {
    checkPlan(plan);
    const { policy } = this.#parts;
    return policy ? judgePlan(policy, plan) : [];
  }

  /** Starts a program, or a plan made before; throws AbyssalError before anything runs, POLICY_REFUSED among others. */
  start(program: string | Plan, options: ExecuteOptions = {}): LiveRun {
    return this.#start(program, options);
  }

  /**
   * What is known of a plan's budgets before it runs. Errors, for which it would be refused: BUDGET_EXCEEDED, MODEL_PRICE_UNKNOWN; warning:
   * BUDGET_TIGHT.
   */
  judgeBudgets(plan: Plan, options: ExecuteOptions = {}): readonly Diagnostic[] {
    return judgeBudgets(plan, this.budgetsOf(plan, options), this.#parts.models);
  }

  /** Every budget that a run of a plan would have, its own first, with what the plan may make of it. */
  budgetsOf(plan: Plan, options: ExecuteOptions = {}): readonly PlanBudget[] {
    checkPlan(plan);
    return budgetsOf(plan, runBudget(options, this.config));
  }

  #start(program: string | Plan, options: ExecuteOptions, batch?: BatchOrigin): LiveRun {
    const { plan, warnings, start } = this.#admit(program, options, batch);
    const { engine, archive, ids, inspect } = this.#parts;
    const handle = engine.start(this.routing.corrected(plan), {
      ...start,
      runId: ids.runId(),
      ...(inspect ? { inspect } : {}),
    });
    this.observatory.watch(handle);
    return new LiveRun(handle, archive, {
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
    program: string | Batch,
    options: ExecuteOptions,
    { runId = this.#parts.ids.runId(), origin }: Acceptance,
  ): Promise<Accepted> {
    const durable = this.#durable();
    const isBatch = typeof program !== "string";
    const { plan, warnings, start } = this.#admit(
      isBatch ? program.text : program,
      options,
      isBatch ? { source: null, commands: program.commands, statements: program.statements } : undefined,
    );
    const isNew = await durable.accept(this.routing.corrected(plan), { ...start, runId, origin });
    return { runId, isNew, plan, warnings };
  }

  /** Begins a run that was accepted, or goes on with it where its records end. Throws as `resume` does. */
  begin(runId: string): LiveRun {
    const { handle, past } = this.#take(runId);
    return new LiveRun(handle, this.#parts.archive, { past, ended: this.routing.begin(handle.plan) });
  }

  /**
   * Goes on with a run that its process did not finish; without an id, with the newest one. Its plan is the recorded one,
   * whatever has become of the templates; RUN_PLAN_CHANGED among its warnings tells of that. Throws AbyssalError
   * RUN_NOT_DURABLE, RUN_UNKNOWN, RUN_ENDED, RUN_OWNED, JOURNAL_*.
   */
  resume(runId?: string, options: Pick<ExecuteOptions, "signal"> = {}): LiveRun {
    this.#durable();
    const wanted = runId ?? this.#undriven()[0]?.runId;
    if (wanted === undefined) throw new AbyssalError([nothingToResume()]);
    const { handle, past } = this.#take(wanted);
    const warnings = changedPlan(wanted, handle.plan, this.templates, this.#settings({}));
    const ended = this.routing.begin(handle.plan);
    return new LiveRun(handle, this.#parts.archive, { past, warnings, ended, signal: options.signal });
  }

  /**
   * Goes on with a batch, without an id with the newest unfinished one of `source`; its commands are the recorded ones.
   * Throws AbyssalError BATCH_UNKNOWN, and as `resume` does.
   */
  resumeBatch(source: string, runId?: string, options: Pick<ExecuteOptions, "signal"> = {}): LiveRun {
    const durable = this.#durable();
    if (runId !== undefined) checkBatch(durable, runId);
    return this.resume(runId ?? findBatch(durable, source, this.#undriven()), options);
  }

  /**
   * Decides what a person is asked: the process that drives the run is told (`sentTo`: its id), or the run is resumed
   * here. Throws AbyssalError APPROVAL_UNKNOWN, APPROVAL_INVALID, APPROVAL_LATE, and as `resume` does.
   */
  decide(runId: string, path: string, decision: Decision): LiveRun | { readonly sentTo: number } {
    const durable = this.#durable();
    const { records, pending } = durable.replayed(runId);
    if (!records.ended) checkDecision(pending.questions, path, decision, this.#parts.clock.nowMs());
    try {
      const run = this.resume(runId);
      run.decide(path, decision);
      return run;
    } catch (error) {
      if (!(error instanceof AbyssalError) || error.code !== "RUN_OWNED") throw error;
      const receipt = durable.signal(runId, { ...decision, type: "decide", path });
      if (receipt.kind === "sent") return { sentTo: receipt.pid };
      return new LiveRun(receipt.handle, this.#parts.archive, {});
    }
  }

  /**
   * Why a recorded run is where it is, or one of its nodes (`path`), as the chain of recorded facts; nothing is disturbed by it,
   * wherever the run is driven. Throws AbyssalError RUN_NOT_DURABLE, RUN_UNKNOWN, RUN_NODE_UNKNOWN, JOURNAL_*.
   */
  explain(runId: string): RunExplanation;
  explain(runId: string, path: string): AgentExplanation | GroupExplanation;
  explain(runId: string, path?: string): Explanation {
    return explainRecorded(this.#durable(), runId, path);
  }

  /** How the recorded runs went that ended since, ms since the epoch; default: all. Rejects with RUN_NOT_DURABLE, JOURNAL_*. */
  async analytics({ sinceMs = null }: { readonly sinceMs?: number | null } = {}): Promise<AnalyticsReport> {
    const { analyse } = await import("./analytics/analytics.ts");
    return analyse(this.#durable(), sinceMs, this.#parts.clock);
  }

  /**
   * Lets go of the journal, the cache and the servers of tools: unfinished runs stop where they are and may be resumed. Resolves when the
   * servers are gone, without which this process would not end.
   */
  async close(): Promise<void> {
    this.#parts.durable?.close();
    this.#parts.cache?.close();
    this.routing.close();
    this.observatory.close();
    await this.#parts.tools.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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

  /** Starts commands that were joined into a batch; `origin` is the name by which `resumeBatch` finds it again. */
  startBatch({ text, commands, statements }: Batch, options: ExecuteOptions = {}, origin?: string): LiveRun {
    return this.#start(text, options, { source: origin ?? null, commands, statements });
  }

  /** Runs commands as one batch, within one set of limits; all are checked before the first one starts. */
  async executeBatch(commands: readonly string[], options: ExecuteOptions = {}): Promise<BatchResult> {
    const run = this.startBatch(batchProgram(commands, options.source), { source: "<batch>", ...options });
    return (await run.batchResult())!;
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

  listTemplates(): readonly Template[] {
    return this.templates.list();
  }

  /** Drives a recorded run here, watched by all who watch; with what had happened before. */
  #take(runId: string): { readonly handle: RunHandle; readonly past: readonly RunEvent[] } {
    const { inspect } = this.#parts;
    const past: RunEvent[] = [];
    let isPast = true;
    const handle = this.#durable().resume(runId, {
      observe: (event) => void (isPast && past.push(event)),
      ...(inspect ? { inspect } : {}),
    });
    isPast = false;
    this.observatory.watch(handle, past);
    return { handle, past };
  }

  /** Unfinished runs that nobody drives, the newest first. */
  #undriven(): readonly RunSummary[] {
    return this.#durable()
      .list({ unfinished: true })
      .filter(({ pid }) => pid === null);
  }

  #durable(): DurableEngine {
    if (!this.#parts.durable) throw new AbyssalError([notDurable()]);
    return this.#parts.durable;
  }

  #read(text: string, options: ExecuteOptions): ParsedProgram {
    checkText(text, options);
    return parseProgram(text, options.source);
  }

  #settings(options: ExecuteOptions): PlanSettings {
    return planSettings(this.#parts, options);
  }
}
