import type { Question } from "../../../actors/question.ts";
import type { RunEvent } from "../../../actors/run-events.ts";
import type { BudgetLimits } from "../../../plan/budget.ts";
import type { Confidence, Failure, Usage } from "../../../plan/outcome.ts";
import type { Plan, PlanNode } from "../../../plan/plan.ts";
import type { RunResult } from "../../run-result.ts";
import { hasEnded, PHASE_NAMES, type Phase } from "./phase.ts";
import { Series } from "./series.ts";

/** What an agent has said, as its last event tells it: the beginning of its output. */
export type Said = {
  readonly output: string;
  readonly confidence: Confidence;
  readonly usage?: Usage;
};

/** What the server tells of a run (docs/reference/http.md, Events). */
export type ServerEvent =
  | {
      readonly type: "plan";
      readonly runId: string;
      readonly atMs: number;
      readonly plan: Plan;
      /** The run's own; absent: it has none. */
      readonly budget?: BudgetLimits;
    }
  | (RunEvent & { readonly result?: Said })
  | { readonly type: "result"; readonly atMs: number; readonly result: RunResult };

/** One attempt; `endMs` is null while it lasts. */
export type Span = { readonly startMs: number; endMs: number | null; phase: Phase };

/** A node of the run as it is shown. */
export type ModelNode = {
  readonly path: string;
  /** The last part of its path. */
  readonly name: string;
  readonly kind: PlanNode["kind"];
  readonly parent: ModelNode | null;
  readonly children: ModelNode[];
  readonly depth: number;
  /** Null for a copy that a loop makes at run time. */
  readonly plan: PlanNode | null;
  /** When the plan expects it to work, ms from the run's start. */
  planned: { readonly startMs: number; readonly endMs: number } | null;
  phase: Phase;
  attempt: number;
  readonly spans: Span[];
  failure: Failure | null;
  said: Said | null;
  question: Question | null;
  cached: boolean;
  /** Of the agents below it: how many there are, have begun, have ended, have failed. */
  readonly below: { agents: number; begun: number; ended: number; failed: number };
};

export type RunPhase = RunResult["status"] | "waiting" | "running" | "suspended";

/** What all agents at work hold, by resource. */
export type InUse = Record<string, number>;

/**
 * Purpose: how a run stands, folded from what the server tells.
 * Owns: the nodes, how many agents are in which state, what is in use. Does not own: the connection, what is shown of it.
 * Invariants:
 * P1 the same events give the same model, however they are cut into deliveries.
 * P2 the counts are those of the agents' states, at every moment.
 * P3 an event about a node that the plan does not have makes that node, below the nearest one that is there.
 */
export class RunModel {
  runId = "";
  plan: Plan | null = null;
  /** What calls of models may take in all; empty where nobody has set a limit. */
  budget: BudgetLimits = {};
  phase: RunPhase = "waiting";
  acceptedAtMs: number | null = null;
  startedAtMs: number | null = null;
  endedAtMs: number | null = null;
  /** Of the newest event. */
  atMs = 0;
  result: RunResult | null = null;
  readonly nodes: ModelNode[] = [];
  readonly roots: ModelNode[] = [];
  readonly counts = Object.fromEntries(PHASE_NAMES.map((name) => [name, 0])) as Record<Phase, number>;
  readonly inUse: InUse = { agents: 0, cpu: 0, memoryMb: 0 };
  /** The most that was in use at once. */
  readonly peak: InUse = {};
  readonly usage = { calls: 0, tokens: 0, costMicros: 0 };
  /** Running, cores and MiB over time. */
  readonly series = new Series(3);
  readonly warnings: { readonly path: string; readonly text: string; readonly atMs: number }[] = [];
  /** Grows with every event. */
  version = 0;
  /** Grows when nodes are added. */
  shape = 0;
  readonly #byPath = new Map<string, ModelNode>();

  get agents(): number {
    return this.roots.reduce((sum, root) => sum + (root.kind === "agent" ? 1 : root.below.agents), 0);
  }

  /** What people are asked now. */
  get questions(): readonly Question[] {
    return this.counts.awaitingApproval === 0
      ? []
      : this.nodes.flatMap(({ question }) => (question === null ? [] : [question]));
  }

  node(path: string): ModelNode | undefined {
    return this.#byPath.get(path);
  }

  apply(event: ServerEvent): void {
    this.version++;
    if (event.atMs > this.atMs) this.atMs = event.atMs;
    switch (event.type) {
      case "plan":
        this.budget = event.budget ?? {};
        this.#begin(event.runId, event.plan, event.atMs);
        return;
      case "run.started":
        this.phase = "running";
        this.startedAtMs = event.atMs;
        this.series.add(event.atMs, [0, 0, 0]);
        return;
      case "run.suspended":
        this.phase = "suspended";
        return;
      case "run.ended":
        this.phase = event.status;
        this.endedAtMs = event.atMs;
        this.#sample();
        return;
      case "result":
        this.result = event.result;
        this.phase = event.result.status;
        this.endedAtMs ??= event.atMs;
        return;
      case "board.changed":
        return;
      case "supervisor.failed":
        this.warnings.push({ path: event.path, text: event.failure.message, atMs: event.atMs });
        return;
      case "group.ended": {
        // What holds the commands of a program together is the run itself.
        if (event.path === "") return;
        const group = this.#at(event.path, "chain");
        group.phase = event.status;
        return;
      }
      default:
        this.#agent(event);
    }
  }

  #agent(event: Extract<ServerEvent, { readonly type: `agent.${string}` }>): void {
    const node = this.#at(event.path, "agent");
    if (this.phase === "suspended") this.phase = "running";
    node.question = null;
    switch (event.type) {
      case "agent.awaitingApproval": {
        const { type: _, atMs: __, ...question } = event;
        node.question = question;
        this.#move(node, "awaitingApproval", event.atMs);
        return;
      }
      case "agent.running":
        node.attempt = event.attempt;
        this.#move(node, "running", event.atMs);
        return;
      case "agent.backingOff":
      case "agent.held":
        node.failure = event.failure ?? node.failure;
        this.#move(node, event.type === "agent.held" ? "held" : "backingOff", event.atMs);
        return;
      case "agent.ready":
        node.failure = event.instead?.failure ?? node.failure;
        this.#move(node, "ready", event.atMs);
        return;
      case "agent.stopping":
        this.#move(node, "stopping", event.atMs);
        return;
      case "agent.ended":
        node.failure = event.failure ?? (event.status === "succeeded" ? null : node.failure);
        node.said = event.result ?? node.said;
        node.cached = event.cached === true;
        this.#pay(event.usage);
        this.#move(node, event.status, event.atMs);
    }
  }

  #move(node: ModelNode, phase: Phase, atMs: number): void {
    const before = node.phase;
    if (before === phase) return;
    node.phase = phase;
    this.counts[before]--;
    this.counts[phase]++;
    const wasAtWork = isAtWork(before);
    const isNowAtWork = isAtWork(phase);
    const open = node.spans.at(-1);
    if (wasAtWork && !isNowAtWork && open) {
      open.endMs = atMs;
      open.phase = phase;
    }
    if (!wasAtWork && isNowAtWork) node.spans.push({ startMs: atMs, endMs: null, phase: "running" });
    if (wasAtWork !== isNowAtWork) this.#hold(node, isNowAtWork ? 1 : -1);
    const begun = before === "blocked" ? 1 : 0;
    const ended = hasEnded(phase) ? 1 : 0;
    const failed = phase === "failed" ? 1 : 0;
    for (let at = node.parent; at; at = at.parent) {
      at.below.begun += begun;
      at.below.ended += ended;
      at.below.failed += failed;
      if (at.phase === "blocked") at.phase = "running";
    }
  }

  #hold(node: ModelNode, sign: 1 | -1): void {
    const resources = resourcesOf(node);
    this.inUse.agents = (this.inUse.agents ?? 0) + sign;
    for (const [name, amount] of Object.entries(resources))
      this.inUse[name] = Math.max(0, (this.inUse[name] ?? 0) + sign * amount);
    this.#sample();
  }

  #sample(): void {
    const { agents = 0, cpu = 0, memoryMb = 0 } = this.inUse;
    this.series.add(this.atMs, [agents, cpu, memoryMb]);
    for (const [name, amount] of Object.entries(this.inUse))
      this.peak[name] = Math.max(this.peak[name] ?? 0, amount);
  }

  #pay(usage: Usage | undefined): void {
    if (!usage) return;
    this.usage.calls += usage.calls;
    this.usage.tokens += usage.inputTokens + usage.outputTokens;
    this.usage.costMicros += usage.costMicros;
  }

  #begin(runId: string, plan: Plan, atMs: number): void {
    if (this.plan) return;
    this.runId = runId;
    this.plan = plan;
    this.acceptedAtMs = atMs;
    const planned = new Map(plan.schedule.entries.map((entry) => [entry.path, entry]));
    for (const node of plan.nodes) {
      const parent = node.parent === null ? null : (this.#byPath.get(node.parent) ?? null);
      this.#add(node.path, node.kind, parent, node).planned = planned.get(node.path) ?? null;
    }
  }

  /** A loop's copies are not in the plan: they come when they are first told of. */
  #at(path: string, kind: PlanNode["kind"]): ModelNode {
    const known = this.#byPath.get(path);
    if (known) return known;
    let end = path.length;
    let parent: ModelNode | undefined;
    while (end > 0 && !parent) {
      end = Math.max(path.lastIndexOf("/", end - 1), path.lastIndexOf(".", end - 1));
      parent = this.#byPath.get(path.slice(0, Math.max(0, end)));
    }
    return this.#add(path, kind, parent ?? null, null);
  }

  #add(path: string, kind: PlanNode["kind"], parent: ModelNode | null, plan: PlanNode | null): ModelNode {
    const node: ModelNode = {
      path,
      name: path.slice(path.lastIndexOf("/") + 1),
      kind,
      parent,
      children: [],
      depth: parent ? parent.depth + 1 : 0,
      plan,
      planned: null,
      phase: "blocked",
      attempt: 0,
      spans: [],
      failure: null,
      said: null,
      question: null,
      cached: false,
      below: { agents: 0, begun: 0, ended: 0, failed: 0 },
    };
    this.shape++;
    this.nodes.push(node);
    this.#byPath.set(path, node);
    (parent?.children ?? this.roots).push(node);
    if (kind !== "agent") return node;
    this.counts.blocked++;
    for (let at = parent; at; at = at.parent) at.below.agents++;
    return node;
  }
}

/** Whether an agent in this state holds its resources. */
function isAtWork(phase: Phase): boolean {
  return phase === "running" || phase === "stopping";
}

function resourcesOf({ plan, parent }: ModelNode): Readonly<Record<string, number>> {
  if (plan?.kind === "agent") return plan.resources;
  const loop = parent?.plan;
  return loop && loop.kind !== "agent" && loop.forEach ? loop.forEach.template.resources : {};
}
