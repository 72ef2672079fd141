import type { AgentContext, AgentEvent } from "../machines/agent.ts";
import type { GroupEvent } from "../machines/group.ts";
import type { AgentResult, Failure, NodeStatus, Usage } from "../plan/outcome.ts";
import type { AgentNode, PlanNode } from "../plan/plan.ts";
import type { Ticket } from "../plan/resource-pool.ts";
import type { KeptAnswer } from "./agent-result.ts";
import type { Timer } from "./timer.ts";

/** How a node ended; `satisfied` tells whether what needs it may go on. */
export type Settlement = { readonly status: NodeStatus; readonly satisfied: boolean };

/** What an agent's attempts have come to so far. */
export type Work = {
  readonly startedAtMs: number;
  /** Answers that were not sure enough, oldest first. */
  kept: readonly KeptAnswer[];
  usage: Usage;
  gaveWay: Failure | undefined;
};

/** A live agent. */
export type AgentRef = {
  send(event: AgentEvent): void;
  getSnapshot(): {
    readonly value: unknown;
    readonly context: Pick<AgentContext, "attempt" | "alternative" | "escalation">;
  };
};
/** A live fork or chain. */
export type GroupRef = { send(event: GroupEvent): void };

/**
 * A node of a run with all that is known of it: one look-up by path, where each part with a map of its own would need one more, in a map as
 * large as the plan. Each member below the line is written by one part of the run, and by nobody else.
 */
export type Place<N extends PlanNode = PlanNode> = {
  readonly node: N;
  // ---
  /** By the index: those that need it, in plan order. */
  dependents: Place[];
  /** By the index: the one after it in the plan; of one that was made at run time, the next of its list. */
  next: Place | undefined;
  /** By the index: a group's children, once somebody has asked for them. */
  children: readonly Place[] | undefined;
  /** By the nodes: its actor while it lives, one of the two. */
  agent: AgentRef | undefined;
  group: GroupRef | undefined;
  /** By the agents' desk, from an agent's first attempt to its end. */
  work: Work | undefined;
  /** By the agents' desk: the one that is set for it. */
  timer: Timer | undefined;
  /** By the ledger: how it ended. */
  settlement: Settlement | undefined;
  /** By the ledger: how many of its needs have not. */
  unsettledNeeds: number;
  /** By the results: what it gave. */
  result: AgentResult | undefined;
  /** By the workbench: whether that has reached the synthesis. */
  isCollected: boolean;
  /** By the dispatcher, while it waits or works. */
  request: Ticket<Place<AgentNode>> | undefined;
  /** By the dispatcher: the lower, the sooner. */
  rank: number | undefined;
};
