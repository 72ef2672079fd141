import { workAt } from "../plan/alternatives.ts";
import type { Failure, NodeStatus } from "../plan/outcome.ts";
import { type AgentResult, type CompletedOutcome, NO_USAGE, type Usage } from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";

/** What is known of an agent's attempts when it ends. */
export type AttemptLog = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: number;
  readonly usage: Usage;
  readonly cached: boolean;
  readonly decided?: AgentResult["provenance"]["decided"];
};

const NOT_TRIED: AttemptLog = { startedAtMs: 0, endedAtMs: 0, attempts: 0, usage: NO_USAGE, cached: false };

/** The result of an agent whose attempt gave an outcome; `instead`: it was an alternative's, and why the own work failed. */
export function completedResult(
  node: AgentNode,
  outcome: CompletedOutcome,
  log: AttemptLog,
  instead?: { readonly alternative: number; readonly failure: Failure },
): AgentResult {
  const { provenance, ...rest } = base(node, node.path, log);
  const { agent, performer } = workAt(node, instead?.alternative ?? 0);
  const by = instead ? { agent, performer, alternative: instead.alternative } : {};
  return {
    ...rest,
    provenance: { ...provenance, ...by },
    status: instead ? "degraded" : "succeeded",
    output: outcome.output,
    data: outcome.data ?? null,
    artifacts: outcome.artifacts ?? [],
    claims: outcome.claims ?? [],
    confidence: outcome.confidence,
    ...(instead ? { failure: instead.failure } : {}),
  };
}

/** Degraded without an outcome, a result gives the step's constant fallback, with no confidence of its own, and says why. */
export function uncompletedResult(
  node: AgentNode,
  status: NodeStatus,
  failure: Failure | undefined,
  log: AttemptLog,
): AgentResult {
  const fallback = status === "degraded" ? node.fallback : undefined;
  return {
    ...base(node, node.path, log),
    status,
    output: fallback?.output ?? "",
    data: fallback?.data ?? null,
    artifacts: [],
    claims: [],
    confidence: null,
    ...(failure ? { failure } : {}),
  };
}

/** The result of an agent that was never started: skipped, cancelled, or without an input; `path` may be its fork's. */
export function unstartedResult(
  node: AgentNode,
  path: string,
  end: { readonly status: NodeStatus; readonly failure?: Failure },
): AgentResult {
  return { ...uncompletedResult(node, end.status, end.failure, NOT_TRIED), path };
}

/** The sum of two usages; a missing one counts as nothing. */
export function addUsage(a: Usage, b: Usage | undefined): Usage {
  if (!b) return a;
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costMicros: a.costMicros + b.costMicros,
  };
}

function base(node: AgentNode, path: string, log: AttemptLog) {
  return {
    path,
    usage: log.usage,
    attempts: log.attempts,
    durationMs: log.endedAtMs - log.startedAtMs,
    cached: log.cached,
    provenance: {
      template: node.template,
      step: node.step,
      agent: node.agent,
      performer: node.performer,
      from: [...new Set([...Object.values(node.input.steps), ...(node.input.previous ?? []), ...node.needs])],
      ...(log.decided ? { decided: log.decided } : {}),
    },
  };
}
