import type { BoardReceipt } from "../../src/actors/blackboard.ts";
import type { EffectPort, Task } from "../../src/actors/ports.ts";
import type { Question } from "../../src/actors/question.ts";
import { type Timer, timerId } from "../../src/actors/timer.ts";
import type { Failure } from "../../src/plan/outcome.ts";

export type Command =
  | { readonly type: "dispatch"; readonly task: Task }
  | { readonly type: "cancel"; readonly path: string; readonly why: "timeout" | "cancelled" }
  | { readonly type: "stop"; readonly path: string; readonly attempt: number }
  | { readonly type: "setTimer"; readonly id: string; readonly atMs: number }
  | { readonly type: "clearTimer"; readonly id: string }
  | { readonly type: "askApproval"; readonly path: string; readonly question: Question }
  | {
      readonly type: "answerBoard";
      readonly path: string;
      readonly attempt: number;
      readonly write: number;
      readonly receipt: BoardReceipt;
    }
  | {
      readonly type: "answerCall";
      readonly path: string;
      readonly attempt: number;
      readonly call: number;
      readonly refusal: Failure | null;
    };

/** Writes down what a run asks for, and carries out nothing. */
export class RecordingEffects implements EffectPort {
  readonly commands: Command[] = [];
  readonly #heard: (command: Command) => void;

  constructor(heard: (command: Command) => void = () => {}) {
    this.#heard = heard;
  }

  dispatch(task: Task): void {
    this.#note({ type: "dispatch", task });
  }

  cancel(path: string, why: "timeout" | "cancelled"): void {
    this.#note({ type: "cancel", path, why });
  }

  stop(path: string, attempt: number): void {
    this.#note({ type: "stop", path, attempt });
  }

  setTimer(timer: Timer, atMs: number): void {
    this.#note({ type: "setTimer", id: timerId(timer), atMs });
  }

  clearTimer(timer: Timer): void {
    this.#note({ type: "clearTimer", id: timerId(timer) });
  }

  askApproval(path: string, question: Question): void {
    this.#note({ type: "askApproval", path, question });
  }

  answerCall(path: string, attempt: number, call: number, refusal: Failure | null): void {
    this.#note({ type: "answerCall", path, attempt, call, refusal });
  }

  answerBoard(path: string, attempt: number, write: number, receipt: BoardReceipt): void {
    this.#note({ type: "answerBoard", path, attempt, write, receipt });
  }

  /** `a#1` for every task asked for, in order. */
  get dispatched(): readonly string[] {
    return this.commands.flatMap((command) =>
      command.type === "dispatch" ? [`${command.task.path}#${command.task.attempt}`] : [],
    );
  }

  #note(command: Command): void {
    this.commands.push(command);
    this.#heard(command);
  }
}
