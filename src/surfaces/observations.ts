import type { RunEnd } from "../engine/engine.ts";
import type { AgentResult, Failure } from "../plan/outcome.ts";
import type { AgentNode, Plan } from "../plan/plan.ts";
import type { Observation } from "../plan/routing/experience.ts";
import { HUMAN } from "../templates/template.ts";

/** Failures of guards and supervisors: of others' making. */
const OF_OTHERS: ReadonlySet<string> = new Set([
  "BREAKER_OPEN",
  "BULKHEAD_FULL",
  "PACE_EXCEEDED",
  "RETRY_BUDGET_SPENT",
  "SUPERVISION_EXCEEDED",
  "PERFORMER_UNKNOWN",
]);

/** Failures to reach what does the work at all: whoever else had been asked would have failed as well. */
const NOT_REACHED = /(^|_)(UNAVAILABLE|RATE_LIMITED|QUOTA_SPENT|KEY_MISSING|KEY_REFUSED)$/;

/** What a run's results say about who did the work: agents that worked, that nobody stopped, and whose failure is their own. */
export function observationsOf(
  { answer, plan }: Pick<RunEnd, "answer" | "plan">,
  atMs: number,
): readonly Observation[] {
  return (answer?.results ?? []).flatMap((result): Observation[] => {
    const { status, durationMs, provenance } = result;
    const { template, step } = provenance;
    const { agent, performer } = provenance.alternative === undefined ? provenance : assigned(plan, result);
    if (!isOwnWork(result) || template === null || step === null) return [];
    return [{ agent, performer, template, step, succeeded: status === "succeeded", durationMs, atMs }];
  });
}

/** Who was to do the work that an alternative has done: it is they who failed. */
function assigned(plan: Plan, { path, provenance }: AgentResult): Pick<AgentNode, "agent" | "performer"> {
  const fork = path.slice(0, path.lastIndexOf("."));
  const node = plan.nodes.find((one) => one.path === path) ?? plan.nodes.find((one) => one.path === fork);
  const agent = node?.kind === "agent" ? node : node?.forEach?.template;
  return agent ?? provenance;
}

function isOwnWork({ status, attempts, cached, failure, provenance }: AgentResult): boolean {
  if (attempts === 0 || cached || status === "cancelled" || status === "skipped") return false;
  return provenance.performer !== HUMAN && (status === "succeeded" || isOwnFailure(failure));
}

function isOwnFailure(failure: Failure | undefined): boolean {
  return failure === undefined || !(OF_OTHERS.has(failure.code) || NOT_REACHED.test(failure.code));
}
