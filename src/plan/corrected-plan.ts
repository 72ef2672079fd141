import type { Answerer, Calibration } from "./calibration.ts";
import type { AgentNode, Plan, PlanNode } from "./plan.ts";

/** What somebody's word for how sure they are is corrected by; undefined: nothing is known. */
type Corrections = { of(doer: Omit<Answerer, "source">): Calibration | undefined };

const NONE: Corrections = { of: () => undefined };

/**
 * A plan with the corrections that its run is to go by, in place of those that it had. Its hash stays: it says what is to be done,
 * by whom and within which bounds, not what was learned since (docs/adr/0030).
 */
export function correctedPlan(plan: Plan, corrections: Corrections = NONE): Plan {
  if (corrections === NONE && !plan.nodes.some(isCorrected)) return plan;
  return { ...plan, nodes: correctedNodes(plan.nodes, corrections) };
}

/** The same nodes without corrections: what hashes and comparisons of plans look at. */
export function uncorrected(nodes: readonly PlanNode[]): readonly PlanNode[] {
  return nodes.some(isCorrected) ? correctedNodes(nodes, NONE) : nodes;
}

function correctedNodes(nodes: readonly PlanNode[], corrections: Corrections): readonly PlanNode[] {
  return nodes.map((node) => {
    if (node.kind === "agent") return correctedAgent(node, corrections);
    const { forEach } = node;
    if (!forEach) return node;
    return { ...node, forEach: { ...forEach, template: correctedAgent(forEach.template, corrections) } };
  });
}

function correctedAgent(node: AgentNode, corrections: Corrections): AgentNode {
  const own = corrected(node, corrections);
  if (!node.alternatives) return own;
  return { ...own, alternatives: node.alternatives.map((one) => corrected(one, corrections)) };
}

function corrected<Doer extends Pick<AgentNode, "agent" | "performer" | "model" | "calibration">>(
  { calibration: _, ...doer }: Doer,
  corrections: Corrections,
): Omit<Doer, "calibration"> & Pick<AgentNode, "calibration"> {
  const calibration = corrections.of(doer);
  return calibration ? { ...doer, calibration } : doer;
}

function isCorrected(node: PlanNode): boolean {
  const agent = node.kind === "agent" ? node : node.forEach?.template;
  if (!agent) return false;
  return (
    agent.calibration !== undefined || (agent.alternatives ?? []).some((one) => one.calibration !== undefined)
  );
}
