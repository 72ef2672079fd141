import type { RunEvent } from "../../actors/run-events.ts";
import { type Failure, NO_USAGE, type NodeStatus, type Usage } from "../../plan/outcome.ts";
import type { AgentNode, Plan, PlanNode } from "../../plan/plan.ts";

/** How one agent of a run spent its time, ms. */
export type AgentFigures = {
  readonly node: AgentNode;
  readonly status: NodeStatus;
  readonly cached: boolean;
  readonly attempts: number;
  /** Waits for a slot. */
  readonly waitedMs: number;
  /** All attempts; `usefulMs` is that one whose result counts. */
  readonly workedMs: number;
  readonly usefulMs: number;
  readonly usage: Usage;
  readonly failure: Failure | null;
};

/** How one command went, from the first of its agents that was ready to its end. */
export type CommandFigures = {
  readonly template: string;
  readonly status: NodeStatus;
  /** Null: none of its agents was ever ready. */
  readonly durationMs: number | null;
};

export type RunFigures = {
  readonly agents: readonly AgentFigures[];
  readonly commands: readonly CommandFigures[];
  /** From start to end, without what only people were waited for. */
  readonly activeMs: number;
};

type Agent = {
  readonly node: AgentNode;
  readyAtMs: number | null;
  runningAtMs: number | null;
  attempts: number;
  waitedMs: number;
  workedMs: number;
};

/** Adds up the events of one run, in order. */
export class RunFold {
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #live = new Map<string, Agent>();
  readonly #begun = new Map<string, number>();
  readonly #agents: AgentFigures[] = [];
  readonly #commands: CommandFigures[] = [];
  #lastMs: number | null = null;
  #isSuspended = false;
  #activeMs = 0;

  constructor({ nodes }: Plan) {
    this.#nodes = new Map(nodes.map((node) => [node.path, node]));
  }

  readonly take = (event: RunEvent): void => {
    const { atMs } = event;
    if (this.#lastMs !== null && !this.#isSuspended) this.#activeMs += Math.max(0, atMs - this.#lastMs);
    this.#lastMs = Math.max(this.#lastMs ?? atMs, atMs);
    this.#isSuspended = event.type === "run.suspended";
    switch (event.type) {
      case "agent.ready":
        this.#begin(event.path, atMs);
        this.#leaveWork(event.path, atMs);
        this.#agent(event.path, (agent) => (agent.readyAtMs = atMs));
        return;
      case "agent.running":
        this.#agent(event.path, (agent) => {
          if (agent.readyAtMs !== null) agent.waitedMs += atMs - agent.readyAtMs;
          agent.readyAtMs = null;
          agent.runningAtMs = atMs;
          agent.attempts++;
        });
        return;
      case "agent.backingOff":
      case "agent.held":
        this.#leaveWork(event.path, atMs);
        return;
      case "agent.ended":
        this.#endAgent(event);
        return;
      case "group.ended":
        this.#endGroup(event.path, event.status, atMs);
    }
  };

  get figures(): RunFigures {
    return { agents: this.#agents, commands: this.#commands, activeMs: this.#activeMs };
  }

  /** The groups around an agent have begun with the first of them that is ready. */
  #begin(path: string, atMs: number): void {
    for (let at = this.#nodeOf(path)?.parent; at; at = this.#nodes.get(at)?.parent)
      if (!this.#begun.has(at)) this.#begun.set(at, atMs);
  }

  #nodeOf(path: string): PlanNode | undefined {
    return this.#nodes.get(path) ?? this.#nodes.get(path.slice(0, path.lastIndexOf(".")));
  }

  #agent(path: string, change: (agent: Agent) => void): void {
    let agent = this.#live.get(path);
    if (!agent) {
      const node = this.#nodeOf(path);
      const own = node?.kind === "agent" ? node : node?.forEach?.template;
      if (!own) return;
      agent = { node: own, readyAtMs: null, runningAtMs: null, attempts: 0, waitedMs: 0, workedMs: 0 };
      this.#live.set(path, agent);
    }
    change(agent);
  }

  #leaveWork(path: string, atMs: number): number {
    const agent = this.#live.get(path);
    if (!agent || agent.runningAtMs === null) return 0;
    const lastMs = atMs - agent.runningAtMs;
    agent.workedMs += lastMs;
    agent.runningAtMs = null;
    return lastMs;
  }

  #endAgent(event: Extract<RunEvent, { readonly type: "agent.ended" }>): void {
    const { path, status, atMs, usage = NO_USAGE, failure = null } = event;
    this.#agent(path, () => {});
    const agent = this.#live.get(path);
    if (!agent) return;
    const lastMs = this.#leaveWork(path, atMs);
    this.#live.delete(path);
    const { node, attempts, waitedMs, workedMs } = agent;
    const isUseful =
      status === "succeeded" || (status === "degraded" && (event.alternative !== undefined || event.stands));
    this.#agents.push({
      node,
      status,
      cached: event.cached === true,
      attempts,
      waitedMs,
      workedMs,
      usefulMs: isUseful ? lastMs : 0,
      usage,
      failure,
    });
  }

  #endGroup(path: string, status: NodeStatus, atMs: number): void {
    const node = this.#nodes.get(path);
    if (node?.kind === "agent" || node?.role !== "command" || node.template === null) return;
    const begunAtMs = this.#begun.get(path);
    this.#commands.push({
      template: node.template,
      status,
      durationMs: begunAtMs === undefined ? null : atMs - begunAtMs,
    });
  }
}
