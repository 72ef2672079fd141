import type { BoardWrite } from "../../src/actors/blackboard.ts";
import type { Fact } from "../../src/actors/ports.ts";
import { Run, type RunOptions } from "../../src/actors/run.ts";
import type { RunEvent } from "../../src/actors/run-events.ts";
import type {
  AgentResult,
  AskedOutcome,
  Charge,
  CompletedOutcome,
  Failure,
  Usage,
} from "../../src/plan/outcome.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { RecordingEffects } from "./recording-effects.ts";
import { completed } from "./scripted-performer.ts";

const FLAKY: Failure = { code: "FLAKY", message: "FLAKY on purpose", retryable: true };

/** A run without an engine: the test applies the facts and reads the commands. Every fact is a second after the one before. */
export class HandDrivenRun {
  readonly run: Run;
  readonly effects = new RecordingEffects();
  readonly events: RunEvent[] = [];
  readonly results: AgentResult[] = [];
  readonly facts: Fact[] = [];
  #nowMs = 0;

  constructor(plan: Plan, options: Partial<RunOptions> = {}) {
    this.run = new Run(plan, this.effects, { runId: "r_1", timeoutMs: 3_600_000, ...options });
    this.run.events$.subscribe((event) => this.events.push(event));
    this.run.results$.subscribe((result) => this.results.push(result));
  }

  apply(fact: Fact): this {
    this.facts.push(fact);
    this.run.apply(fact);
    return this;
  }

  start(): this {
    return this.apply({ type: "run.started", atMs: this.#tick() });
  }

  complete(path: string, attempt = 1, outcome: CompletedOutcome = completed(`output of ${path}`)): this {
    return this.apply({ type: "agent.completed", path, attempt, outcome, atMs: this.#tick() });
  }

  fail(path: string, attempt = 1, failure: Partial<Failure> = {}): this {
    return this.apply({
      type: "agent.failed",
      path,
      attempt,
      failure: { ...FLAKY, ...failure },
      atMs: this.#tick(),
    });
  }

  /** An attempt ends with a question. */
  ask(
    path: string,
    attempt = 1,
    asked: Omit<AskedOutcome, "kind"> = { question: "May it?", state: null },
  ): this {
    return this.apply({ type: "agent.asked", path, attempt, asked, atMs: this.#tick() });
  }

  stopped(path: string, attempt = 1): this {
    return this.apply({ type: "agent.stopped", path, attempt, atMs: this.#tick() });
  }

  /** `path#attempt/purpose`, or `run/deadline`. */
  fire(id: string): this {
    return this.apply({ type: "timer.fired", id, atMs: this.#tick() });
  }

  /** The `write`-th write of an attempt. */
  write(path: string, write: number, written: BoardWrite, attempt = 1): this {
    return this.apply({ type: "board.written", path, attempt, write, ...written, atMs: this.#tick() });
  }

  /** An attempt asks for its `call`-th call of a model. */
  call(path: string, call: number, bound: Charge, attempt = 1): this {
    return this.apply({ type: "call.requested", path, attempt, call, bound, atMs: this.#tick() });
  }

  settle(path: string, call: number, took: Charge | Usage, attempt = 1): this {
    return this.apply({ type: "call.settled", path, attempt, call, took, atMs: this.#tick() });
  }

  /** The process that made the calls is gone. */
  lose(): this {
    return this.apply({ type: "calls.lost", atMs: this.#tick() });
  }

  decide(path: string, approved: boolean): this {
    return this.apply({ type: "approval.decided", path, approved, atMs: this.#tick() });
  }

  answer(path: string, answer: string, by?: string): this {
    const said = { approved: true, answer, ...(by === undefined ? {} : { by }) };
    return this.apply({ type: "approval.decided", path, ...said, atMs: this.#tick() });
  }

  cancel(reason = "enough"): this {
    return this.apply({ type: "run.cancelRequested", reason, atMs: this.#tick() });
  }

  /** How each agent ended so far: path -> status. */
  get statuses(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.results.map(({ path, status }) => [path, status]));
  }

  /** How each group ended so far. */
  get groups(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.events.flatMap((event) => (event.type === "group.ended" ? [[event.path, event.status]] : [])),
    );
  }

  #tick(): number {
    this.#nowMs += 1_000;
    return this.#nowMs;
  }
}
