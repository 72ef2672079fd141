import type { Json, JsonObject } from "../shared/json.ts";

/** A validated template, with every default and unit resolved. Pure data. */
export type Template = {
  readonly name: string;
  /** Semantic version 2.0.0. */
  readonly version: string;
  readonly description: string;
  readonly category: string;
  /** In order of position: those with a `position` first, ascending. */
  readonly parameters: readonly Parameter[];
  readonly steps: readonly Step[];
  readonly synthesis: SynthesisTerms & {
    readonly threshold: number;
    /** Names of the steps whose results are the answer; absent: all steps. */
    readonly answer?: readonly string[];
  };
  /** Over the agents of every step that has no supervision of its own. */
  readonly supervision?: SupervisionPolicy;
  /** What the calls of models below each command of it may take together. */
  readonly budget?: BudgetLimits;
  /** The keys of the run's blackboard that its steps use, with how writes to each become one value. */
  readonly blackboard?: Readonly<Record<string, MergeRule>>;
  /** SHA3-256 of the template's canonical content. */
  readonly hash: string;
  /** The file it was read from; `<inline>` for one registered through the API. */
  readonly source: string;
};

/** The most that models may take: micro-USD, and tokens that they read and write; absent: no limit. */
export type BudgetLimits = {
  readonly maxCostMicros?: number | undefined;
  readonly maxTokens?: number | undefined;
};

/** How several results become one (rule R5). */
export type SynthesisMode = "aggregate" | "merge" | "vote" | "best";

/** What decides between results that contradict each other; `merge`: of files with a common version before them. */
export type ResolveRule = "merge" | "vote" | "confidence" | "judge";

/** How the results of several agents become one, and what decides between them. */
export type SynthesisTerms = {
  readonly mode: SynthesisMode;
  /** In order; absent: as the group around it, at last merge, vote, confidence. */
  readonly resolve?: readonly ResolveRule[];
  /** Present with the rule `judge`: the step that decides. */
  readonly judge?: Step;
};

/** What a parameter accepts; `span` is a span of time such as `30s` or `12_months`. */
export type ParameterType =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "enum"
  | "array"
  | "object"
  | "span"
  | "any";

/** A declared parameter of a template. */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  /** For `enum`: the values; for any other type: more values accepted beside the type's own. */
  readonly values?: readonly string[];
  /** With `values`: also accept a span of time such as `12_months`. */
  readonly orSpan: boolean;
  /** Inclusive bounds of a number or integer. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Its value names a variable, as `env:NAME`; what that holds reaches the performer alone. */
  readonly secret?: boolean;
  /** Position among the positional arguments, from 1; absent: by name only. */
  readonly position?: number;
  readonly required: boolean;
  readonly default?: Json;
  readonly description?: string;
};

/** Needs of one agent while it works: cpu in cores, memory in MiB, and any named resource in its own unit. */
export type Resources = { readonly cpu: number; readonly memoryMb: number; readonly [name: string]: number };

/** How often and after which waits failed work is tried again. */
export type RetryPolicy = {
  /** How often the work may be tried in all, the first time included. */
  readonly attempts: number;
  readonly backoff: "none" | "constant" | "exponential";
  /** The first wait; exponential doubles it up to `maxDelayMs`. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
};

/** How a supervisor meets the crashes of its children: by OTP's strategies and restart intensity. */
export type SupervisionPolicy = {
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one";
  /** More crashes than this within `withinMs` are not met by restarts any more. */
  readonly restartsMax: number;
  readonly withinMs: number;
  /** How long a child that is stopped may take before it is left behind. */
  readonly graceMs: number;
};

/** The performer that is a person: nobody calls it, it is asked and waited for. */
export const HUMAN = "human";

/** In place of an agent kind: one that has the step's capabilities is chosen when the plan is made. */
export const AUTO = "auto";

/** What holds when nobody has decided in time. */
export type AskDefault = "approve" | "reject" | { readonly answer: string };

/** How a person is asked. Texts may hold expressions. */
export type AskTerms = {
  /** Absent: made from the agent and its prompt. */
  readonly question?: string;
  /** The answers that are accepted: texts, or an expression that gives them; absent: any text. */
  readonly choices?: Json;
  /** Absent: it is waited for without end. */
  readonly deadline?: { readonly withinMs: number; readonly default: AskDefault };
};

/** What an agent may use; texts may hold expressions. */
export type StepTools = {
  /** Names and patterns, or an expression that gives them; absent: what its kind has. */
  readonly use?: readonly string[] | string;
  /** `low`, `medium`, `high`, or an expression; absent: as configured. */
  readonly autonomy?: string;
  /** How long a person has to decide about a call; absent: as configured. */
  readonly deadline?: { readonly withinMs: number; readonly default: "approve" | "reject" };
};

/** How writes to one key of the blackboard become one value (row R10); default `last_writer`. */
export type MergeRule = "last_writer" | "max" | "min" | "union" | { readonly function: string };

/** One step of a template, every default and unit resolved. */
export type Step = {
  readonly name: string;
  readonly work: StepWork;
  /** The model that its agents ask, or an expression over parameters that gives it; absent: as their kind, or the run. */
  readonly model?: string;
  /** Names of sibling steps that must have ended well before this one starts. */
  readonly needs: readonly string[];
  /** The phase of the template that it stands in, which is why it needs what stands in the one before. */
  readonly phase?: string;
  /** A LiquidJS condition; false: the step is skipped and counts as satisfied. */
  readonly when?: string;
  /** One agent for each element: the loop variable's name and the expression that gives the list. */
  readonly forEach?: { readonly variable: string; readonly items: Json };
  readonly parallelism: number | "auto";
  /** How several agents of this step become one result; absent: best of those on the same work, all of a `forEach`. */
  readonly synthesis?: SynthesisTerms;
  /** An answer of a model with less confidence calls for the next alternative that asks one; absent: any is enough. */
  readonly minConfidence?: number;
  /** What is done in its place, in order, once it has failed for good; absent when there is nothing. */
  readonly alternatives?: readonly StepAlternative[];
  /** What stands in when all that could be done has failed. */
  readonly fallback?: { readonly output: string; readonly data?: Json };
  /** Whether a person is asked before it starts. */
  readonly approve: boolean;
  /** With `approve`, or where a person does the work. */
  readonly ask?: AskTerms;
  readonly resources: Resources;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly cache: boolean;
  /** A JSON Schema (draft-07) that the result's data must satisfy. */
  readonly output?: JsonObject;
  readonly tools?: StepTools;
  readonly capabilities: readonly string[];
  /** Higher goes first among equals; default 0. */
  readonly priority: number;
  /** The share of a fork's agents that must succeed, above 0 to 1. */
  readonly successThreshold: number;
  /** Absent: a crash is a failed attempt like any other. */
  readonly supervision?: SupervisionPolicy;
  /** What the calls of models of all its agents may take together. */
  readonly budget?: BudgetLimits;
  /** What it writes on the blackboard when it has ended well: key -> value, expressions over its own result too. */
  readonly publish?: JsonObject;
};

/** The three kinds of step. Texts in `prompt`, `run` and `with` may hold expressions. */
export type StepWork =
  | { readonly kind: "agent"; readonly agent: string; readonly prompt?: string }
  | {
      readonly kind: "template";
      readonly template: string;
      readonly version?: string;
      readonly with: JsonObject;
    }
  | {
      readonly kind: "run";
      readonly performer: string;
      readonly options: JsonObject;
      readonly agent: string;
    };

/** Work that stands in for a step's own when that has failed for good. */
export type StepAlternative = {
  /** Agent `auto`: the kind that the step itself has got. */
  readonly work: Exclude<StepWork, { readonly kind: "template" }>;
  /** Of an agent's work: who does it; absent: the first of the kind's performers that exists here. */
  readonly performer?: string;
  /** As of a step. */
  readonly model?: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
};

/** A kind of agent (R2), read from templates/agents/*.yaml. */
export type AgentKind = {
  readonly name: string;
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly system: string;
  /** Performers in order of preference; the first one available does the work. */
  readonly performers: readonly string[];
  readonly temperature?: number;
  /** The model that it asks where a step does not name another; absent: the run's. */
  readonly model?: string;
  /** What it may use at most, and uses where a step does not narrow it; absent: a step says it. */
  readonly tools?: readonly string[];
  readonly source: string;
};
