import { PlanIndex, ROOT_PATH } from "../../actors/plan-index.ts";
import type { Fact } from "../../actors/ports.ts";
import type { RunEvent } from "../../actors/run-events.ts";
import type { Failure, NodeStatus } from "../../plan/outcome.ts";
import type { Plan, PlanNode } from "../../plan/plan.ts";
import type { At, NodeState, RunExplanation, Stop, Written } from "./explanation.ts";

/** A change of state, and the record that brought it about. */
export type Seen = { readonly event: RunEvent; readonly seq: number };

/** A run as its records tell it so far: what a derivation of reasons stands on. */
export type RecordedRun = {
  readonly runId: string;
  readonly plan: Plan;
  readonly timeoutMs: number;
  readonly acceptedAtMs: number;
  readonly policyHash: string | null;
  /** `facts[seq - 1]` is record `seq`; record 0 is the acceptance. */
  readonly facts: readonly Fact[];
  readonly seen: readonly Seen[];
  readonly stopped: Failure | null;
  readonly status: RunExplanation["status"];
  readonly endedAtMs: number | null;
};

/** How a node settled. */
export type Settled = {
  readonly status: NodeStatus;
  readonly failure: Failure | null;
  /** Which alternative did the work, from 1; 0: none. */
  readonly alternative: number;
  /** Whether an answer that was not sure enough stands. */
  readonly stands: boolean;
  readonly at: At;
  /** Its place among all that happened: several nodes may settle by one record. */
  readonly order: number;
};

/** Why a node was never started; `origin` is the outermost node that this was decided for. */
export type Skip = { readonly origin: string } & (
  | { readonly kind: "condition" }
  | { readonly kind: "needs"; readonly broken: readonly string[] }
  | { readonly kind: "blocked"; readonly waitsFor: readonly string[] }
);

type BoardChanged = Extract<RunEvent, { readonly type: "board.changed" }>;
/** What concerns a node's own life; what it writes on the blackboard does not. */
export type AgentEvent = Exclude<Extract<RunEvent, { readonly path: string }>, BoardChanged>;
export type SeenAgent = Seen & { readonly event: AgentEvent };

const STATES: Readonly<Partial<Record<RunEvent["type"], NodeState>>> = {
  "agent.ready": "ready",
  "agent.running": "running",
  "agent.backingOff": "backingOff",
  "agent.awaitingApproval": "awaitingApproval",
  "agent.stopping": "stopping",
  "agent.held": "held",
};

/** A recorded run by node: what happened to each one, how it settled, who its children are. */
export class RunHistory {
  readonly recorded: RecordedRun;
  readonly index: PlanIndex;
  readonly #byPath = new Map<string, SeenAgent[]>();
  readonly #settled = new Map<string, Settled>();
  readonly #satisfied = new Map<string, boolean>();
  readonly #writes: (BoardChanged & { readonly at: At })[] = [];
  #order = 0;
  /** The time of each record, never going back. */
  readonly #times: number[] = [];

  constructor(recorded: RecordedRun) {
    this.recorded = recorded;
    this.index = new PlanIndex(recorded.plan);
    let lastMs = 0;
    for (const { atMs } of recorded.facts) {
      lastMs = Math.max(lastMs, atMs);
      this.#times.push(lastMs);
    }
    const copies = new Map<string, number>();
    for (const seen of recorded.seen) {
      if (!("path" in seen.event)) continue;
      if (seen.event.type === "board.changed") {
        this.#writes.push({ ...seen.event, at: this.at(seen.seq) });
        continue;
      }
      this.#note(seen as SeenAgent);
      const { path } = seen.event;
      if (this.index.has(path)) continue;
      const dot = path.lastIndexOf(".");
      const fork = path.slice(0, dot);
      copies.set(fork, Math.max(copies.get(fork) ?? 0, Number(path.slice(dot + 1)) + 1));
    }
    for (const [path, count] of copies) this.#makeCopies(path, count);
  }

  /** What happened to a node, in order. */
  of(path: string): readonly SeenAgent[] {
    return this.#byPath.get(path) ?? [];
  }

  /** What a node has changed on the blackboard, in order. */
  writesOf(path: string): readonly Written[] {
    return this.#writes.flatMap(({ path: by, key, version, at }) =>
      by === path ? [{ key, version, at }] : [],
    );
  }

  settled(path: string): Settled | undefined {
    return this.#settled.get(path);
  }

  /** Whether what needs a node may go on: it ended well, or its own condition left it out. */
  isSatisfied(path: string): boolean {
    const known = this.#satisfied.get(path);
    if (known !== undefined) return known;
    const status = this.#settled.get(path)?.status;
    const satisfied =
      status === "succeeded" ||
      status === "degraded" ||
      (status === "skipped" && this.skipOf(path)?.kind === "condition");
    if (status) this.#satisfied.set(path, satisfied);
    return satisfied;
  }

  /** Why a node was skipped; undefined when it was not. */
  skipOf(path: string): Skip | undefined {
    const skipped = (at: string): boolean => this.#settled.get(at)?.status === "skipped";
    if (!skipped(path)) return undefined;
    const origin = this.lineage(path).findLast(skipped) ?? path;
    const { order, failure } = this.#settled.get(origin)!;
    const { needs } = this.node(origin);
    const before = (need: string): boolean =>
      (this.#settled.get(need)?.order ?? Number.POSITIVE_INFINITY) < order;
    const broken = needs.filter((need) => before(need) && !this.isSatisfied(need));
    const waitsFor = needs.filter((need) => !before(need));
    if (failure?.code === "RUN_BLOCKED" || waitsFor.length > 0) return { kind: "blocked", waitsFor, origin };
    return broken.length > 0 ? { kind: "needs", broken, origin } : { kind: "condition", origin };
  }

  node(path: string): PlanNode {
    return this.index.node(path);
  }

  children(path: string): readonly string[] {
    const node = this.node(path);
    return node.kind === "agent" ? [] : this.index.children(node);
  }

  /** The agents that the run has, in the plan's order. */
  agents(): readonly string[] {
    return this.index.under(ROOT_PATH).filter((path) => this.node(path).kind === "agent");
  }

  /** A node and the groups around it, innermost first, the root left out. */
  lineage(path: string): readonly string[] {
    const lineage: string[] = [];
    for (let at: string | null = path; at !== null && at !== ROOT_PATH; at = this.node(at).parent)
      lineage.push(at);
    return lineage;
  }

  stateOf(path: string): NodeState {
    const settled = this.#settled.get(path);
    if (settled) return settled.status;
    const node = this.node(path);
    if (node.kind === "agent") return STATES[this.of(path).at(-1)?.event.type ?? "run.started"] ?? "waiting";
    return this.children(path).some((child) => this.stateOf(child) !== "waiting") ? "underWay" : "waiting";
  }

  at(seq: number): At {
    return { atMs: this.#times[seq - 1] ?? this.recorded.acceptedAtMs, seq };
  }

  fact(seq: number): Fact | undefined {
    return this.recorded.facts[seq - 1];
  }

  /** What a record that stopped something says. */
  stopAt(seq: number): Stop {
    const fact = this.fact(seq);
    if (fact?.type === "run.cancelRequested") return { kind: "request", reason: fact.reason };
    if (fact?.type === "timer.fired" && fact.id === "run/deadline")
      return { kind: "deadline", timeoutMs: this.recorded.timeoutMs };
    return { kind: "record", type: fact?.type ?? "none", path: fact && "path" in fact ? fact.path : null };
  }

  #note(seen: SeenAgent): void {
    const { event, seq } = seen;
    const order = this.#order++;
    const list = this.#byPath.get(event.path);
    if (list) list.push(seen);
    else this.#byPath.set(event.path, [seen]);
    if (event.type !== "agent.ended" && event.type !== "group.ended") return;
    const failure =
      ("failure" in event ? event.failure : undefined) ?? this.#settled.get(event.path)?.failure ?? null;
    const alternative = "alternative" in event ? (event.alternative ?? 0) : 0;
    const stands = "stands" in event && event.stands === true;
    const { status } = event;
    this.#settled.set(event.path, { status, failure, alternative, stands, at: this.at(seq), order });
  }

  #makeCopies(path: string, count: number): void {
    const fork = this.index.has(path) ? this.index.node(path) : undefined;
    if (fork && fork.kind !== "agent" && fork.forEach)
      this.index.makeChildren(
        fork,
        Array.from({ length: count }, () => null),
      );
  }
}
