import type { BoardReceipt } from "../actors/blackboard.ts";
import type { EffectPort, Fact, Task } from "../actors/ports.ts";
import type { Question } from "../actors/question.ts";
import { Run, type RunOptions } from "../actors/run.ts";
import type { RunEvent } from "../actors/run-events.ts";
import { type Timer, timerId } from "../actors/timer.ts";
import type { Failure } from "../plan/outcome.ts";
import type { Plan } from "../plan/plan.ts";
import { AbyssalError } from "../shared/diagnostic.ts";

export type ReplayOptions = RunOptions & {
  /** Sees every event of the replay, and of the run after it. */
  readonly observe?: (event: RunEvent) => void;
  /** The version of the software that the run was started with, where that is known. */
  readonly startedBy?: string | undefined;
};

/** A run as its facts left it, and what it waits for. */
export type Replayed = { readonly run: Run; readonly pending: PendingEffects };

/**
 * Brings a run to where its facts led, without any effect. Throws AbyssalError BOARD_MERGE_UNKNOWN, and JOURNAL_DIVERGED when a fact answers a task
 * that the replay never asked for: these facts were not made by this plan and this version of the software.
 */
export function replay(plan: Plan, facts: readonly Fact[], options: ReplayOptions): Replayed {
  const pending = new PendingEffects();
  const run = new Run(plan, pending, options);
  run.events$.subscribe((event) => pending.note(event));
  if (options.observe) run.events$.subscribe(options.observe);
  for (const fact of facts) replayFact({ run, pending }, fact, options.startedBy);
  return { run, pending };
}

/** Takes one more recorded fact. Throws as `replay` does. */
export function replayFact({ run, pending }: Replayed, fact: Fact, startedBy?: string): void {
  if (!pending.settle(fact)) throw diverged(run.runId, fact, startedBy);
  run.apply(fact);
}

/**
 * Purpose: know what a run has asked for and not got yet; carry out nothing until it is told through whom.
 * Owns: the tasks, timers and questions that are open. Does not own: when they are carried out.
 * Invariants:
 * E1 before `goLive` nothing leaves; after it everything goes straight through.
 * E2 what a fact has answered, or the run has called off, is not open.
 */
export class PendingEffects implements EffectPort {
  readonly #tasks = new Map<string, Task>();
  /** By their ids, as facts name them. */
  readonly #timers = new Map<string, { readonly timer: Timer; readonly atMs: number }>();
  readonly #questions = new Map<string, Question>();
  /** Attempts that were told to stop and have not said that they did, by path. */
  readonly #stopping = new Map<string, number>();
  /** Every attempt ever asked for, as `path#attempt`; needed for no longer than the replay. */
  readonly #dispatched = new Set<string>();
  #live: EffectPort | null = null;

  /** Tasks under way, in the order in which they were asked for. */
  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  get timers(): readonly { readonly id: string; readonly atMs: number }[] {
    return [...this.#timers].map(([id, { atMs }]) => ({ id, atMs }));
  }

  /** What people were asked and have not answered. */
  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  /**
   * Carries out what is open through `port`, and from now on everything. Timers keep their absolute times, but for the
   * timeout of an attempt that begins anew, which has its whole time again.
   */
  goLive(port: EffectPort, nowMs: number): void {
    this.#live = port;
    for (const { timer, atMs } of this.#timers.values())
      port.setTimer(timer, this.#dueAt(timer, atMs, nowMs));
    for (const [path, question] of this.#questions) port.askApproval(path, question);
    for (const [path, attempt] of this.#stopping) port.stop(path, attempt);
    for (const task of this.#tasks.values()) port.dispatch(task);
    this.#stopping.clear();
    this.#tasks.clear();
    this.#timers.clear();
    this.#dispatched.clear();
  }

  dispatch(task: Task): void {
    if (this.#live) {
      this.#live.dispatch(task);
      return;
    }
    this.#tasks.set(task.path, task);
    this.#stopping.delete(task.path);
    this.#dispatched.add(`${task.path}#${task.attempt}`);
  }

  cancel(path: string, why: "timeout" | "cancelled"): void {
    if (this.#live) {
      this.#live.cancel(path, why);
      return;
    }
    this.#tasks.delete(path);
  }

  stop(path: string, attempt: number): void {
    if (this.#live) {
      this.#live.stop(path, attempt);
      return;
    }
    this.#tasks.delete(path);
    this.#stopping.set(path, attempt);
  }

  setTimer(timer: Timer, atMs: number): void {
    if (this.#live) {
      this.#live.setTimer(timer, atMs);
      return;
    }
    this.#timers.set(timerId(timer), { timer, atMs });
  }

  clearTimer(timer: Timer): void {
    if (this.#live) {
      this.#live.clearTimer(timer);
      return;
    }
    this.#timers.delete(timerId(timer));
  }

  askApproval(path: string, question: Question): void {
    this.#questions.set(path, question);
    this.#live?.askApproval(path, question);
  }

  answerBoard(path: string, attempt: number, write: number, receipt: BoardReceipt): void {
    // Before, nobody waits: an attempt that begins anew writes again, and is answered then.
    this.#live?.answerBoard(path, attempt, write, receipt);
  }

  answerCall(path: string, attempt: number, call: number, refusal: Failure | null): void {
    // Before, nobody waits: whoever asked is gone, and asks again.
    this.#live?.answerCall(path, attempt, call, refusal);
  }

  /** Closes what a fact answers; false when it answers what was never asked. */
  settle(fact: Fact): boolean {
    if (fact.type === "timer.fired") this.#timers.delete(fact.id);
    if (!("attempt" in fact)) return true;
    if (fact.type === "board.written" || fact.type === "call.requested" || fact.type === "call.settled")
      return this.#dispatched.has(`${fact.path}#${fact.attempt}`);
    if (this.#stopping.get(fact.path) === fact.attempt) this.#stopping.delete(fact.path);
    if (this.#tasks.get(fact.path)?.attempt === fact.attempt) this.#tasks.delete(fact.path);
    return this.#dispatched.has(`${fact.path}#${fact.attempt}`);
  }

  /** A question is closed when its agent goes on or ends. */
  note(event: RunEvent): void {
    if (event.type === "agent.ready" || event.type === "agent.ended") this.#questions.delete(event.path);
    if (event.type === "agent.held" || event.type === "agent.ended") this.#stopping.delete(event.path);
  }

  #dueAt(timer: Timer, atMs: number, nowMs: number): number {
    if (timer.purpose !== "timeout") return atMs;
    const task = this.#tasks.get(timer.path);
    return task ? Math.max(atMs, nowMs + task.timeoutMs) : atMs;
  }
}

function diverged(runId: string, fact: Fact, startedBy: string | undefined): AbyssalError {
  const what = "path" in fact ? `${fact.type} of ${fact.path}` : fact.type;
  return new AbyssalError([
    {
      code: "JOURNAL_DIVERGED",
      severity: "error",
      place: runId,
      message: `the journal holds ${what}, which the replay never asked for`,
      expected: `the plan and the version of the software${startedBy === undefined ? "" : ` (${startedBy})`} that the run was started with`,
      hint: "resume it with the version that started it",
    },
  ]);
}
