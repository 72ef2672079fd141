import type { Json, JsonObject } from "../shared/json.ts";
import type { ToolTerms } from "../shared/tool-names.ts";
import type {
  AskTerms,
  MergeRule,
  ResolveRule,
  Resources,
  RetryPolicy,
  SupervisionPolicy,
  SynthesisMode,
} from "../templates/template.ts";
import type { BudgetLimits, PlanBudget } from "./budget.ts";
import type { Calibration } from "./calibration.ts";
import type { Routed } from "./routing/routing.ts";

/** What a program will do: plain JSON, the same bytes for the same text, templates and configuration. */
export type Plan = {
  /** `p_` and the first 16 digits of `hash`. */
  readonly id: string;
  /** SHA3-256 of the canonical JSON of everything else in the plan, but for `calibration`. */
  readonly hash: string;
  readonly program: string;
  /** In depth-first order: a parent before its children, siblings in order. */
  readonly nodes: readonly PlanNode[];
  /** Paths of the nodes without a parent. */
  readonly roots: readonly string[];
  /** Agent paths by dependency depth; what stands in one level may run at once. */
  readonly levels: readonly (readonly string[])[];
  readonly bounds: Bounds;
  /** Agent paths along the longest chain of durations. */
  readonly criticalPath: readonly string[];
  readonly schedule: Schedule;
  readonly capacity: Capacity;
  /** Budgets of templates and steps; absent when there are none. A run's own is told when it starts. */
  readonly budgets?: readonly PlanBudget[];
  /** Declared keys of the run's blackboard, with how writes to each become one value; absent when there are none. */
  readonly blackboard?: Readonly<Record<string, MergeRule>>;
};

/** What may be in use at once: agents, cores, MiB, and any named resource. */
export type Capacity = {
  readonly agents: number;
  readonly cpu: number;
  readonly memoryMb: number;
  readonly [name: string]: number;
};

/** A node of a plan: one agent, or a group of nodes. */
export type PlanNode = AgentNode | GroupNode;

type NodeBase = {
  /** Durable identity, e.g. `architecture/components.0/code/generate`. */
  readonly path: string;
  readonly parent: string | null;
  /** Paths that must be settled well before this one starts, inside or outside its group. */
  readonly needs: readonly string[];
  /** `NAME@VERSION` of the template it came from; null for what the program itself wrote (`->`, `&`). */
  readonly template: string | null;
  /** Name of the step within its template; null for a command or a program's own group. */
  readonly step: string | null;
  /** The phase of its template that its step stands in. */
  readonly phase?: string;
  /** A condition to be judged when the needs are settled. */
  readonly when?: string;
  readonly priority: number;
  /** What calls of models by the node, and by all below it, may take together. */
  readonly budget?: BudgetLimits;
};

/** One piece of work by one agent: a leaf. */
export type AgentNode = NodeBase & {
  readonly kind: "agent";
  readonly children: readonly [];
  readonly agent: string;
  readonly performer: string;
  /** The model that is asked, as `provider/model`; absent where the performer asks none, or knows which by itself. */
  readonly model?: string;
  /** How its word for how sure it is is corrected, by what came of earlier ones: put in when a run starts; absent: nothing is known. */
  readonly calibration?: Calibration;
  /** Why this agent kind and performer; absent where there was nothing to choose. */
  readonly routed?: Routed;
  readonly input: AgentInput;
  readonly resources: Resources;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** An answer of less confidence, from 0 to 1, is kept, and those of the alternatives that ask a model are begun; absent: any is enough. */
  readonly minConfidence?: number;
  /** What is done in its place, in order, once it has failed for good; absent when there is nothing. */
  readonly alternatives?: readonly Alternative[];
  /** What stands in when all that could be done has failed. */
  readonly fallback?: { readonly output: string; readonly data?: Json };
  /** Whether a person is asked before it starts. */
  readonly approve: boolean;
  /** How a person is asked: with `approve`, or where the performer is `human`. */
  readonly ask?: AskTerms;
  readonly cache: boolean;
  /** Present with `cache`: SHA3-256 of the step's content and the agent kind's; the rest of a result's key is rendered. */
  readonly contentHash?: string;
  readonly outputSchema?: JsonObject;
  readonly capabilities: readonly string[];
  /** What it may use; absent: no tools. */
  readonly tools?: ToolTerms;
  /** Written on the blackboard when it has ended well: key -> value, expressions unrendered. */
  readonly publish?: JsonObject;
  /** Which of how many agents on the same work this is, from 0; P4. */
  readonly replica?: { readonly index: number; readonly count: number };
  /** Present on an agent that judges between the other results of a group: the group's path. */
  readonly judges?: string;
};

/** Work that stands in for an agent's own; it sees what the agent sees, and holds the resources of the agent. */
export type Alternative = Pick<
  AgentNode,
  "agent" | "performer" | "model" | "calibration" | "timeoutMs" | "retry" | "contentHash" | "tools"
> &
  Pick<AgentInput, "prompt" | "options" | "secrets">;

/** A fork runs its children at once and joins; a chain runs them as their needs are met. */
export type GroupNode = NodeBase & {
  readonly kind: "fork" | "chain";
  readonly children: readonly string[];
  readonly synthesis: SynthesisMode;
  /** What decides between results below it, in order; absent: as the group around it. */
  readonly resolve?: readonly ResolveRule[];
  /** The path of the agent that decides where `judge` is among the rules. */
  readonly judge?: string;
  /** Names of the steps whose results are the group's answer; absent: all. A value's command always is part of it. */
  readonly answerOf?: readonly string[];
  /** fork: the share of children that must succeed. chain: always 1. */
  readonly successThreshold: number;
  /** What the group stands for: a command, a step, a program operator, a parameter's commands, ready siblings. */
  readonly role: GroupRole;
  /** Present on a fork whose children are made at run time: one copy of `template` for each element of `items`. */
  readonly forEach?: { readonly variable: string; readonly items: Json; readonly template: AgentNode };
  /** Present on a group that starts crashed agents below it again. */
  readonly supervision?: SupervisionPolicy;
  /** What `when` and `forEach` of this group may read. */
  readonly input?: AgentInput;
  /** The parameters of a command (role `command`); `refs` as in AgentInput. */
  readonly scope?: Scope;
};

/** What a group stands for. */
export type GroupRole = "command" | "program" | "step" | "value" | "siblings";

/** Names that expressions see: parameters, loop variables; siblings stand under `steps`. */
export type Scope = {
  readonly parameters: JsonObject;
  /** Undeclared parameters, passed on to the agents as context. */
  readonly context: JsonObject;
  /** Values known only at run time, null in their place: JSON Pointer (RFC 6901) into `{parameters, context}` -> source. */
  readonly refs: Readonly<Record<string, ValueSource>>;
};

/** Where a value comes from that the plan does not know yet. */
export type ValueSource =
  | { readonly kind: "answer"; readonly path: string }
  /** A `with` value of a nested template: expressions over the scope of the step that nests it. */
  | { readonly kind: "expression"; readonly value: Json; readonly input: AgentInput };

/** What an agent will be given, expressions unrendered. */
export type AgentInput = {
  readonly prompt?: string;
  /** Options of a `run` step, expressions unrendered. */
  readonly options: JsonObject;
  /** Where the options take what variables hold: JSON Pointer (RFC 6901) -> variable; absent: nowhere. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Path of the command node whose scope the expressions see. */
  readonly scope: string;
  /** Step name -> path of its node, for `steps.NAME`: every step this one can see. */
  readonly steps: Readonly<Record<string, string>>;
  /** Paths of the unit before in a program chain; `previous` in expressions. */
  readonly previous?: readonly string[];
  /** Loop variables: name -> value, known only for copies made at run time. */
  readonly loop?: JsonObject;
};

/** A figure as it will be at least, is expected to be, and will be at most. */
export type Bound = { readonly atLeast: number; readonly expected: number; readonly atMost: number };

/** Before anything runs (P5). Tokens count, money in micro-USD, time in ms. */
export type Bounds = {
  readonly agents: Bound;
  readonly calls: Bound;
  readonly tokens: Bound;
  readonly costMicros: Bound;
  readonly wallMs: Bound;
};

/** When every agent is expected to work; times in ms from the start of the run. */
export type Schedule = {
  readonly makespanMs: number;
  /** By start time, then in plan order. */
  readonly entries: readonly { readonly path: string; readonly startMs: number; readonly endMs: number }[];
};
