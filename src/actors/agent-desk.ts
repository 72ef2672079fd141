import type { AgentContext, AgentEvent } from "../machines/agent.ts";
import { workAt } from "../plan/alternatives.ts";
import {
  type AgentResult,
  addUsage,
  type CompletedOutcome,
  type Failure,
  NO_USAGE,
  type NodeStatus,
  type Usage,
} from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";
import { sha3 } from "../shared/hash.ts";
import { LIMITS } from "../shared/limits.ts";
import type { RetryPolicy } from "../templates/template.ts";
import { type AttemptLog, completedResult, type KeptAnswer, uncompletedResult } from "./agent-result.ts";
import { Midway } from "./midway.ts";
import type { NodesPorts } from "./nodes.ts";
import type { Place, Work } from "./place.ts";
import { NOBODY, type Question } from "./question.ts";
import type { Timer } from "./timer.ts";

type Ended = (result: AgentResult, satisfied: boolean) => void;

type Said = { readonly answer?: string; readonly by?: string };

type Decided = AgentResult["provenance"]["decided"];

/**
 * Purpose: carry out what the agents' machines ask for: slots, tasks, timers, questions, results.
 * Owns: which agents are at work, back off or wait for a person. Does not own: their states.
 * Invariants:
 * G1 every task dispatched is ended once: by its outcome, its timeout, or a cancellation.
 * G2 a slot is held exactly while an attempt is under way, or stops.
 * G3 a question is open exactly while its agent awaits the decision, and so is its deadline, if it has one.
 */
export class AgentDesk {
  readonly #ports: NodesPorts;
  readonly #ended: Ended;
  readonly #backingOff = new Set<string>();
  readonly #questions = new Map<string, Question>();
  /** Who let an agent run that has not ended yet. */
  readonly #decided = new Map<string, Decided>();
  readonly #raised: (() => void)[] = [];
  /** What agents have asked while they were at work. */
  readonly midway = new Midway();

  constructor(ports: NodesPorts, ended: Ended) {
    this.#ports = ports;
    this.#ended = ended;
  }

  /** Nothing at work, nothing to be tried again: no fact can come but a person's. */
  get isQuiet(): boolean {
    return this.#ports.dispatcher.working === 0 && this.#backingOff.size === 0;
  }

  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  question(path: string): Question | undefined {
    return this.#questions.get(path);
  }

  /** Keeps something for when what is under way has been told to everybody. */
  raise(then: () => void): void {
    this.#raised.push(then);
  }

  /** As `raise`, before everything else that was raised. */
  raiseFirst(thens: readonly (() => void)[]): void {
    this.#raised.unshift(...thens);
  }

  /** Carries out the first of what was raised; false when there was nothing. */
  runRaised(): boolean {
    if (this.#raised.length === 0) return false;
    this.#raised.shift()!();
    return true;
  }

  /** An agent that has no actor yet waits for its slot. */
  queue(place: Place<AgentNode>): void {
    this.#ports.dispatcher.request(place);
    this.#ports.notify(() => ({
      type: "agent.ready",
      path: place.node.path,
      atMs: this.#ports.clock.nowMs(),
    }));
  }

  requestSlot({ path, alternative, failure }: AgentContext, event: AgentEvent): void {
    const place = this.#placeOf(path);
    this.#ports.dispatcher.request(place);
    this.#backingOff.delete(path);
    const instead = failure && isAttemptsEnd(event) ? { instead: { alternative, failure } } : null;
    if (instead && place.work) place.work.gaveWay ??= instead.instead.failure;
    this.#ports.notify(() => ({ type: "agent.ready", path, ...instead, atMs: this.#ports.clock.nowMs() }));
  }

  withdraw(path: string): void {
    this.#ports.dispatcher.withdraw(path);
  }

  cancelTask(path: string, event: AgentEvent): void {
    this.#ports.effects.cancel(path, event.type === "timer.fired" ? "timeout" : "cancelled");
  }

  /** The context's failure is that of the attempt before, if it failed. */
  dispatch(
    { path, attempt, alternative, failure: previousFailure }: AgentContext,
    self: { send(event: AgentEvent): void },
  ): void {
    const { scopes, effects, clock, run, notify } = this.#ports;
    const place = this.#placeOf(path);
    const nowMs = clock.nowMs();
    place.work ??= begun(nowMs);
    notify(() => ({ type: "agent.running", path, attempt, atMs: nowMs }));
    const of = { runId: run.runId, startedAtMs: run.startedAtMs() };
    const task = scopes.task(place.node, of, attempt, alternative);
    if (!task.ok) {
      const { error } = task;
      this.raise(() => self.send({ type: "agent.failed", attempt, failure: error }));
      return;
    }
    this.#arm(place, { purpose: "timeout", path, attempt }, nowMs + task.value.timeoutMs);
    const resumed = this.midway.resumed(path, alternative);
    const isBudgeted = this.#ports.budgets.governs(path);
    const { value } = task;
    if (!previousFailure && !resumed && !isBudgeted) effects.dispatch(value);
    else
      effects.dispatch({
        ...value,
        ...(previousFailure ? { previousFailure } : {}),
        ...(resumed ? { resumed } : {}),
        ...(isBudgeted ? { isBudgeted } : {}),
      });
  }

  stopTask(path: string, attempt: number): void {
    const { effects, notify, clock } = this.#ports;
    effects.stop(path, attempt);
    notify(() => ({ type: "agent.stopping", path, attempt, atMs: clock.nowMs() }));
  }

  armGrace(path: string, attempt: number, graceMs: number): void {
    this.#arm(this.#placeOf(path), { purpose: "grace", path, attempt }, this.#ports.clock.nowMs() + graceMs);
  }

  disarmGrace(path: string): void {
    this.#disarm(this.#placeOf(path));
  }

  hold(path: string, attempt: number, failure: Failure | null): void {
    this.#backingOff.delete(path);
    this.#ports.notify(() => ({
      type: "agent.held",
      path,
      attempt,
      failure,
      atMs: this.#ports.clock.nowMs(),
    }));
  }

  /** An attempt is over: its timeout no longer matters, its slot is free, what it used counts however it ended. */
  leave(path: string, event: AgentEvent): void {
    const place = this.#placeOf(path);
    this.#disarm(place);
    // Its slot is free once it has stopped.
    if (event.type === "stop") return;
    const used = this.#ports.budgets.release(path, toldUsage(event));
    this.#ports.dispatcher.release(path);
    const { work } = place;
    if (work) work.usage = addUsage(work.usage, used);
  }

  armBackoff({ path, attempt, attemptsMax, alternative, failure }: AgentContext): void {
    const place = this.#placeOf(path);
    const { retry } = workAt(place.node, alternative);
    const identity = `${this.#ports.run.runId}/${path}${alternative > 0 ? `/${alternative}` : ""}`;
    // Waits grow with the attempts at this work: those before an alternative were made at another.
    const before = attemptsMax - retry.attempts;
    const ownMs = backoffMs(retry, attempt - before, identity);
    const delayMs = Math.max(ownMs, askedMs(failure));
    const atMs = this.#ports.clock.nowMs();
    this.#backingOff.add(path);
    this.#arm(place, { purpose: "backoff", path, attempt }, atMs + delayMs);
    this.#ports.notify(() => ({
      type: "agent.backingOff",
      path,
      attempt,
      untilMs: atMs + delayMs,
      failure,
      atMs,
    }));
  }

  disarmBackoff(path: string): void {
    this.#backingOff.delete(path);
    this.#disarm(this.#placeOf(path));
  }

  askApproval(path: string): void {
    const { scopes, effects, clock, notify } = this.#ports;
    const atMs = clock.nowMs();
    const place = this.#placeOf(path);
    let question = this.midway.question(path, atMs);
    if (!question) {
      const asked = scopes.question(place.node, atMs);
      if (!asked.ok) throw new Error(`desk: the question of ${path} was made before and cannot be made now`);
      question = asked.value;
    }
    this.#questions.set(path, question);
    if (question.asks === "answer") place.work = begun(atMs);
    if (question.untilMs !== undefined)
      this.#arm(place, { purpose: "approval", path, attempt: 0 }, question.untilMs);
    effects.askApproval(path, question);
    notify(() => ({ type: "agent.awaitingApproval", ...question, atMs }));
  }

  closeQuestion(path: string, event: AgentEvent): void {
    this.#questions.delete(path);
    this.#disarm(this.#placeOf(path));
    this.midway.decide(path, event);
    if (event.type === "approval.decided" && event.approved) this.#decided.set(path, decidedBy(event));
  }

  /** Keeps an answer that was not sure enough: it stands where nothing better comes. */
  keepAnswer({ path, alternative }: AgentContext, event: AgentEvent): void {
    if (event.type !== "agent.completed") return;
    const work = this.#placeOf(path).work!;
    work.kept = [...work.kept, { alternative, outcome: event.outcome }];
  }

  /** Makes the result of an agent whose machine has ended. */
  record(context: AgentContext, status: NodeStatus, event: AgentEvent): void {
    const { path } = context;
    const place = this.#placeOf(path);
    const { node, work } = place;
    const log = this.#logOf(node, work, context.attempt, event);
    const { gaveWay, kept = NO_ANSWERS } = work ?? {};
    const last = status === "degraded" ? kept.at(-1) : undefined;
    place.work = undefined;
    this.#decided.delete(path);
    this.midway.forget(path);
    const outcome = outcomeOf(status, event);
    if (outcome) {
      const { alternative, isReplaced } = context;
      const failure = isReplaced ? gaveWay : undefined;
      this.#ended(completedResult(node, outcome, log, { alternative, failure, kept }), true);
      return;
    }
    if (last) {
      const { alternative, outcome: stands } = last;
      const failure = failureOf(context, status, event);
      this.#ended(completedResult(node, stands, log, { alternative, failure, kept }), true);
      return;
    }
    const ownCondition = context.preparation?.kind === "skip" && context.preparation.reason === "condition";
    const satisfied = status === "degraded" || (status === "skipped" && ownCondition);
    this.#ended(uncompletedResult(node, status, failureOf(context, status, event), log), satisfied);
  }

  #arm(place: Place, timer: Timer, atMs: number): void {
    place.timer = timer;
    this.#ports.effects.setTimer(timer, atMs);
  }

  #disarm(place: Place): void {
    if (!place.timer) return;
    this.#ports.effects.clearTimer(place.timer);
    place.timer = undefined;
  }

  #placeOf(path: string): Place<AgentNode> {
    return this.#ports.index.place(path) as Place<AgentNode>;
  }

  #logOf(node: AgentNode, work: Work | undefined, attempts: number, event: AgentEvent): AttemptLog {
    const { path } = node;
    const { kept = NO_ANSWERS } = work ?? {};
    const endedAtMs = this.#ports.clock.nowMs();
    const cached = event.type === "agent.completed" && event.cached === true;
    return {
      startedAtMs: work?.startedAtMs ?? endedAtMs,
      endedAtMs,
      attempts,
      usage: work?.usage ?? NO_USAGE,
      cached,
      tainted:
        isOutside(event) ||
        kept.some(({ outcome }) => outcome.tainted) ||
        ((event.type === "agent.completed" || kept.length > 0) && this.#ports.scopes.isTainted(node)),
      decided: this.#decided.get(path),
    };
  }
}

/** One for all agents: hardly any keeps one. */
const NO_ANSWERS: readonly KeptAnswer[] = [];

function begun(startedAtMs: number): Work {
  return { startedAtMs, kept: NO_ANSWERS, usage: NO_USAGE, gaveWay: undefined };
}

/** What an attempt's outcome says that it used. */
function toldUsage(event: AgentEvent): Usage | undefined {
  if (event.type === "agent.completed") return event.outcome.usage;
  return event.type === "agent.failed" || event.type === "agent.asked" ? event.usage : undefined;
}

/** Whether an outcome says itself that there is text from outside in it. */
function isOutside(event: AgentEvent): boolean {
  return event.type === "agent.completed" && event.outcome.tainted === true;
}

function decidedBy({ by = "somebody", answer }: { readonly by?: string; readonly answer?: string }): Decided {
  return { by, ...(answer === undefined ? {} : { answer }) };
}

/** Whether an attempt is over by itself: what is ready then is an alternative to it. */
function isAttemptsEnd(event: AgentEvent): boolean {
  if (event.type === "agent.completed") return true;
  return event.type === "agent.failed" || (event.type === "timer.fired" && event.purpose === "timeout");
}

/** What was done: by a performer, or by the person who answered. */
function outcomeOf(status: NodeStatus, event: AgentEvent): CompletedOutcome | null {
  if (event.type === "agent.completed") return event.outcome;
  if (event.type !== "approval.decided" || status !== "succeeded") return null;
  return answered(event);
}

/** A person's answer as an outcome. */
export function answered({ answer = "", by }: Said): CompletedOutcome {
  const value = by === NOBODY ? DEFAULT_CONFIDENCE : 1;
  return { kind: "completed", output: answer, confidence: { value, source: "declared" } };
}

/** An answer that nobody gave is its template's word; a person's own is whole. */
const DEFAULT_CONFIDENCE = 0.5;

function failureOf(context: AgentContext, status: NodeStatus, event: AgentEvent): Failure | undefined {
  if (status === "cancelled") {
    const message = event.type === "cancel" ? event.reason : "cancelled";
    return { code: "CANCELLED", message, retryable: false };
  }
  if (status !== "skipped") return context.failure ?? undefined;
  const preparation = context.preparation;
  if (preparation?.kind !== "skip" || preparation.reason === "condition") return undefined;
  const code = preparation.reason.startsWith("blocked:") ? "RUN_BLOCKED" : "NEEDS_FAILED";
  return { code, message: preparation.reason, retryable: false };
}

/**
 * How long to wait before the next attempt: constant, or doubled with every attempt up to `maxDelayMs`, both with
 * equal jitter (half fixed, half drawn; Brooker 2015) from a hash of the identity, so that a replay waits the same.
 */
export function backoffMs(retry: RetryPolicy, attempt: number, identity: string): number {
  if (retry.backoff === "none") return 0;
  const growth = retry.backoff === "exponential" ? 2 ** (attempt - 1) : 1;
  const capMs = Math.min(retry.maxDelayMs, retry.delayMs * growth);
  const draw = Number.parseInt(sha3(`${identity}#${attempt}`).slice(0, 8), 16) / 0xffffffff;
  return Math.round(capMs * (0.5 + 0.5 * draw));
}

/** How long whoever failed asks to be left alone, ms. */
function askedMs(failure: Failure | null): number {
  const asked = failure?.detail?.retryAfterMs;
  return typeof asked === "number" && asked > 0 ? Math.min(Math.ceil(asked), LIMITS.retryAfterMs) : 0;
}
