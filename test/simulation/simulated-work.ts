import type { CallAccess, Performer, Task } from "../../src/actors/ports.ts";
import type { Outcome } from "../../src/plan/outcome.ts";
import { DONE, speechOf } from "../actors/random-run/judging.ts";
import { attemptEnd } from "../actors/random-run/oracle.ts";
import {
  type AttemptEnd,
  CONFIDENCE,
  isGranted,
  type PlacedNode,
  placeNodes,
  type WorkSpec,
  worksOf,
} from "../actors/random-run/plan-spec.ts";
import { completed, failed } from "../support/scripted-performer.ts";
import type { Book } from "./book.ts";
import { stateOf } from "./question-book.ts";
import type { SimCase } from "./sim-case.ts";
import type { Party, SimulatedTime } from "./simulated-time.ts";

export const PERFORMER = "scripted";

/** What an attempt says when it has succeeded. */
export function outputOf(path: string, attempt: number): string {
  return `${path}#${attempt}${DONE}`;
}

/**
 * Purpose: do the work of a case as its data say: when an attempt answers, and what.
 * Owns: how many calls there were. Does not own: whether a call was right (the book's).
 */
export class SimulatedWork {
  readonly #placed: ReadonlyMap<string, PlacedNode>;
  readonly #works: ReadonlyMap<string, WorkSpec>;
  readonly #calls: readonly number[];
  readonly #crashes: readonly number[];
  readonly #time: SimulatedTime;
  readonly #book: Book;
  #count = 0;

  constructor({ spec, calls, crashes = [] }: SimCase, time: SimulatedTime, book: Book) {
    this.#calls = calls.length > 0 ? calls : [0];
    this.#crashes = crashes;
    this.#time = time;
    this.#book = book;
    this.#placed = placeNodes(spec);
    this.#works = worksOf(this.#placed);
  }

  /** The performer that one process has. */
  performerOf(process: Party & { readonly pid: number }): Performer {
    return {
      name: PERFORMER,
      perform: (task, { signal, idempotencyKey, calls }) => {
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
        if (process.state === "dead") return promise;
        const call = this.#book.called(process.pid, task, idempotencyKey, signal);
        const mayCrash = this.#crashes.includes(this.#count);
        const style = this.#calls[this.#count++ % this.#calls.length]!;
        const answer = (outcome: Outcome): void => {
          this.#book.answered(call, outcome);
          resolve(outcome);
        };
        if (calls) this.#spend(calls, { task, rest: style % 100, key: call.key }, process);
        const heeds = Math.floor(style / 100) % 2 === 0;
        if (heeds)
          signal.addEventListener("abort", () => process.state !== "dead" && answer(failed("ABORTED")));
        const wards = this.#book.drives.get(process.pid)?.wards;
        const counted = wards?.countedAttempt(task.path, task.attempt) ?? task.attempt;
        const crash = (): void => {
          this.#book.answered(call, { kind: "crashed" });
          // Without the stack, which says who has simulated it.
          reject(Object.assign(new Error("scripted crash"), { stack: undefined }));
        };
        const isRetried = attemptEnd(this.#works.get(task.path)!, counted) === "retryable";
        if (mayCrash && (isRetried || wards?.supervisorOf(task.path))) {
          this.#time.after(afterMsOf(task, style % 100), crash, process);
          return promise;
        }
        const end = this.#answerOf(task, counted, style % 100);
        if (end) this.#time.after(end.afterMs, () => answer(end.outcome), process);
        return promise;
      },
    };
  }

  /** Makes calls beside the work, two at a time, which take more or less of their bound: how the work ends does not depend on them. */
  #spend(access: CallAccess, { task, rest, key }: Spending, process: Party): void {
    for (const bound of BOUNDS) {
      const charge = { tokens: bound, costMicros: 0 };
      const took = { tokens: (rest * bound) % (bound + 1), costMicros: 0 };
      access.reserve(charge).then(
        (reserved) => {
          if (process.state === "dead" || "code" in reserved) return;
          this.#book.budget.grant(key, charge);
          const settle = (): void => {
            this.#book.budget.settle(charge, took);
            reserved.settle(took);
          };
          this.#time.after(Math.floor(afterMsOf(task, rest) / 2), settle, process);
        },
        // The attempt is over.
        () => {},
      );
    }
  }

  #answerOf(task: Task, counted: number, rest: number): { outcome: Outcome; afterMs: number } | null {
    const { path, timeoutMs } = task;
    const end = attemptEnd(this.#works.get(path)!, counted);
    const afterMs = afterMsOf(task, rest);
    const outcome = this.#outcomeOf(task, end);
    if (end !== "timeout") return { outcome, afterMs };
    return rest % 2 === 0 ? null : { outcome, afterMs: timeoutMs + 1 + afterMs };
  }

  #outcomeOf(task: Task, end: AttemptEnd): Outcome {
    const { path, attempt, timeoutMs } = task;
    const work = this.#works.get(path)!;
    switch (end) {
      case "ok":
      case "unsure":
      case "timeout": {
        const value = CONFIDENCE[end === "unsure" ? "unsure" : "ok"];
        const confidence = { value, source: "declared" } as const;
        return completed(outputOf(path, attempt), { confidence, ...speechOf(this.#placed, task) });
      }
      case "asks": {
        const otherwise = isGranted(work) ? "approve" : "reject";
        const deadline = work.expires
          ? { deadline: { withinMs: 2 * timeoutMs, default: otherwise } as const }
          : {};
        const question = `May ${path}#${attempt} go on?`;
        return { kind: "asks", question, state: stateOf(path, attempt), ...deadline };
      }
      default:
        return failed(end === "shut" ? "BREAKER_OPEN" : "SCRIPTED", { retryable: end !== "fatal" });
    }
  }
}

type Spending = { readonly task: Task; readonly rest: number; readonly key: string };

/** Tokens that the calls of one attempt may take. */
const BOUNDS = [10, 7];

function afterMsOf({ timeoutMs }: Task, rest: number): number {
  return Math.floor((rest * 0.95 * timeoutMs) / 100);
}
