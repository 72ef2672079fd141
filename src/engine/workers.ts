import type { BoardReceipt } from "../actors/blackboard.ts";
import type { PerformContext, Performer, Signal, Task } from "../actors/ports.ts";
import type { Failure, Outcome } from "../plan/outcome.ts";
import type { Clock } from "../shared/clock.ts";
import type { JsonObject } from "../shared/json.ts";
import { thrownWords } from "../shared/thrown-words.ts";
import { AttemptBoard, type BoardPort } from "./attempt-board.ts";
import { AttemptCalls, type SaidOfCall } from "./attempt-calls.ts";
import { cacheKey } from "./cache-key.ts";
import { checkOutcome } from "./check-outcome.ts";
import { formedOutcome } from "./formed-outcome.ts";
import type { Gate } from "./resilience/gate.ts";
import type { ResultCache } from "./result-cache.ts";

type Job = {
  readonly controller: AbortController;
  readonly board: AttemptBoard;
  /** Null where no budget governs the task, and no model is asked. */
  readonly calls: AttemptCalls | null;
  readonly ended: Promise<void>;
};

/** What the workers of one run call, and whom they tell. */
export type WorkersPorts = {
  readonly performers: ReadonlyMap<string, Performer>;
  /** Told once for every task that was not cancelled. */
  readonly settled: (task: Task, outcome: Outcome, cached: boolean) => void;
  /** Told once for every task that was stopped, when its performer has returned. */
  readonly stopped: (path: string, attempt: number) => void;
  readonly signalled: (path: string, signal: Signal) => void;
  /** Whether anybody hears signals now. */
  readonly isHeard: () => boolean;
  readonly board: BoardPort;
  /** Puts what an attempt says of its calls among the run's facts; `answerCall` is told whether one may be made. */
  readonly said: (ofCall: SaidOfCall) => void;
  /** Asked before a performer is called, for the steps that allow it. */
  readonly cache?: ResultCache | undefined;
  /** Goes between a task and its performer, once the cache has no answer; default: nothing does. */
  readonly gate?: Gate | undefined;
};

/** Why a write finds nobody when its performer has returned. */
const OVER = new Error("the attempt is over");

/** Why signals abort, as the platform says it; made once: each one costs a stack, and thousands are told at once. */
const ABORTED = new DOMException("This operation was aborted", "AbortError");
const TIMED_OUT = new DOMException("The operation was aborted due to timeout", "TimeoutError");

/**
 * Purpose: have performers do the tasks of one run.
 * Owns: what is at work. Does not own: when to start, retry or give up (the run's).
 * Invariants:
 * P1 every dispatched task is settled once, or was cancelled; never both.
 * P2 after `cancel(path)` the performer of that task is not called any more, nor heard.
 * P3 a performer that throws has failed with PERFORMER_CRASHED; it takes nothing else with it.
 * P4 only a completed outcome that keeps the step's contract is cached, and only when nobody has cancelled it and its
 *    performer has not used the blackboard, which no later run would find as it was.
 */
export class Workers {
  readonly #ports: WorkersPorts;
  readonly #jobs = new Map<string, Job>();
  /** Cancelled jobs whose performers have not returned yet. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(ports: WorkersPorts) {
    this.#ports = ports;
  }

  dispatch(task: Task): void {
    const controller = new AbortController();
    const board = new AttemptBoard(this.#ports.board, task, controller.signal);
    const asks = task.isBudgeted || task.model !== undefined;
    const calls = asks ? new AttemptCalls(this.#ports.said, task, controller.signal) : null;
    const ended = this.#work(task, controller.signal, board, calls);
    this.#jobs.set(task.path, { controller, board, calls, ended });
  }

  /** What became of a write of an attempt; of one that is over, nobody asks any more. */
  answerBoard(path: string, attempt: number, write: number, receipt: BoardReceipt): void {
    const job = this.#jobs.get(path);
    if (job?.board.attempt === attempt) job.board.answer(write, receipt);
  }

  /** Whether a call of an attempt may be made; of one that is over, nobody asks any more. */
  answerCall(path: string, attempt: number, call: number, refusal: Failure | null): void {
    const job = this.#jobs.get(path);
    if (job?.board.attempt === attempt) job.calls?.answer(call, refusal);
  }

  cancel(path: string, why: "timeout" | "cancelled" = "cancelled"): void {
    const job = this.#jobs.get(path);
    if (!job) return;
    this.#jobs.delete(path);
    job.controller.abort(why === "timeout" ? TIMED_OUT : ABORTED);
    this.#leaving.add(job.ended);
    void job.ended.finally(() => this.#leaving.delete(job.ended));
  }

  /** As `cancel`; tells when the performer has returned, soon too when nothing of the task is under way. */
  stop(path: string, attempt: number): void {
    const job = this.#jobs.get(path);
    this.cancel(path);
    void (job?.ended ?? Promise.resolve()).then(() => this.#ports.stopped(path, attempt));
  }

  cancelAll(): void {
    for (const path of [...this.#jobs.keys()]) this.cancel(path);
  }

  /**
   * Resolves when every cancelled performer has returned, at the latest after `graceMs`: one that ignores its signal
   * must not keep a run from ending. Whatever it still does finds nobody.
   */
  async drained(clock: Clock, graceMs: number): Promise<void> {
    if (this.#leaving.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const disarm = clock.at(clock.nowMs() + graceMs, resolve);
    void this.#allReturned().then(resolve);
    await promise;
    disarm();
  }

  async #allReturned(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
  }

  /** One function and not several: what it keeps while its performer is at work is there for each live agent. */
  async #work(
    task: Task,
    signal: AbortSignal,
    board: AttemptBoard,
    calls: AttemptCalls | null,
  ): Promise<void> {
    // The run that dispatches is still applying a fact: work begins after it, so that a cancellation can come before.
    await null;
    if (signal.aborted) return;
    const { cache, settled } = this.#ports;
    const performer = this.#ports.performers.get(task.performer);
    const key = cache && performer && task.contentHash ? await cacheKey(task, performer) : null;
    if (signal.aborted) return;
    const known = cache && key !== null ? recalled(cache, key, task) : null;
    let outcome = known;
    if (!outcome) {
      try {
        outcome = checked(task, await this.#perform(performer, task, signal, board, calls));
      } catch (error) {
        outcome = crashed(error);
      }
    }
    if (!signal.aborted && cache && key !== null && !known && outcome.kind === "completed" && !board.isUsed)
      cache.put(key, outcome, task.template ?? "");
    board.close(OVER);
    calls?.close(OVER);
    if (signal.aborted) return;
    this.#jobs.delete(task.path);
    settled(task, outcome, known !== null);
  }

  #perform(
    performer: Performer | undefined,
    task: Task,
    signal: AbortSignal,
    board: AttemptBoard,
    calls: AttemptCalls | null,
  ): Outcome | Promise<Outcome> {
    if (!performer) return missing(task, [...this.#ports.performers.keys()]);
    const { gate, isHeard, signalled } = this.#ports;
    const { idempotencyKey, path } = task;
    const emit = (progress: Signal): void => {
      if (!signal.aborted) signalled(path, progress);
    };
    // Two shapes, each made in one piece.
    const context: PerformContext = calls
      ? { signal, board, idempotencyKey, emit, isHeard, calls }
      : { signal, board, idempotencyKey, emit, isHeard };
    return gate ? gate.perform(performer, task, context) : performer.perform(task, context);
  }
}

function checked(task: Task, given: Outcome): Outcome {
  const outcome = formedOutcome(given);
  return outcome.kind === "completed" ? checkOutcome(task, outcome) : outcome;
}

/** An earlier outcome, held to the step's contract like a new one: the file that it comes from may be written by others. */
function recalled(cache: ResultCache, key: string, task: Task): Outcome | null {
  const known = cache.get(key, task.template ?? "");
  if (!known) return null;
  try {
    const outcome = checkOutcome(task, known);
    return outcome.kind === "completed" ? outcome : null;
  } catch {
    return null;
  }
}

function missing(task: Task, known: readonly string[]): Outcome {
  const message = `no performer is called "${task.performer}"`;
  return {
    kind: "failed",
    failure: { code: "PERFORMER_UNKNOWN", message, retryable: false, hint: `known: ${known.join(", ")}` },
  };
}

function crashed(error: unknown): Outcome {
  const message = thrownWords(error);
  const detail: JsonObject = error instanceof Error && error.stack ? { stack: error.stack } : {};
  return { kind: "failed", failure: { code: "PERFORMER_CRASHED", message, retryable: true, detail } };
}
