import type { Plan, PlanNode } from "../../plan/plan.ts";
import { type NodeStates, STATES } from "./plan-dot.ts";

/**
 * A plan as a Mermaid flow chart: groups as frames, agents as boxes, an arrow from what is needed to what needs it; coloured
 * as they stand in a run.
 */
export function planMermaid(plan: Plan, states?: NodeStates): string {
  const nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  const ids = new Map(plan.nodes.map((node, index) => [node.path, `n${index}`]));
  const lines = ["flowchart TD"];
  const draw = (path: string, indent: string): void => {
    const node = nodes.get(path)!;
    const id = ids.get(path)!;
    if (node.kind === "agent" || node.children.length === 0) {
      lines.push(`${indent}${id}${node.when === undefined ? `["${title(node)}"]` : `{{"${title(node)}"}}`}`);
      return;
    }
    lines.push(`${indent}subgraph ${id}["${title(node)}"]`);
    for (const child of node.children) draw(child, `${indent}  `);
    lines.push(`${indent}end`);
  };
  for (const root of plan.roots) draw(root, "  ");
  for (const { path, needs } of plan.nodes)
    for (const need of needs) lines.push(`  ${ids.get(need)!} --> ${ids.get(path)!}`);
  for (const [path, state] of states ?? []) {
    const { fill, line } = STATES[state];
    lines.push(`  style ${ids.get(path)!} fill:${fill},stroke:${line}`);
  }
  return `${lines.join("\n")}\n`;
}

function title(node: PlanNode): string {
  const name = node.path.slice(node.path.lastIndexOf("/") + 1);
  if (node.kind === "agent") return escaped(`${name}\n${node.agent} by ${node.performer}`);
  const template = node.role === "command" && node.template !== null ? ` ${node.template}` : "";
  const copies = node.forEach ? `\none ${node.forEach.template.agent} for each ${node.forEach.variable}` : "";
  return escaped(`${name}: ${node.kind}${template}${copies}`);
}

/** What would end a quoted label, or be read as markup, as entities. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "#amp;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("\n", "<br/>");
}
