import type { RunEvent } from "../../../actors/run-events.ts";
import type { NodeStatus } from "../../../plan/outcome.ts";
import type { Plan, PlanNode } from "../../../plan/plan.ts";
import { subjectOf } from "../plan-text.ts";

export type TreeState =
  | "waiting"
  | "ready"
  | "running"
  | "backingOff"
  | "held"
  | "awaitingApproval"
  | NodeStatus;

/** A node of a plan as it stands now; groups count the agents below them. */
export type TreeNode = {
  readonly path: string;
  readonly label: string;
  readonly detail: string;
  readonly isGroup: boolean;
  readonly parent: TreeNode | null;
  readonly children: TreeNode[];
  state: TreeState;
  /** The last word from inside the work. */
  message: string;
  startedAtMs: number | null;
  durationMs: number | null;
  total: number;
  ended: number;
  active: number;
  failed: number;
};

const ACTIVE: ReadonlySet<TreeState> = new Set(["running", "backingOff", "held", "awaitingApproval"]);
const ENDED: ReadonlySet<TreeState> = new Set(["succeeded", "degraded", "failed", "cancelled", "skipped"]);

export function hasEnded(node: TreeNode): boolean {
  return ENDED.has(node.state);
}

export function isActive(node: TreeNode): boolean {
  return node.isGroup ? node.active > 0 : ACTIVE.has(node.state);
}

/**
 * Purpose: what a display needs to know of a run, kept up by its events in constant time for each (depth of the tree aside).
 * Owns: the tree and its counts. Does not own: how it is drawn.
 * Invariants:
 * D1 a group's counts are the sums of its agents', those made at run time included.
 */
export class RunTree {
  readonly root: TreeNode = makeNode("", "", "", true, null);
  readonly #nodes = new Map<string, TreeNode>([["", this.root]]);
  startedAtMs: number | null = null;

  constructor(plan: Plan) {
    for (const node of plan.nodes)
      this.#add(node.path, labelOf(node), detailOf(node), node.kind !== "agent", node.parent ?? "");
  }

  get rows(): number {
    return this.#nodes.size - 1;
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case "run.started":
        this.startedAtMs = event.atMs;
        return;
      case "agent.ready":
        this.#move(this.#agent(event.path), "ready");
        return;
      case "agent.running": {
        const node = this.#agent(event.path);
        node.startedAtMs ??= event.atMs;
        this.#move(node, "running");
        return;
      }
      case "agent.backingOff":
        this.#move(this.#agent(event.path), "backingOff");
        return;
      case "agent.stopping":
      case "agent.held":
        this.#move(this.#agent(event.path), "held");
        return;
      case "agent.awaitingApproval":
        this.#move(this.#agent(event.path), "awaitingApproval");
        return;
      case "agent.ended": {
        const node = this.#agent(event.path);
        node.durationMs = event.durationMs;
        node.message = event.failure ? `${event.failure.code}: ${event.failure.message}` : "";
        this.#move(node, event.status);
        return;
      }
      case "group.ended": {
        const group = this.#nodes.get(event.path);
        if (!group) return;
        group.state = event.status;
        if (group.startedAtMs !== null) group.durationMs = event.atMs - group.startedAtMs;
      }
    }
  }

  say(path: string, message: string): void {
    const node = this.#nodes.get(path);
    if (node && !hasEnded(node)) node.message = message;
  }

  #move(node: TreeNode, state: TreeState): void {
    const before = node.state;
    node.state = state;
    const active = Number(ACTIVE.has(state)) - Number(ACTIVE.has(before));
    const ended = Number(ENDED.has(state)) - Number(ENDED.has(before));
    const failed = Number(state === "failed") - Number(before === "failed");
    for (let group = node.parent; group; group = group.parent) {
      group.active += active;
      group.ended += ended;
      group.failed += failed;
      if (node.startedAtMs !== null) group.startedAtMs ??= node.startedAtMs;
    }
  }

  /** An agent's node; one that was made at run time is added to the fork that it was made for. */
  #agent(path: string): TreeNode {
    const known = this.#nodes.get(path);
    if (known) return known;
    const fork = path.slice(0, Math.max(path.lastIndexOf("."), 0));
    const parent = this.#nodes.has(fork) ? fork : "";
    return this.#add(path, path.slice(parent.length).replace(/^[./]/, ""), "", false, parent);
  }

  #add(path: string, label: string, detail: string, isGroup: boolean, parentPath: string): TreeNode {
    const parent = this.#nodes.get(parentPath) ?? this.root;
    const node = makeNode(path, label, detail, isGroup, parent);
    parent.children.push(node);
    this.#nodes.set(path, node);
    if (!isGroup) for (let group: TreeNode | null = parent; group; group = group.parent) group.total++;
    return node;
  }
}

function makeNode(
  path: string,
  label: string,
  detail: string,
  isGroup: boolean,
  parent: TreeNode | null,
): TreeNode {
  const counts = { total: 0, ended: 0, active: 0, failed: 0 };
  const times = { startedAtMs: null, durationMs: null };
  return {
    path,
    label,
    detail,
    isGroup,
    parent,
    children: [],
    state: "waiting",
    message: "",
    ...times,
    ...counts,
  };
}

function labelOf(node: PlanNode): string {
  return node.path.slice(node.path.lastIndexOf("/") + 1);
}

function detailOf(node: PlanNode): string {
  if (node.kind === "agent") return node.agent;
  const subject = subjectOf(node);
  return subject === undefined ? "" : JSON.stringify(subject);
}
