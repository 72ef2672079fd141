import { workAt } from "../plan/alternatives.ts";
import type { AgentNode, Plan } from "../plan/plan.ts";

/** Who an agent of a run is: few names, whatever the run is about. */
export type AgentLabels = {
  /** `NAME@VERSION`; empty for what the program wrote itself. */
  readonly template: string;
  readonly agent: string;
  readonly performer: string;
  /** The model that it asks; absent: none. */
  readonly model?: string;
};

const UNKNOWN: AgentLabels = { template: "", agent: "unknown", performer: "unknown" };

/**
 * Looks up who the agent at a path is, at its own work or at an alternative (from 1); copies that a loop makes while it runs are their
 * fork's.
 */
export function agentLabels(plan: Plan): (path: string, alternative?: number) => AgentLabels {
  const agents = new Map<string, AgentNode>();
  const known = new Map<string, AgentLabels>();
  for (const node of plan.nodes) {
    const agent = node.kind === "agent" ? node : node.forEach?.template;
    if (!agent) continue;
    agents.set(node.path, agent);
    known.set(node.path, labelsOf(agent));
  }
  const ownPath = (path: string): string => (known.has(path) ? path : path.slice(0, path.lastIndexOf(".")));
  return (path, alternative = 0) => {
    const own = ownPath(path);
    const agent = alternative > 0 ? agents.get(own) : undefined;
    return agent ? labelsOf(workAt(agent, alternative)) : (known.get(own) ?? UNKNOWN);
  };
}

function labelsOf({ template, agent, performer, model }: AgentNode): AgentLabels {
  return { template: template ?? "", agent, performer, ...(model === undefined ? {} : { model }) };
}
