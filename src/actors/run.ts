import type { Observable } from "rxjs";
import { Subject } from "rxjs/internal/Subject";
import { type Actor, createActor, type InspectionEvent } from "xstate";
import type { RunStatus } from "../machines/orchestrator.ts";
import { unknownMerges } from "../plan/board-rules.ts";
import type { BudgetLimits, BudgetStatus } from "../plan/budget.ts";
import type { AgentResult, Failure } from "../plan/outcome.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
import { Blackboard, type BoardEntry, type MergeFunction } from "./blackboard.ts";
import { BoardDesk } from "./board-desk.ts";
import { BudgetDesk } from "./budget-desk.ts";
import { type OrchestratorMachine, runMachine } from "./build-machines.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Ledger } from "./ledger.ts";
import { Nodes } from "./nodes.ts";
import type { Settlement } from "./place.ts";
import { PlanIndex } from "./plan-index.ts";
import type { EffectPort, Fact } from "./ports.ts";
import { type Decision, defaultDecision, isOf, misfitOf, type Question } from "./question.ts";
import { ResultStream } from "./result-stream.ts";
import { Results } from "./results.ts";
import type { Notify, RunEvent } from "./run-events.ts";
import { own } from "./run-parts.ts";
import { Scopes } from "./scope.ts";
import type { Answer } from "./synthesis/answer.ts";
import { Workbench } from "./synthesis/workbench.ts";
import { RUN_DEADLINE, readTimerId } from "./timer.ts";

/** What a run is told beside its plan. */
export type RunOptions = {
  readonly runId: string;
  /** Longest time of the whole run, ms, without what only people were waited for; then it answers with what it has. */
  readonly timeoutMs: number;
  /** The most that its calls of models may take, beside what the plan's own budgets allow; absent: no limit. */
  readonly budget?: BudgetLimits;
  /** What the plan's blackboard names as merge functions. */
  readonly merges?: Readonly<Record<string, MergeFunction>>;
  readonly inspect?: (event: InspectionEvent) => void;
};

/**
 * Purpose: one run as a deterministic, synchronous fold over facts: `apply` takes one fact and answers with commands.
 * Owns: the tree of actors, and everything a run knows. Does not own: time, order, durability or work (the engine's).
 * Invariants:
 * K1 the same plan and the same facts in the same order give the same states, commands and answer.
 * K2 every agent of the plan has exactly one result when the run has ended.
 * K3 a fact for an actor that has ended changes nothing; it is kept as a dead letter.
 * K4 when nothing is under way and nobody is asked, what still waits is reported as blocked, not waited for.
 */
export class Run {
  readonly runId: string;
  readonly plan: Plan;
  readonly #orchestrator: Actor<OrchestratorMachine>;
  readonly #nodes: Nodes;
  readonly #dispatcher: Dispatcher;
  readonly #workbench: Workbench;
  readonly #index: PlanIndex;
  readonly #resultStream = new ResultStream();
  readonly #events$ = new Subject<RunEvent>();
  #status: RunStatus | null = null;
  #nowMs = 0;
  #startedAtMs = 0;
  /** What is left of the run's time, as of `#armedAtMs`. */
  #timeLeftMs: number;
  #armedAtMs = 0;
  readonly #deadLetters = new DeadLetters();
  readonly #board: Blackboard;
  readonly #budgets: BudgetDesk;

  /** Throws AbyssalError BOARD_MERGE_UNKNOWN: without a merge function the facts would lead elsewhere. */
  constructor(plan: Plan, effects: EffectPort, options: RunOptions) {
    this.runId = options.runId;
    this.plan = plan;
    this.#timeLeftMs = options.timeoutMs;
    this.#index = new PlanIndex(plan);
    if (options.inspect) this.#resultStream.watch();
    const ledger = new Ledger(this.#index);
    const results = new Results(this.#index, ledger);
    const clock = { nowMs: () => this.#nowMs };
    const { merges = {} } = options;
    const unknown = unknownMerges(plan.blackboard, Object.keys(merges), `run ${options.runId}`);
    if (unknown.length > 0) throw new AbyssalError(unknown);
    this.#board = new Blackboard(plan.blackboard ?? {}, merges);
    const scopes = new Scopes(this.#index, ledger, results, this.#board);
    const notify: Notify = (event) => {
      if (this.#events$.observed) this.#events$.next(event());
    };
    const ofRun = options.budget ? [{ scope: { kind: "run" } as const, limits: options.budget }] : [];
    const budgets = [...ofRun, ...(plan.budgets ?? [])];
    this.#budgets = new BudgetDesk({ index: this.#index, budgets, effects });
    this.#dispatcher = new Dispatcher(plan, this.#index, clock);
    this.#workbench = new Workbench(this.#index, results);
    this.#nodes = new Nodes({
      index: this.#index,
      ledger,
      results,
      scopes,
      dispatcher: this.#dispatcher,
      boards: new BoardDesk({ board: this.#board, scopes, effects, clock, notify }),
      budgets: this.#budgets,
      effects,
      clock,
      run: { runId: options.runId, startedAtMs: () => this.#startedAtMs },
      publish: (result) => this.#resultStream.add(result),
      notify,
    });
    this.#orchestrator = createActor(runMachine(options.inspect !== undefined), {
      input: { runId: options.runId },
      ...(options.inspect ? { inspect: options.inspect } : {}),
    });
    own(this.#orchestrator.system, {
      nodes: this.#nodes,
      resultStream: this.#resultStream,
      workbench: this.#workbench,
      armDeadline: () => {
        this.#armedAtMs = this.#nowMs;
        effects.setTimer(RUN_DEADLINE, this.#nowMs + this.#timeLeftMs);
      },
      disarmDeadline: () => {
        this.#timeLeftMs = Math.max(0, this.#timeLeftMs - (this.#nowMs - this.#armedAtMs));
        effects.clearTimer(RUN_DEADLINE);
      },
      recordRun: (status) => this.#end(status),
    });
    // A machine that throws is a broken invariant: it must reach whoever drives the run, not the process's last resort.
    this.#orchestrator.subscribe({ error: (error) => this.#fail(error) });
    this.#orchestrator.start();
  }

  /** Whether there is anything left to wait for. */
  get active(): boolean {
    return this.#status === null;
  }

  get status(): RunStatus | null {
    return this.#status;
  }

  /** Why the run was refused or stopped early, or has no answer, if so. */
  get stopped(): Failure | null {
    return this.#orchestrator.getSnapshot().context.stopped ?? this.#workbench.failure;
  }

  /** Null until the run has ended; also null when it was refused or its synthesis failed. */
  get answer(): Answer | null {
    return this.#workbench.answer;
  }

  /** How a node has ended; undefined while it has not, and for what is no node. */
  settlement(path: string): Settlement | undefined {
    return this.#nodes.settlement(path);
  }

  /** The facts that found nobody. */
  get deadLetters(): DeadLetters {
    return this.#deadLetters;
  }

  /** What people are asked and have not answered. */
  get questions(): readonly Question[] {
    return this.#nodes.questions;
  }

  /** What stands on the blackboard under a key. */
  boardEntry(key: string): BoardEntry | undefined {
    return this.#board.entry(key);
  }

  /** Everything on the blackboard as it stands now, by key. */
  get board(): Readonly<Record<string, BoardEntry>> {
    return this.#board.entries();
  }

  /** How every budget stands, the run's own first; calls under way at the most that they may take. */
  get budgets(): readonly BudgetStatus[] {
    return this.#budgets.status;
  }

  /** Calls of models that were asked for and have not ended. */
  get callsUnderWay(): number {
    return this.#budgets.underWay;
  }

  /** The orchestrator's state. */
  get state(): string {
    return String(this.#orchestrator.getSnapshot().value);
  }

  /** Every recorded result, those before the subscription too. */
  get results$(): Observable<AgentResult> {
    return this.#resultStream.each$;
  }

  /** Changes of state as they come, for observers only. */
  get events$(): Observable<RunEvent> {
    return this.#events$.asObservable();
  }

  /** Takes one fact. Commands go to the effect port before this returns. Throws only on a broken invariant. */
  apply(fact: Fact): void {
    if (this.#status !== null) {
      this.#deadLetters.add(fact, "run.ended");
      return;
    }
    this.#nowMs = Math.max(this.#nowMs, fact.atMs);
    this.#route(fact);
    this.#nodes.settleDown();
    this.#watch();
    if (this.#broken) throw this.#broken.error;
  }

  #broken: { readonly error: unknown } | null = null;

  #fail(error: unknown): void {
    this.#broken ??= { error };
    this.#status ??= "failed";
  }

  #route(fact: Fact): void {
    switch (fact.type) {
      case "run.started": {
        this.#startedAtMs = fact.atMs;
        this.#events$.next({ type: "run.started", runId: this.runId, atMs: fact.atMs });
        this.#orchestrator.send({ type: "run.started", refusal: this.#dispatcher.refusal() });
        return;
      }
      case "run.cancelRequested":
        this.#orchestrator.send({ type: "run.cancelRequested", reason: fact.reason });
        return;
      case "timer.fired": {
        const timer = readTimerId(fact.id);
        if (timer.purpose === "deadline")
          this.#orchestrator.send({ type: "timer.fired", purpose: "deadline" });
        else if (timer.purpose === "approval") this.#decide(timer.path, "default", fact);
        else
          this.#deliver(fact, timer.path, {
            type: "timer.fired",
            purpose: timer.purpose,
            attempt: timer.attempt,
          });
        return;
      }
      case "approval.decided":
        this.#decide(fact.path, fact, fact);
        return;
      case "board.written": {
        const undelivered = this.#nodes.writeBoard(fact);
        if (undelivered) this.#deadLetters.add(fact, undelivered);
        return;
      }
      case "call.requested":
      case "call.settled": {
        const undelivered = this.#nodes.accountCall(fact);
        if (undelivered) this.#deadLetters.add(fact, undelivered);
        return;
      }
      case "calls.lost":
        this.#budgets.lose();
        return;
      case "agent.completed":
      case "agent.failed":
      case "agent.asked":
      case "agent.stopped":
        this.#deliver(fact, fact.path, fact);
    }
  }

  /** A decision that nobody asked for, that is of an earlier question, or that does not answer the open one, changes nothing (K3). */
  #decide(path: string, decision: Decision | "default", fact: Fact): void {
    const question = this.#nodes.question(path);
    const otherwise = question?.otherwise;
    const made = decision !== "default" ? decision : otherwise ? defaultDecision(otherwise) : undefined;
    if (!question || !made || !isOf(question, made) || misfitOf(question, made)) {
      this.#deadLetters.add(fact, "decision.unasked");
      return;
    }
    this.#orchestrator.send({ type: "run.woken" });
    const { approved, answer, by } = made;
    const said = { ...(answer === undefined ? {} : { answer }), ...(by === undefined ? {} : { by }) };
    this.#deliver(fact, path, { type: "approval.decided", approved, ...said });
  }

  #deliver(fact: Fact, path: string, event: Parameters<Nodes["deliver"]>[1]): void {
    const undelivered = this.#nodes.deliver(path, event);
    if (undelivered) this.#deadLetters.add(fact, undelivered);
  }

  /** K4: what can be said of a run in which nothing moves by itself any more. */
  #watch(): void {
    while (this.#nodes.isQuiet && this.#status === null && this.state === "running") {
      const waitingFor = this.#nodes.questions.map(({ path }) => path);
      if (waitingFor.length > 0) {
        this.#orchestrator.send({ type: "run.idle" });
        this.#events$.next({ type: "run.suspended", waitingFor, atMs: this.#nowMs });
        return;
      }
      const settled = this.#nodes.settledCount;
      this.#nodes.releaseBlocked();
      this.#nodes.settleDown();
      if (this.#nodes.settledCount === settled)
        throw new Error("run: nothing is under way, and nothing is blocked");
    }
  }

  #end(status: RunStatus): void {
    this.#status = status;
    this.#events$.next({ type: "run.ended", runId: this.runId, status, atMs: this.#nowMs });
    this.#resultStream.complete();
    this.#events$.complete();
  }
}
