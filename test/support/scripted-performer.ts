import type { PerformContext, Performer, Task } from "../../src/actors/ports.ts";
import type { CompletedOutcome, Failure, Outcome } from "../../src/plan/outcome.ts";

/**
 * What a performer does with one attempt: gives an outcome, throws, or waits for the test: `hold` ends by itself when it is
 * aborted, as a good performer does; `deaf` goes on regardless.
 */
export type Line = Outcome | Error | "hold" | "deaf" | ((task: Task) => Outcome);

/** A completed outcome that says `output`. */
export function completed(output = "done", more: Partial<CompletedOutcome> = {}): CompletedOutcome {
  return { kind: "completed", output, confidence: { value: 0.5, source: "declared" }, ...more };
}

/** A failed outcome; retryable unless told otherwise. */
export function failed(code = "FLAKY", more: Partial<Failure> = {}): Outcome {
  return { kind: "failed", failure: { code, message: `${code} on purpose`, retryable: true, ...more } };
}

/** One call of the performer, in the hands of the test. */
export class Call {
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly emit: PerformContext["emit"];
  readonly board: PerformContext["board"];
  readonly #answer = Promise.withResolvers<Outcome>();
  readonly #aborted = Promise.withResolvers<void>();

  constructor(task: Task, { signal, emit, board }: PerformContext) {
    this.task = task;
    this.signal = signal;
    this.emit = emit;
    this.board = board;
    signal.addEventListener("abort", () => this.#aborted.resolve(), { once: true });
  }

  /** Resolves when the work is cancelled. */
  get aborted(): Promise<void> {
    return this.#aborted.promise;
  }

  get answer(): Promise<Outcome> {
    return this.#answer.promise;
  }

  end(outcome: Outcome): void {
    this.#answer.resolve(outcome);
  }

  crash(error: Error): void {
    this.#answer.reject(error);
  }
}

/** A performer that does what its script says for each path and attempt, and completes what the script leaves out. */
export class ScriptedPerformer implements Performer {
  readonly name: string;
  readonly calls: Call[] = [];
  readonly #lines = new Map<string, readonly Line[]>();
  readonly #waiting = new Map<string, ((call: Call) => void)[]>();

  constructor(name = "scripted") {
    this.name = name;
  }

  /** One line for each attempt; the last one stands for all that follow. */
  script(path: string, ...lines: readonly Line[]): this {
    this.#lines.set(path, lines);
    return this;
  }

  /** Paths with their attempts, in the order of the calls: `a#1`. */
  get performed(): readonly string[] {
    return this.calls.map(({ task }) => keyOf(task.path, task.attempt));
  }

  /** Resolves with the call for an attempt once it is made. */
  called(path: string, attempt = 1): Promise<Call> {
    const known = this.calls.find(({ task }) => task.path === path && task.attempt === attempt);
    if (known) return Promise.resolve(known);
    const { promise, resolve } = Promise.withResolvers<Call>();
    const key = keyOf(path, attempt);
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    return promise;
  }

  async perform(task: Task, context: PerformContext): Promise<Outcome> {
    const call = new Call(task, context);
    this.calls.push(call);
    const key = keyOf(task.path, task.attempt);
    for (const resolve of this.#waiting.get(key) ?? []) resolve(call);
    this.#waiting.delete(key);
    const lines = this.#lines.get(task.path) ?? [completed(`output of ${task.path}`)];
    const line = lines[Math.min(task.attempt, lines.length) - 1]!;
    if (line instanceof Error) throw line;
    if (line === "deaf") return call.answer;
    if (line === "hold") return Promise.race([call.answer, call.aborted.then(() => failed("ABORTED"))]);
    return typeof line === "function" ? line(task) : line;
  }
}

function keyOf(path: string, attempt: number): string {
  return `${path}#${attempt}`;
}
