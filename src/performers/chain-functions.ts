import type { Task } from "../actors/ports.ts";
import { type CompletedOutcome, NO_USAGE } from "../plan/outcome.ts";
import { chainDrafters } from "./draft/chain.ts";
import { draftConfidence } from "./draft/confidence.ts";
import type { AgentFunction } from "./function.ts";

/** Steps of CHAIN that are computed from what its agents found, whoever those were. */
const COMPUTED = ["actions", "plan", "projection"] as const;

/**
 * The functions of CHAIN, `chain.actions`, `chain.plan` and `chain.projection`: ranking, planning and projecting are sums
 * over the findings of the steps before, so no agent is asked for them. They are as sure as those findings.
 */
export function createChainFunctions(): Readonly<Record<string, AgentFunction>> {
  return Object.fromEntries(COMPUTED.map((step) => [`chain.${step}`, (task: Task) => computed(task, step)]));
}

function computed(task: Task, step: (typeof COMPUTED)[number]): CompletedOutcome {
  const { title, body, data, claims } = chainDrafters[step]!(task);
  return {
    kind: "completed",
    output: `# ${title}\n\n> Computed by rules from the findings of the steps before.\n\n${body}\n`,
    data,
    ...(claims ? { claims } : {}),
    confidence: draftConfidence(task, true),
    computed: true,
    usage: NO_USAGE,
  };
}
