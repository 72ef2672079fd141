import type { Observable } from "rxjs";
import type { InspectionEvent } from "xstate";
import type { BoardEntry } from "../actors/blackboard.ts";
import type { Settlement } from "../actors/place.ts";
import type { Fact, Signal } from "../actors/ports.ts";
import type { Decision, Question } from "../actors/question.ts";
import type { Run } from "../actors/run.ts";
import type { RunEvent } from "../actors/run-events.ts";
import type { Answer } from "../actors/synthesis/answer.ts";
import type { RunStatus } from "../machines/orchestrator.ts";
import type { BudgetLimits, BudgetStatus } from "../plan/budget.ts";
import type { Failure } from "../plan/outcome.ts";
import type { Plan } from "../plan/plan.ts";

/** Gives one fact at a time, in the order in which the run's journal holds them. */
export interface Driver {
  next(): Promise<Fact>;
}

/** The whole runtime, on every engine. */
export async function drive(run: Run, driver: Driver): Promise<void> {
  while (run.active) run.apply(await driver.next());
}

/** How a run ended. `answer` is null when it was refused before it started or its synthesis failed. */
export type RunEnd = {
  readonly runId: string;
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly answer: Answer | null;
  readonly stopped: Failure | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Of the policy that the run was started under. */
  readonly policyHash: string | null;
  /** How its budgets stood then; empty when there were none. */
  readonly budgets: readonly BudgetStatus[];
  /** What stood on the blackboard when it ended. */
  readonly board: Readonly<Record<string, BoardEntry>>;
};

/** A progress signal and the agent it comes from. */
export type AgentSignal = { readonly path: string; readonly signal: Signal };

/** One run under way. `ended` rejects only when an invariant broke; a failed run resolves. */
export interface RunHandle {
  readonly runId: string;
  readonly plan: Plan;
  readonly ended: Promise<RunEnd>;
  /** Changes of state, in order; every one reaches every subscriber. */
  readonly events$: Observable<RunEvent>;
  /** Progress from inside the work: lossy, never an input of a machine. */
  readonly signals$: Observable<AgentSignal>;
  /** Stops the whole run; resolves with `ended` once no performer is at work any more, or has had its time to stop. */
  cancel(reason: string): Promise<RunEnd>;
  /** What the run was started as, when it is a batch. */
  readonly batch: BatchOrigin | null;
  /** How a node has ended; undefined while it has not, and for what is no node. */
  settlement(path: string): Settlement | undefined;
  /** What people are asked and have not answered. */
  readonly questions: readonly Question[];
  /** Everything on the run's blackboard as it stands now, by key. */
  readonly board: Readonly<Record<string, BoardEntry>>;
  /** Decides what a person is asked; a decision that does not answer an open question changes nothing. */
  decide(path: string, decision: Decision): void;
}

/** The commands that were joined into one program, each with how many of its statements it is. */
export type BatchOrigin = {
  /** The file, as the user may name it again; null when there was none. */
  readonly source: string | null;
  readonly commands: readonly string[];
  readonly statements: readonly number[];
};

/** Whose runs those are that no server was asked for. */
export const DEFAULT_TENANT = "default";

/** Who asked for a run, where many ask one server. */
export type RunOrigin = {
  /** Whose run it is; nobody else sees it. */
  readonly tenant: string;
  /** Who asked, as their token names them. */
  readonly by: string;
  /** SHA3-256 of what was asked for, when it came with an idempotency key. */
  readonly requestHash?: string;
};

/** What a run is started with; `timeoutMs` bounds the whole run. */
export type StartOptions = {
  readonly runId: string;
  readonly timeoutMs: number;
  /** The most that the run's calls of models may take; it goes with the run wherever it is resumed. */
  readonly budget?: BudgetLimits;
  /** Of the policy that has allowed the plan; it goes with the run wherever it is resumed. */
  readonly policyHash?: string;
  /** False: results of earlier runs are not used; what is done takes their places. It goes with the run too. */
  readonly cache?: boolean;
  /** Goes with the run as well. */
  readonly batch?: BatchOrigin;
  readonly origin?: RunOrigin;
  readonly inspect?: (event: InspectionEvent) => void;
};

/** Runs plans: supplies facts in a recorded order and carries out what runs ask for. */
export interface Engine {
  /** Throws AbyssalError RUN_LET_GO once the engine was closed. */
  start(plan: Plan, options: StartOptions): RunHandle;
  /** Lets go of everything: no performer is called again, nor at work any more when it resolves. */
  close(): void | Promise<void>;
}
