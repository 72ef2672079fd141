import type { AskedOutcome, Charge, CompletedOutcome, Failure, Outcome, Usage } from "../plan/outcome.ts";
import type { Autonomy } from "../shared/autonomy.ts";
import type { Json, JsonObject } from "../shared/json.ts";
import type { BoardEntry, BoardReceipt, BoardWrite } from "./blackboard.ts";
import type { Question } from "./question.ts";
import type { Timer } from "./timer.ts";

/** What one performer is asked to do: one attempt of one agent, every expression rendered. */
export type Task = {
  readonly runId: string;
  readonly path: string;
  readonly attempt: number;
  /** Why the attempt before failed; absent for the first one. */
  readonly previousFailure?: Failure;
  /** A person's word on what an attempt before has asked, and where that one stopped; absent when none has. */
  readonly resumed?: Resumed;
  /** Which of the step's alternatives this is, from 1 (0: its own work), and of how many; absent when it has none. */
  readonly alternative?: { readonly index: number; readonly of: number };
  /** `runId/path#attempt`: the same whenever the same attempt is run again. */
  readonly idempotencyKey: string;
  /** `NAME@VERSION` and step, or null for neither. */
  readonly template: string | null;
  readonly step: string | null;
  readonly agent: string;
  readonly performer: string;
  /** The model that is asked, as `provider/model`; absent: whoever does the work asks none, or knows which. */
  readonly model?: string;
  readonly prompt: string | null;
  /** Rendered options of a `run` step. */
  readonly options: JsonObject;
  /**
   * Where the options take what variables hold: JSON Pointer (RFC 6901) -> variable. The names stand in the plan, so that no text can ask
   * for a secret; absent: nowhere.
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The command's declared parameters, commands in them replaced by their answers. */
  readonly parameters: JsonObject;
  /** Undeclared parameters: extra context. */
  readonly context: JsonObject;
  /** Earlier steps that this one can see, by step name. */
  readonly steps: Readonly<Record<string, StepView>>;
  /** Results of the unit before in a chain. */
  readonly previous: PreviousView | null;
  /** Present where something depends on how sure the result is: whoever can tell should. */
  readonly asksConfidence?: true;
  /** What it may use; absent: nothing that is called a tool. */
  readonly tools?: TaskTools;
  /**
   * Present when there is text from outside in what it is given: the same, made as if all of that were empty. What stands here
   * was said by people who may decide.
   */
  readonly untainted?: Pick<Task, "prompt" | "options" | "parameters" | "context">;
  readonly replica: { readonly index: number; readonly count: number } | null;
  /** Of a judge: the path of the group between whose results it decides; they stand in `options`. */
  readonly judges?: string;
  /** A JSON Schema (draft-07) for the result's data, if the step declares one. */
  readonly outputSchema: JsonObject | null;
  /** When the run was started, ms since the epoch: the only date a deterministic performer may use. */
  readonly runStartedAtMs: number;
  readonly timeoutMs: number;
  /** Whether a budget governs the calls of models that this attempt makes: each must be asked for, and waited for. */
  readonly isBudgeted?: true;
  /**
   * SHA3-256 of what determines the result and is not rendered here: the step's content and the agent kind's. Null when the
   * step does not allow its results to be used again.
   */
  readonly contentHash: string | null;
};

/** The tools of a task: names and patterns (shared/tool-names.ts), none of which has been looked for yet. */
export type TaskTools = {
  readonly use: readonly string[];
  readonly autonomy?: Autonomy;
  /** What the kind of agent is limited to; absent: nothing. */
  readonly within?: readonly string[];
  readonly deadline?: AskedOutcome["deadline"];
};

/** How an attempt goes on that comes after a question of the same work. */
export type Resumed = {
  readonly state: Json;
  readonly approved: boolean;
  readonly answer?: string;
  readonly by?: string;
};

/** The members of a task that say what is to be done, as against by whom, when and how often. */
export type TaskInput =
  | "template"
  | "step"
  | "agent"
  | "prompt"
  | "options"
  | "parameters"
  | "context"
  | "steps"
  | "previous"
  | "outputSchema";

/** What a result depends on, as its performer knows it. The task's content, performer and replica always count. */
export type Dependence = {
  /** What counts beside the task: versions, settings, the date. */
  readonly beside: Json;
  /** The members of the task that count; default: all. */
  readonly inputs?: readonly TaskInput[];
};

/** What expressions and performers see of another step. */
export type StepView = {
  readonly output: string;
  readonly data: Json;
  readonly artifacts: readonly {
    readonly path: string;
    readonly content: string;
    readonly mediaType: string;
  }[];
  readonly status: string;
  /** There is text from outside in it. */
  readonly tainted?: true;
};

/** The unit before in a program chain: its results one by one, and joined. */
export type PreviousView = StepView & { readonly results: readonly (StepView & { readonly path: string })[] };

/** A lossy progress signal (never an input of a machine). */
export type Signal =
  | { readonly type: "progress"; readonly message: string }
  | { readonly type: "token"; readonly text: string }
  | { readonly type: "log"; readonly level: "debug" | "info" | "warn"; readonly message: string };

/** What a performer is handed beside its task; `signal` aborts when the attempt is to stop. */
export type PerformContext = {
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
  readonly emit: (signal: Signal) => void;
  /** Whether anybody hears what is emitted now; absent: somebody may. */
  readonly isHeard?: () => boolean;
  readonly board: BoardAccess;
  /** The run's account of its calls of models, and its budgets; there for tasks that a budget governs, or whose plan names a model. */
  readonly calls?: CallAccess;
  /** What guards the calls that the work makes on its way; there for tasks with tools, absent where nothing is guarded. */
  readonly guards?: GuardAccess;
};

/** The guards of what is called, for one attempt. */
export interface GuardAccess {
  /**
   * Waits until a call of these resources may be made, beside the attempt's own: gives who is to be told how it ended, or why it may
   * not be made.
   */
  enter(resources: readonly string[]): Promise<PassedGuards | Failure>;
}

/** A call that may be made, once. `leave`: it is over; null: it went well. */
export type PassedGuards = { readonly leave: (failure: Failure | null) => void };

/** The run's account of calls, for one attempt. */
export interface CallAccess {
  /**
   * Asks for a call that takes `bound` at most: resolves when it may be made (where no budget governs the task, at once), or with why it
   * never may. Rejects once the attempt is to stop, or is over; the call may not be made then.
   */
  reserve(bound: Charge): Promise<Reservation | Failure>;
}

/** A call that may be made, once. */
export type Reservation = {
  /** The call is over, and took so much; one that is never settled counts at its bound. */
  readonly settle: (took: Charge | Usage) => void;
};

/** The run's blackboard, for one attempt; every call rejects once the attempt is to stop, or is over. */
export interface BoardAccess {
  /** What stands under a key now; null: nothing. */
  get(key: string): Promise<BoardEntry | null>;
  /** Writes, and tells how that went once it is recorded and applied; rejects a value that JSON cannot hold (TypeError). */
  put(write: BoardWrite): Promise<BoardReceipt>;
}

/** Does one kind of work in the world. Expected failures are outcomes; a throw counts as a crash. */
export interface Performer {
  /** The name that plans use. */
  readonly name: string;
  perform(task: Task, context: PerformContext): Promise<Outcome>;
  /**
   * What the result of a task depends on, or null when that cannot be told. A step that allows it is then given the result
   * of an earlier task with the same dependence; a performer without this member is always called.
   */
  dependence?(task: Task): Dependence | null | Promise<Dependence | null>;
  /**
   * What a task calls that may be down, slow or overloaded, as `KIND:NAME` (`model:openai/gpt-5`, `host:api.example.com`,
   * `command:npx`); none: the call is not guarded. Default: `performer:NAME`.
   */
  resources?(task: Task): readonly string[];
}

/** Something that has happened. The run is a fold over facts, in one recorded order. Times: ms since the epoch. */
export type Fact =
  | { readonly type: "run.started"; readonly atMs: number }
  | {
      readonly type: "agent.completed";
      readonly path: string;
      readonly attempt: number;
      readonly atMs: number;
      readonly outcome: CompletedOutcome;
      readonly cached?: boolean;
    }
  | {
      readonly type: "agent.failed";
      readonly path: string;
      readonly attempt: number;
      readonly atMs: number;
      readonly failure: Failure;
      readonly usage?: Usage;
    }
  /** An attempt ended with a question to a person; what was asked decides how the next one goes on. */
  | {
      readonly type: "agent.asked";
      readonly path: string;
      readonly attempt: number;
      readonly atMs: number;
      readonly asked: Omit<AskedOutcome, "kind" | "usage">;
      readonly usage?: Usage;
    }
  /** An attempt that was told to stop has done so: its performer has returned. */
  | {
      readonly type: "agent.stopped";
      readonly path: string;
      readonly attempt: number;
      readonly atMs: number;
    }
  /** The `write`-th write of an attempt, from 1; an attempt that begins anew repeats them (actors/board-desk.ts). */
  | ({
      readonly type: "board.written";
      readonly path: string;
      readonly attempt: number;
      readonly write: number;
      readonly atMs: number;
    } & BoardWrite)
  /** An attempt wants to make its `call`-th call of a model, from 1, which may take so much at most (actors/budget-desk.ts). */
  | {
      readonly type: "call.requested";
      readonly path: string;
      readonly attempt: number;
      readonly call: number;
      readonly atMs: number;
      readonly bound: Charge;
    }
  /** A call is over, and took so much. */
  | {
      readonly type: "call.settled";
      readonly path: string;
      readonly attempt: number;
      readonly call: number;
      readonly atMs: number;
      readonly took: Charge | Usage;
    }
  /** The process that made the calls under way is gone. */
  | { readonly type: "calls.lost"; readonly atMs: number }
  | { readonly type: "timer.fired"; readonly id: string; readonly atMs: number }
  | {
      readonly type: "approval.decided";
      readonly path: string;
      readonly atMs: number;
      readonly approved: boolean;
      readonly answer?: string;
      readonly by?: string;
      /** As of Decision. */
      readonly askedBy?: number;
    }
  | { readonly type: "run.cancelRequested"; readonly atMs: number; readonly reason: string };

/** What the run asks of the engine. Calls are made while a fact is applied; the engine records before it acts. */
export interface EffectPort {
  dispatch(task: Task): void;
  /** `timeout`: the attempt took too long, which may be the fault of what it called. */
  cancel(path: string, why: "timeout" | "cancelled"): void;
  /** As `cancel`, and the fact `agent.stopped` tells when the performer has returned. */
  stop(path: string, attempt: number): void;
  /** The fact `timer.fired` tells when it is time. */
  setTimer(timer: Timer, atMs: number): void;
  /** Of one that is not set, nothing. */
  clearTimer(timer: Timer): void;
  askApproval(path: string, question: Question): void;
  /** What became of the `write`-th write of an attempt. */
  answerBoard(path: string, attempt: number, write: number, receipt: BoardReceipt): void;
  /** Whether the `call`-th call of an attempt may be made; null: it may. */
  answerCall(path: string, attempt: number, call: number, refusal: Failure | null): void;
}
