import type { AgentNode, Plan } from "../plan/plan.ts";

/** Who an agent of a run is: few names, whatever the run is about. */
export type AgentLabels = {
  /** `NAME@VERSION`; empty for what the program wrote itself. */
  readonly template: string;
  readonly agent: string;
  readonly performer: string;
};

const UNKNOWN: AgentLabels = { template: "", agent: "unknown", performer: "unknown" };

/** Looks up who the agent at a path is; copies that a loop makes while it runs are their fork's. */
export function agentLabels(plan: Plan): (path: string) => AgentLabels {
  const known = new Map<string, AgentLabels>();
  for (const node of plan.nodes) {
    const agent = node.kind === "agent" ? node : node.forEach?.template;
    if (agent) known.set(node.path, labelsOf(agent));
  }
  return (path) => known.get(path) ?? known.get(path.slice(0, path.lastIndexOf("."))) ?? UNKNOWN;
}

function labelsOf({ template, agent, performer }: AgentNode): AgentLabels {
  return { template: template ?? "", agent, performer };
}
