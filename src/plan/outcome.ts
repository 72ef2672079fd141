import type { Json, JsonObject } from "../shared/json.ts";

/** Why a piece of work failed: plain data, so that it can be recorded (errors persist as `{}`). */
export type Failure = {
  /** Stable code, e.g. `TIMEOUT`, `COMMAND_EXIT`, `OUTPUT_INVALID`, `PERFORMER_CRASHED`. */
  readonly code: string;
  readonly message: string;
  /** Whether trying again may help. */
  readonly retryable: boolean;
  readonly hint?: string;
  /** Provider detail, exit code, stderr tail, stack. */
  readonly detail?: JsonObject;
};

/** Whether a failure is a crash, which a supervisor meets by a restart: a bug, as against what was to be expected. */
export function isCrash({ code }: Failure): boolean {
  return code === "PERFORMER_CRASHED";
}

/** What guards say of a resource that may not be called before a time that is known. */
const SHUT: readonly string[] = ["BREAKER_OPEN", "PACE_EXCEEDED"];

/** Whether the work was refused because what it calls cannot be called for a while. */
export function isShut(failure: Failure): boolean {
  return SHUT.includes(failure.code);
}

/** A file in the answer; `path` is relative, with `/`, never leaves the output folder. */
export type Artifact = { readonly path: string; readonly content: string; readonly mediaType: string };

/** A statement that can agree or conflict with another result's: `subject` = `value`. */
export type Claim = { readonly subject: string; readonly value: Json };

/** 0 to 1, with where it comes from. */
export type Confidence = {
  readonly value: number;
  readonly source: "checked" | "agreement" | "declared" | "draft";
  /** What was said, where experience has corrected it to `value`. */
  readonly raw?: number;
};

/** Calls of models, with the tokens and the money (micro-USD) that providers told; zero for work that asked no model. */
export type Usage = {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
  /** Of `calls` those of which nobody told what they took, and the most that it may be, beside the figures above; absent: none. */
  readonly untold?: Untold;
};

/** What a call takes of a budget, or may take at most. */
export type Charge = { readonly tokens: number; readonly costMicros: number };

type Untold = Charge & { readonly calls: number };

/** The usage of work that asked no model. */
export const NO_USAGE: Usage = { calls: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };

/** The sum of two usages; a missing one counts as nothing. */
export function addUsage(a: Usage, b: Usage | undefined): Usage {
  if (!b) return a;
  const sum: Usage = {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costMicros: a.costMicros + b.costMicros,
  };
  return a.untold || b.untold ? { ...sum, untold: addUntold(a.untold, b.untold) } : sum;
}

function addUntold(a: Untold = NOTHING_UNTOLD, b: Untold = NOTHING_UNTOLD): Untold {
  return {
    calls: a.calls + b.calls,
    tokens: a.tokens + b.tokens,
    costMicros: a.costMicros + b.costMicros,
  };
}

const NOTHING_UNTOLD: Untold = { calls: 0, tokens: 0, costMicros: 0 };

/** The usage of a call of which nobody told more than the most that it may take. */
export function untoldUsage(bound: Charge): Usage {
  return { ...NO_USAGE, calls: 1, untold: { calls: 1, ...bound } };
}

/** What a usage is to a budget: what nobody told counts at its bound. */
export function chargeOf({ inputTokens, outputTokens, costMicros, untold = NOTHING_UNTOLD }: Usage): Charge {
  return { tokens: inputTokens + outputTokens + untold.tokens, costMicros: costMicros + untold.costMicros };
}

/** What a performer hands back for one attempt. */
export type Outcome = CompletedOutcome | FailedOutcome | AskedOutcome;

/** Work that was done. */
export type CompletedOutcome = {
  readonly kind: "completed";
  /** Markdown. */
  readonly output: string;
  readonly data?: Json;
  readonly artifacts?: readonly Artifact[];
  readonly claims?: readonly Claim[];
  readonly confidence: Confidence;
  readonly usage?: Usage;
  /** It was computed from the results that it read, and is as sure as these are: `confidence` counts where it read none. */
  readonly computed?: true;
  /** It answers an identical question of another agent, which was asked at the same time and paid for there. */
  readonly shared?: true;
  /** There is text in it that comes from outside: a web page, a file, a program's output, a remote agent. */
  readonly tainted?: boolean;
};

/** Work that was not done; what it cost counts all the same. */
export type FailedOutcome = { readonly kind: "failed"; readonly failure: Failure; readonly usage?: Usage };

/**
 * Work that may not go on without a person's word. The attempt is over; the next one is handed `state` and the decision, and
 * goes on from there, whatever the decision is. `state` is recorded: JSON, and no secrets.
 */
export type AskedOutcome = {
  readonly kind: "asks";
  readonly question: string;
  readonly state: Json;
  /** What holds when nobody has decided in time; absent: it is waited for without end. */
  readonly deadline?: { readonly withinMs: number; readonly default: "approve" | "reject" };
  readonly usage?: Usage;
};

/** Terminal states of a node. */
export type NodeStatus = "succeeded" | "degraded" | "failed" | "cancelled" | "skipped";

/** An answer that was not sure enough: which alternative gave it, from 1 (0: the own work), on which model, how sure it was. */
export type UnsureAnswer = {
  readonly alternative: number;
  readonly model?: string;
  readonly confidence: number;
};

/** Whether an agent's result says something that others may go on with. */
export function isUsable({ status }: { readonly status: NodeStatus }): boolean {
  return status === "succeeded" || status === "degraded";
}

/** The settled result of one agent. */
export type AgentResult = {
  readonly path: string;
  readonly status: NodeStatus;
  readonly output: string;
  readonly data: Json;
  readonly artifacts: readonly Artifact[];
  readonly claims: readonly Claim[];
  readonly confidence: Confidence | null;
  readonly usage: Usage;
  readonly attempts: number;
  readonly durationMs: number;
  readonly cached: boolean;
  readonly failure?: Failure;
  readonly provenance: {
    readonly template: string | null;
    readonly step: string | null;
    readonly agent: string;
    readonly performer: string;
    /** The model that was asked, as `provider/model`; absent: none. */
    readonly model?: string;
    /**
     * Present where a model was not asked for it: it answered an identical question of another agent at the same time (`call`), or an
     * earlier one (`cache`).
     */
    readonly reused?: "call" | "cache";
    /** Which of the step's alternatives did the work, from 1; absent: its own work, or nobody. */
    readonly alternative?: number;
    /**
     * Answers of less confidence than the step asks for, oldest first, for which the next alternative was asked. Where that one failed the
     * last of them is this result.
     */
    readonly unsure?: readonly UnsureAnswer[];
    /** Paths whose results this one read. */
    readonly from: readonly string[];
    /** Present where text from outside is in it, or was in what it was made from. */
    readonly tainted?: true;
    /** The person who let it run, or who answered; with what was said. */
    readonly decided?: { readonly by: string; readonly answer?: string };
  };
};
