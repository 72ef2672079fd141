import type { InspectionEvent } from "xstate";
import type { Question } from "../actors/question.ts";
import type { RunEvent } from "../actors/run-events.ts";
import type { RunStatus } from "../machines/orchestrator.ts";
import type { Plan } from "../plan/plan.ts";
import type { Engine, RunEnd, RunHandle, RunOrigin, StartOptions } from "./engine.ts";
import type { FollowedRun } from "./followed-run.ts";
import type { ReadRun, RunsQuery, VerifyReport } from "./journal.ts";
import type { Replayed, ReplayOptions } from "./replay.ts";

/** What is known of a run without replaying it. */
export type RunSummary = {
  readonly runId: string;
  readonly program: string;
  readonly planHash: string;
  readonly acceptedAtMs: number;
  /** How many agents the plan expects. */
  readonly agents: number;
  /** `interrupted`: it has not ended and nobody drives it. `suspended`: everything waits for people, driven or not. */
  readonly status: RunStatus | "running" | "suspended" | "interrupted";
  readonly endedAtMs: number | null;
  /** The process that drives it. */
  readonly pid: number | null;
  /** What people are asked, when it is suspended. */
  readonly waitingFor: readonly Question[];
  /** Present when a server was asked for it. */
  readonly origin?: RunOrigin;
};

/** A command for a run, wherever it is driven. */
export type RunSignal =
  | { readonly type: "cancel"; readonly reason: string }
  | {
      readonly type: "decide";
      readonly path: string;
      readonly approved: boolean;
      readonly answer?: string;
      readonly by?: string;
      /** As of Decision. */
      readonly askedBy?: number;
    };

/** `sent`: another process drives the run and will take it; else the run is driven here, by `handle`. */
export type SignalReceipt =
  | { readonly kind: "sent"; readonly pid: number }
  | { readonly kind: "applied"; readonly handle: RunHandle };

/** A run that has ended; `faithful`: the replay gives the very answer that was given then. */
export type PastRun = RunEnd & { readonly faithful: boolean };

export type ResumeOptions = Pick<ReplayOptions, "observe"> & {
  readonly inspect?: (event: InspectionEvent) => void;
};

/** A run as its records tell it. */
export type Recorded = Replayed & { readonly records: ReadRun };

/** An engine whose runs outlive the process: what it has acknowledged is recorded. Every method may throw JOURNAL_*. */
export interface DurableEngine extends Engine {
  /**
   * Resolves when a write has failed, with why: this engine does nothing any more, and a new one goes on with its runs once the disk
   * is well.
   */
  readonly broken: Promise<unknown>;
  /** Goes on with a run where its records end. Throws AbyssalError RUN_UNKNOWN, RUN_ENDED, RUN_OWNED. */
  resume(runId: string, options?: ResumeOptions): RunHandle;
  /**
   * Takes a run on that `resume` will begin, by whoever calls it: durable when it resolves, together with all that are taken
   * on at the time. False: a run of this id is recorded already, and nothing has changed. Rejects with JOURNAL_*, OPTION_INVALID.
   */
  accept(plan: Plan, options: StartOptions): Promise<boolean>;
  /** Resolves when nothing is being taken on: whoever writes then keeps no promise waiting. */
  calm(): Promise<void>;
  /** How a run stands. Null when there is no such run. */
  summary(runId: string): RunSummary | null;
  /** Recorded runs, the newest first; all of them where nothing is asked for. */
  list(query?: RunsQuery): readonly RunSummary[];
  /** How a run ended. Throws AbyssalError RUN_UNKNOWN, RUN_UNFINISHED. */
  ended(runId: string): PastRun;
  /** A run as its records tell it so far, without any effect or lease. Throws AbyssalError RUN_UNKNOWN. */
  replayed(runId: string, options?: ResumeOptions): Recorded;
  /**
   * A run as its records tell it, to be brought up to date whenever its reader likes; nothing is disturbed by it. Every event
   * is told with the record that brought it about. Throws AbyssalError RUN_UNKNOWN.
   */
  follow(runId: string, observe?: (event: RunEvent, seq: number) => void): FollowedRun;
  /** Gives a run a command, wherever it is driven; driven by nobody, it is resumed here first. Throws as `resume` does. */
  signal(runId: string, signal: RunSignal): SignalReceipt;
  /** Checks every record of a run, or of all: their chain, and that none is missing. */
  verify(runId?: string): VerifyReport;
  /** Lets go of everything: runs stop where they are, and anybody may resume them. */
  close(): void;
}
