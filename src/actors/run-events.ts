import type { RunStatus } from "../machines/orchestrator.ts";
import type { Failure, NodeStatus, Usage } from "../plan/outcome.ts";
import type { Question } from "./question.ts";

/** What an observer sees of a run: every change of state, in order. Times in ms since the epoch. */
export type RunEvent =
  | { readonly type: "run.started"; readonly runId: string; readonly atMs: number }
  | {
      readonly type: "agent.ready";
      readonly path: string;
      /**
       * Present when an alternative, counted from 1, takes over from work that has failed for good, or whose answer was not sure enough
       * (CONFIDENCE_LOW).
       */
      readonly instead?: { readonly alternative: number; readonly failure: Failure };
      readonly atMs: number;
    }
  | { readonly type: "agent.running"; readonly path: string; readonly attempt: number; readonly atMs: number }
  | {
      readonly type: "agent.backingOff";
      readonly path: string;
      readonly attempt: number;
      readonly untilMs: number;
      readonly failure: Failure | null;
      readonly atMs: number;
    }
  /** Its supervisor stops it, to start it again or to give up. */
  | {
      readonly type: "agent.stopping";
      readonly path: string;
      readonly attempt: number;
      readonly atMs: number;
    }
  /** At rest until its supervisor decides: after a crash of its own (`failure`), or stopped because of another's. */
  | {
      readonly type: "agent.held";
      readonly path: string;
      readonly attempt: number;
      readonly failure: Failure | null;
      readonly atMs: number;
    }
  /** More crashes than a supervisor may meet by restarts. */
  | {
      readonly type: "supervisor.failed";
      readonly path: string;
      readonly failure: Failure;
      readonly atMs: number;
    }
  | ({ readonly type: "agent.awaitingApproval"; readonly atMs: number } & Question)
  | {
      readonly type: "agent.ended";
      readonly path: string;
      readonly status: NodeStatus;
      readonly durationMs: number;
      /** Present when an earlier result was used. */
      readonly cached?: true;
      /** Present when one of the step's alternatives did the work: which, from 1. */
      readonly alternative?: number;
      /** Present when an answer that was not sure enough stands, as what was asked after it failed. */
      readonly stands?: true;
      readonly failure?: Failure;
      /** Present when a model was asked: all attempts together. */
      readonly usage?: Usage;
      readonly atMs: number;
    }
  | {
      readonly type: "group.ended";
      readonly path: string;
      readonly status: NodeStatus;
      readonly atMs: number;
    }
  /** An agent has written on the blackboard; what changes nothing is not told. */
  | {
      readonly type: "board.changed";
      readonly path: string;
      readonly key: string;
      readonly version: number;
      readonly atMs: number;
    }
  | { readonly type: "run.suspended"; readonly waitingFor: readonly string[]; readonly atMs: number }
  | { readonly type: "run.ended"; readonly runId: string; readonly status: RunStatus; readonly atMs: number };

/** Tells whoever observes; the event is made only when somebody does. */
export type Notify = (event: () => RunEvent) => void;
