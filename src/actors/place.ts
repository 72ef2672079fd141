import type { AgentResult, NodeStatus } from "../plan/outcome.ts";
import type { AgentNode, PlanNode } from "../plan/plan.ts";
import type { Shape } from "../plan/resource-pool.ts";

/** How a node ended; `satisfied` tells whether what needs it may go on. */
export type Settlement = { readonly status: NodeStatus; readonly satisfied: boolean };

/** An agent's wish to work. */
export type Request = {
  readonly place: Place<AgentNode>;
  readonly claim: Shape<Request>;
  state: "waiting" | "working" | "withdrawn";
};

/**
 * A node of a run with all that is known of it: one look-up by path, where each part with a map of its own would need one more, in a map as
 * large as the plan. Each member below the line is written by one part of the run, and by nobody else.
 */
export type Place<N extends PlanNode = PlanNode> = {
  readonly node: N;
  // ---
  /** By the index: those that need it, in plan order. */
  dependents: Place[];
  /** By the ledger: how it ended. */
  settlement: Settlement | undefined;
  /** By the ledger: how many of its needs have not. */
  unsettledNeeds: number;
  /** By the results: what it gave. */
  result: AgentResult | undefined;
  /** By the workbench: whether that has reached the synthesis. */
  isCollected: boolean;
  /** By the dispatcher, while it waits or works. */
  request: Request | undefined;
  /** By the dispatcher: the lower, the sooner. */
  rank: number | undefined;
};
