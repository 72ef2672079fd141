import type { RunStatus } from "../../machines/orchestrator.ts";
import type { Calibration } from "../../plan/calibration.ts";
import type { Failure, NodeStatus } from "../../plan/outcome.ts";
import type { AgentNode, GroupRole } from "../../plan/plan.ts";
import type { Routed } from "../../plan/routing/routing.ts";

/** When something came about, ms since the epoch, and the record of the journal that brought it about. */
export type At = { readonly atMs: number; readonly seq: number };

/** Where a node stands: how it ended, or what it is doing. */
export type NodeState =
  | "waiting"
  | "ready"
  | "running"
  | "backingOff"
  | "awaitingApproval"
  | "stopping"
  | "held"
  | "underWay"
  | NodeStatus;

/** Why a run or its rest was stopped. */
export type Stop =
  | { readonly kind: "request"; readonly reason: string }
  | { readonly kind: "deadline"; readonly timeoutMs: number }
  /** Something else that was recorded, e.g. how another agent ended. */
  | { readonly kind: "record"; readonly type: string; readonly path: string | null };

/** Who does a piece of work. */
export type Doer = Pick<AgentNode, "agent" | "performer" | "model">;

/** Why a node ended as it did; `origin` is the node that it was decided for: itself, or a group around it. */
export type Reason =
  /** `shared`: with the answer to an identical question that another agent had asked. */
  | { readonly kind: "completed"; readonly cached: boolean; readonly shared: boolean }
  /** A person's answer is its output. */
  | { readonly kind: "answered" }
  /** The work of an alternative (from 1): its own had failed for good (`failure`), or its answer was not sure enough. */
  | {
      readonly kind: "alternative";
      readonly alternative: number;
      readonly by: Doer;
      readonly failure: Failure | null;
      readonly cached: boolean;
    }
  /** An answer that was not sure enough stands, as what was asked after it failed. */
  | { readonly kind: "unsure"; readonly by: Doer; readonly failure: Failure | null }
  | { readonly kind: "failure"; readonly failure: Failure; readonly origin: string }
  | { readonly kind: "condition"; readonly when: string | null; readonly origin: string }
  | { readonly kind: "needs"; readonly broken: readonly string[]; readonly origin: string }
  /** It waited for what could never end; `circle` when those wait for each other: the first path stands again at the end. */
  | {
      readonly kind: "blocked";
      readonly waitsFor: readonly string[];
      readonly circle: readonly string[] | null;
      readonly origin: string;
    }
  | { readonly kind: "stopped"; readonly stop: Stop }
  /** A group: how many of its children were satisfied, and how many had to be. */
  | {
      readonly kind: "children";
      readonly satisfied: number;
      readonly total: number;
      readonly needed: number;
    };

/** Where a chain of reasons ends: a node that did not end well by itself; `via` leads to it, node by node. */
export type Cause = {
  readonly path: string;
  readonly status: NodeStatus;
  readonly reason: Reason;
  readonly at: At;
  readonly via: readonly string[];
};

/** How an attempt ended. */
export type AttemptEnd =
  | { readonly kind: "completed"; readonly cached: boolean }
  | { readonly kind: "failed"; readonly failure: Failure | null }
  /** It answered, and that was not sure enough: the answer is kept, and another one asked for. */
  | { readonly kind: "unsure"; readonly confidence: number; readonly least: number }
  /** It ended with a question to a person. */
  | { readonly kind: "asked" }
  | { readonly kind: "timedOut"; readonly timeoutMs: number }
  | { readonly kind: "stopped"; readonly stop: Stop }
  | { readonly kind: "underWay" };

/** One link of an agent's history. */
export type Link =
  /** `of` has the need: the agent, or a group around it. `at` is null while it has not settled. */
  | {
      readonly kind: "need";
      readonly need: string;
      readonly of: string;
      readonly status: NodeStatus | null;
      readonly satisfied: boolean;
      readonly at: At | null;
    }
  | { readonly kind: "asked"; readonly question: string; readonly at: At }
  | {
      readonly kind: "decided";
      readonly approved: boolean;
      readonly by: string | null;
      readonly answer: string | null;
      readonly waitedMs: number;
      readonly at: At;
    }
  | {
      readonly kind: "ready";
      readonly after: "needs" | "backoff" | "decision" | "restart" | "alternative";
      readonly at: At;
    }
  /** It waited for a slot: `short` names what there was too little of, `holders` who was at work then. */
  | {
      readonly kind: "queued";
      readonly from: At;
      readonly to: At | null;
      readonly short: readonly string[];
      readonly holders: readonly string[];
      readonly freedBy: string | null;
    }
  | {
      readonly kind: "attempt";
      readonly attempt: number;
      /** Absent: its own work. */
      readonly alternative?: { readonly index: number; readonly of: number; readonly by: Doer };
      readonly from: At;
      readonly to: At | null;
      readonly end: AttemptEnd;
    }
  | { readonly kind: "backedOff"; readonly delayMs: number; readonly untilMs: number; readonly at: At }
  /** Its supervisor stops it, because of what happened to `after`. */
  | { readonly kind: "stopping"; readonly after: string | null; readonly at: At }
  /** At rest after a crash of its own (`failure`) or another's, until its supervisor decides. */
  | { readonly kind: "held"; readonly failure: Failure | null; readonly at: At }
  | { readonly kind: "ended"; readonly status: NodeStatus; readonly reason: Reason; readonly at: At };

/**
 * A stretch of time that led to a moment, and the node whose it was; `via` says why it began when the one before it ended.
 * The stretches follow each other without gaps.
 */
export type Stretch = {
  /** Null: the run as a whole, e.g. until somebody stopped it. */
  readonly path: string | null;
  readonly kind: "work" | "backoff" | "person" | "stopping" | "outside";
  /** 0 where there is none. */
  readonly attempt: number;
  readonly via: "start" | "need" | "slot" | "failure" | "retry" | "decision" | "crash" | "restart";
  readonly fromMs: number;
  /** Null while it lasts. */
  readonly toMs: number | null;
};

/** What is under way that something waits for. */
export type Pending = {
  readonly path: string;
  readonly state: NodeState;
  readonly sinceMs: number;
  /** When it goes on by itself; null when nobody knows. */
  readonly untilMs: number | null;
  readonly question: string | null;
};

type Told = {
  readonly runId: string;
  /** Roots of why it did not end well, at most 20 of them; empty when it did. */
  readonly causes: readonly Cause[];
  readonly moreCauses: number;
  /** What it waits for in the end, at most 20 of it; empty when it has ended. */
  readonly waitsOn: readonly Pending[];
  readonly moreWaitsOn: number;
  /** The stretches from the start of the run to its end, or to what lasts the longest now. */
  readonly timePath: readonly Stretch[];
};

/** A change that an agent has made on the blackboard. */
export type Written = { readonly key: string; readonly version: number; readonly at: At };

/** Why an agent is where it is. */
export type AgentExplanation = Told & {
  readonly kind: "agent";
  readonly path: string;
  readonly agent: string;
  /** The model that it asks at its own work; absent: none. */
  readonly model?: string;
  /** Present where earlier answers have taught how sure its own may be: what the plan corrects its confidence by. */
  readonly calibration?: Calibration;
  /** Present where the plan had a choice: whom it was given to, and why. */
  readonly routed?: Routed & { readonly performer: string };
  readonly state: NodeState;
  readonly links: readonly Link[];
  /** Absent when it has written nothing on the blackboard. */
  readonly writes?: readonly Written[];
};

/** Why a fork or a chain is where it is. */
export type GroupExplanation = Told & {
  readonly kind: "group";
  readonly path: string;
  readonly group: "fork" | "chain";
  readonly role: GroupRole;
  readonly template: string | null;
  readonly state: NodeState;
  readonly needs: readonly Extract<Link, { readonly kind: "need" }>[];
  /** Why it ended; null while it has not. */
  readonly reason: Reason | null;
  readonly at: At | null;
  /** The children's states, counted. */
  readonly children: Readonly<Partial<Record<NodeState, number>>>;
  readonly satisfied: number;
  readonly total: number;
  /** The share of the children that must be satisfied. */
  readonly threshold: number;
  /** The children that decided its end: those that were not satisfied, else the last one; at most 20. */
  readonly deciding: readonly { readonly path: string; readonly status: NodeStatus; readonly at: At }[];
};

/** Why a run is where it is. */
export type RunExplanation = Told & {
  readonly kind: "run";
  readonly program: string;
  readonly planHash: string;
  readonly policyHash: string | null;
  /** `interrupted`: it has not ended and nobody drives it. */
  readonly status: RunStatus | "running" | "suspended" | "interrupted";
  readonly acceptedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** Why it was refused or stopped early. */
  readonly stopped: Failure | null;
  readonly stop: (Stop & { readonly at: At }) | null;
  /** The agents' states, counted; those of a `forEach` once they are made. */
  readonly agents: Readonly<Partial<Record<NodeState, number>>>;
  /** For each of `causes`: how many agents were skipped because of it, first of all. */
  readonly affected: readonly number[];
};

/** Why a run, or a node of it, is where it is: the chain of recorded facts behind it. Plain JSON. */
export type Explanation = RunExplanation | AgentExplanation | GroupExplanation;
