import { workAt } from "../plan/alternatives.ts";
import type { Failure, NodeStatus } from "../plan/outcome.ts";
import {
  type AgentResult,
  type CompletedOutcome,
  NO_USAGE,
  type UnsureAnswer,
  type Usage,
} from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";
import { isEmpty } from "../shared/json.ts";

/** What is known of an agent's attempts when it ends. */
export type AttemptLog = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: number;
  readonly usage: Usage;
  readonly cached: boolean;
  /** Whether text from outside was in what it was given, or is in what it gave. */
  readonly tainted: boolean;
  readonly decided: AgentResult["provenance"]["decided"] | undefined;
};

const NOT_TRIED: AttemptLog = {
  startedAtMs: 0,
  endedAtMs: 0,
  attempts: 0,
  usage: NO_USAGE,
  cached: false,
  tainted: false,
  decided: undefined,
};

/** An answer that was not sure enough, and which alternative gave it, from 1 (0: the own work). */
export type KeptAnswer = { readonly alternative: number; readonly outcome: CompletedOutcome };

/** Who gave an outcome (as of KeptAnswer); why another should have, if one failed; and the answers that were not sure enough. */
type GivenBy = {
  readonly alternative: number;
  readonly failure: Failure | undefined;
  readonly kept: readonly KeptAnswer[];
};

/** The result of an agent of whose attempts one gave an outcome: degraded where another had failed that was to. */
export function completedResult(
  node: AgentNode,
  outcome: CompletedOutcome,
  log: AttemptLog,
  { alternative, failure, kept }: GivenBy,
): AgentResult {
  const { output, data = null, artifacts = NONE, claims = NONE, confidence } = outcome;
  const content = { output, data, artifacts, claims, confidence };
  const status = failure ? "degraded" : "succeeded";
  const result = resultOf(node, node.path, log, status, content, failure);
  const { agent, performer, model } = workAt(node, alternative);
  // Of what asks no model the line says `cached`.
  const reused = model === undefined ? undefined : outcome.shared ? "call" : log.cached ? "cache" : undefined;
  if (alternative === 0 && kept.length === 0 && !reused) return result;
  const { model: _, ...own } = result.provenance;
  const provenance: AgentResult["provenance"] = {
    ...own,
    agent,
    performer,
    ...(model === undefined ? {} : { model }),
    ...(reused ? { reused } : {}),
    ...(alternative === 0 ? {} : { alternative }),
    ...(kept.length === 0 ? {} : { unsure: kept.map((one) => unsureAnswer(node, one)) }),
  };
  return { ...result, provenance };
}

/** Whether a result is an answer that was not sure enough, as what was asked after it failed. */
export function isUnsureResult({ status, provenance }: AgentResult): boolean {
  const { unsure, alternative = 0 } = provenance;
  return status === "degraded" && unsure?.at(-1)?.alternative === alternative;
}

function unsureAnswer(node: AgentNode, { alternative, outcome }: KeptAnswer): UnsureAnswer {
  const { model } = workAt(node, alternative);
  return { alternative, ...(model === undefined ? {} : { model }), confidence: outcome.confidence.value };
}

/** Degraded without an outcome, a result gives the step's constant fallback, with no confidence of its own, and says why. */
export function uncompletedResult(
  node: AgentNode,
  status: NodeStatus,
  failure: Failure | undefined,
  log: AttemptLog,
  path: string = node.path,
): AgentResult {
  const { output = "", data = null } = (status === "degraded" ? node.fallback : undefined) ?? {};
  const content = { output, data, artifacts: NONE, claims: NONE, confidence: null };
  return resultOf(node, path, log, status, content, failure);
}

/** The result of an agent that was never started: skipped, cancelled, or without an input; `path` may be its fork's. */
export function unstartedResult(
  node: AgentNode,
  path: string,
  end: { readonly status: NodeStatus; readonly failure?: Failure },
): AgentResult {
  return uncompletedResult(node, end.status, end.failure, NOT_TRIED, path);
}

const NONE: readonly never[] = [];

type Content = Pick<AgentResult, "output" | "data" | "artifacts" | "claims" | "confidence">;

/** Every agent ends with one: written out, because spreads of parts cost more than all the rest. */
function resultOf(
  node: AgentNode,
  path: string,
  log: AttemptLog,
  status: NodeStatus,
  { output, data, artifacts, claims, confidence }: Content,
  failure?: Failure,
): AgentResult {
  const { template, step, agent, performer, model } = node;
  const by = { template, step, agent, performer, from: readBy(node) };
  const made = model === undefined ? by : { ...by, model };
  // In an order that does not change: recorded hashes of answers are compared with it.
  const result: AgentResult = {
    path,
    usage: log.usage,
    attempts: log.attempts,
    durationMs: log.endedAtMs - log.startedAtMs,
    cached: log.cached,
    provenance: log.decided || log.tainted ? { ...made, ...marksOf(log) } : made,
    status,
    output,
    data,
    artifacts,
    claims,
    confidence,
  };
  return failure ? { ...result, failure } : result;
}

function marksOf({ tainted, decided }: AttemptLog): Pick<AgentResult["provenance"], "tainted" | "decided"> {
  return { ...(tainted ? { tainted: true } : {}), ...(decided ? { decided } : {}) };
}

/** Paths whose results an agent reads, each once. */
export function readBy({ input, needs }: AgentNode): readonly string[] {
  if (isEmpty(input.steps) && !input.previous) return needs;
  return [...new Set([...Object.values(input.steps), ...(input.previous ?? []), ...needs])];
}
