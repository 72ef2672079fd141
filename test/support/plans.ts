import type {
  AgentInput,
  AgentNode,
  Alternative,
  Capacity,
  GroupNode,
  Plan,
  PlanNode,
} from "../../src/plan/plan.ts";
import { hashJson } from "../../src/shared/hash.ts";
import type { Json, JsonObject } from "../../src/shared/json.ts";
import type {
  ResolveRule,
  RetryPolicy,
  SupervisionPolicy,
  SynthesisMode,
} from "../../src/templates/template.ts";

/** A node before it has a place in a plan. Names become paths: a child's is its parent's, a slash, and its own. */
export type Draft = AgentDraft | GroupDraft;

type Common = {
  /** Names of siblings, or whole paths. */
  readonly needs?: readonly string[];
  /** A condition over `steps`; what the node needs stands there under its last name. */
  readonly when?: string;
};

type AgentOptions = Common & {
  readonly attempts?: number;
  readonly backoff?: RetryPolicy["backoff"];
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
  readonly timeoutMs?: number;
  /** Each with one attempt, no waits and the agent's own timeout, unless told otherwise. */
  readonly alternatives?: readonly AlternativeOptions[];
  readonly fallback?: { readonly output: string; readonly data?: Json };
  readonly approve?: boolean;
  readonly ask?: AgentNode["ask"];
  readonly cache?: boolean;
  readonly performer?: string;
  readonly model?: string;
  readonly minConfidence?: number;
  readonly calibration?: AgentNode["calibration"];
  readonly prompt?: string;
  readonly options?: JsonObject;
  readonly resources?: AgentNode["resources"];
  readonly outputSchema?: JsonObject;
  readonly publish?: JsonObject;
  readonly replica?: AgentNode["replica"];
  /** The path of the group between whose other results it judges. */
  readonly judges?: string;
};

type AlternativeOptions = Partial<Omit<Alternative, "retry"> & RetryPolicy>;

type GroupOptions = Common & {
  /** The share of a fork's children that must succeed; default 0.8. */
  readonly threshold?: number;
  readonly synthesis?: SynthesisMode;
  readonly resolve?: readonly ResolveRule[];
  /** The name of the child that judges. */
  readonly judge?: string;
  readonly role?: GroupNode["role"];
  readonly answerOf?: readonly string[];
  readonly supervision?: Partial<SupervisionPolicy>;
};

type AgentDraft = { readonly kind: "agent"; readonly name: string; readonly options: AgentOptions };
type GroupDraft = {
  readonly kind: "fork" | "chain";
  readonly name: string;
  readonly options: GroupOptions;
  readonly children: readonly Draft[];
  readonly forEach?: { readonly variable: string; readonly items: Json; readonly each: AgentDraft };
};

/** An agent with one attempt, a timeout of a minute and the performer `scripted`, unless told otherwise. */
export function agent(name: string, options: AgentOptions = {}): AgentDraft {
  return { kind: "agent", name, options };
}

/** A group whose children run at once. */
export function fork(name: string, children: readonly Draft[], options: GroupOptions = {}): GroupDraft {
  return { kind: "fork", name, children, options };
}

/** Agents on the same work, `name/0`, `name/1` ... */
export function replicas(name: string, count: number, options: GroupOptions = {}): GroupDraft {
  const each = Array.from({ length: count }, (_, index) =>
    agent(String(index), { replica: { index, count } }),
  );
  return fork(name, each, options);
}

/** A group whose children run as their needs are met. */
export function chain(name: string, children: readonly Draft[], options: GroupOptions = {}): GroupDraft {
  return { kind: "chain", name, children, options };
}

/** A fork whose children, `name.0`, `name.1` ..., are made at run time: one for each element of `items`. */
export function forEach(
  name: string,
  variable: string,
  items: Json,
  each: AgentOptions = {},
  options: GroupOptions = {},
): GroupDraft {
  return { kind: "fork", name, children: [], options, forEach: { variable, items, each: agent(name, each) } };
}

const SUPERVISION: SupervisionPolicy = {
  strategy: "one_for_one",
  restartsMax: 3,
  withinMs: 60_000,
  graceMs: 5_000,
};

const ROOMY: Capacity = { agents: 20, cpu: 100_000, memoryMb: 100_000_000 };

/** A plan from hand-made nodes, taken as they are: nothing is checked, so that it may be as wrong as a test needs. */
export function plan(roots: readonly Draft[], capacity: Partial<Capacity> = {}): Plan {
  const nodes: PlanNode[] = [];
  for (const root of roots) place(root, null, roots, nodes);
  const hash = hashJson(nodes);
  const none = { atLeast: 0, expected: 0, atMost: 0 };
  const leaves = nodes.filter((node) => node.kind === "agent" || node.forEach);
  return {
    id: `p_${hash.slice(0, 16)}`,
    hash,
    program: "made by hand",
    nodes,
    roots: roots.map(({ name }) => name),
    levels: [],
    bounds: { agents: none, calls: none, tokens: none, costMicros: none, wallMs: none },
    criticalPath: [],
    // Dispatch follows the schedule: here, the order in which the nodes were written.
    schedule: { makespanMs: 0, entries: leaves.map(({ path }) => ({ path, startMs: 0, endMs: 0 })) },
    capacity: { ...ROOMY, ...capacity } as Capacity,
  };
}

function place(draft: Draft, parent: string | null, siblings: readonly Draft[], nodes: PlanNode[]): void {
  const path = pathUnder(parent, draft.name);
  const needs = (draft.options.needs ?? []).map((need) =>
    siblings.some(({ name }) => name === need) ? pathUnder(parent, need) : need,
  );
  const base = { path, parent, needs, ...whenOf(draft.options), ...ORIGIN, step: draft.name };
  if (draft.kind === "agent") {
    nodes.push(agentNode(draft, base));
    return;
  }
  const { children, options, forEach: many } = draft;
  nodes.push({
    ...base,
    kind: draft.kind,
    children: children.map((child) => pathUnder(path, child.name)),
    synthesis: options.synthesis ?? "aggregate",
    successThreshold: draft.kind === "chain" ? 1 : (options.threshold ?? 0.8),
    role: options.role ?? "step",
    ...(options.answerOf ? { answerOf: options.answerOf } : {}),
    ...(options.resolve ? { resolve: options.resolve } : {}),
    ...(options.judge ? { judge: pathUnder(path, options.judge) } : {}),
    ...(options.supervision ? { supervision: { ...SUPERVISION, ...options.supervision } } : {}),
    input: inputOf(needs),
    ...(many
      ? {
          forEach: {
            variable: many.variable,
            items: many.items,
            // What the fork waits for has settled before its copies are made; a condition of theirs is judged for each.
            template: agentNode(many.each, { ...base, needs: [], when: many.each.options.when }),
          },
        }
      : {}),
  });
  for (const child of children) place(child, path, children, nodes);
}

type NodeBase = Pick<AgentNode, "path" | "parent" | "needs" | "when" | "template" | "step" | "priority">;

const ORIGIN = { template: "HAND@1.0.0", priority: 0 };

function agentNode({ options }: AgentDraft, base: NodeBase): AgentNode {
  const input = {
    ...inputOf(base.needs),
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
  };
  return {
    ...base,
    kind: "agent",
    children: [],
    agent: "worker",
    performer: options.performer ?? "scripted",
    input: { ...input, options: options.options ?? {} },
    resources: options.resources ?? { cpu: 1, memoryMb: 1 },
    durationMs: 1_000,
    timeoutMs: options.timeoutMs ?? 60_000,
    retry: {
      attempts: options.attempts ?? 1,
      backoff: options.backoff ?? "constant",
      delayMs: options.delayMs ?? 1_000,
      maxDelayMs: options.maxDelayMs ?? 60_000,
    },
    ...(options.alternatives
      ? { alternatives: options.alternatives.map((one, index) => alternative(one, index, options)) }
      : {}),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.calibration ? { calibration: options.calibration } : {}),
    ...(options.minConfidence === undefined ? {} : { minConfidence: options.minConfidence }),
    ...(options.fallback ? { fallback: options.fallback } : {}),
    approve: options.approve ?? false,
    ...(options.ask ? { ask: options.ask } : {}),
    cache: options.cache ?? false,
    ...(options.cache ? { contentHash: hashJson(options.prompt ?? null) } : {}),
    ...(options.outputSchema ? { outputSchema: options.outputSchema } : {}),
    ...(options.publish ? { publish: options.publish } : {}),
    ...(options.replica ? { replica: options.replica } : {}),
    ...(options.judges === undefined ? {} : { judges: options.judges }),
    capabilities: [],
  };
}

function alternative(
  { attempts = 1, backoff = "none", delayMs = 1_000, maxDelayMs = 60_000, ...more }: AlternativeOptions,
  index: number,
  { prompt, timeoutMs = 60_000 }: AgentOptions,
): Alternative {
  return {
    agent: `worker${index + 1}`,
    performer: "scripted",
    ...(prompt === undefined ? {} : { prompt }),
    options: {},
    timeoutMs,
    retry: { attempts, backoff, delayMs, maxDelayMs },
    ...more,
  };
}

function inputOf(needs: readonly string[]): AgentInput {
  const steps = Object.fromEntries(needs.map((need) => [need.slice(need.lastIndexOf("/") + 1), need]));
  return { options: {}, scope: "", steps };
}

function whenOf({ when }: Common): { readonly when?: string } {
  return when === undefined ? {} : { when };
}

function pathUnder(parent: string | null, name: string): string {
  return parent === null ? name : `${parent}/${name}`;
}
