import type { NodeState } from "../../engine/explain/explanation.ts";
import type { GroupNode, Plan, PlanNode } from "../../plan/plan.ts";
import { type Colours, dotHead, html, LOOK, quoted, small } from "./dot.ts";

/** How a run's nodes stand; absent: they are only planned. */
export type NodeStates = ReadonlyMap<string, NodeState>;

/** How each state is coloured. */
export const STATES: Readonly<Record<NodeState, Colours>> = {
  waiting: LOOK.none,
  ready: LOOK.none,
  awaitingApproval: LOOK.weak,
  running: LOOK.busy,
  underWay: LOOK.busy,
  backingOff: LOOK.weak,
  stopping: LOOK.weak,
  held: LOOK.weak,
  succeeded: LOOK.good,
  degraded: LOOK.weak,
  failed: LOOK.bad,
  cancelled: LOOK.none,
  skipped: LOOK.none,
};

/** Agents drawn; a larger plan is told how many it leaves out. */
const DRAWN_MAX = 300;

/** A plan as a graph for Graphviz: groups as frames, agents as boxes, coloured as they stand in a run. */
export function planDot(plan: Plan, title: string, states?: NodeStates): string {
  const nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  const drawn = new Set<string>();
  const lines = dotHead(title, "LR");
  let left = DRAWN_MAX;
  let omitted = 0;
  const draw = (path: string, indent: string): void => {
    const node = nodes.get(path)!;
    if (node.kind === "agent" || node.children.length === 0) {
      if (left-- <= 0) {
        omitted++;
        return;
      }
      drawn.add(path);
      lines.push(`${indent}${quoted(path)} [${boxOf(node, states?.get(path))}]`);
      return;
    }
    const { line } = states ? (STATES[states.get(path) ?? "waiting"] ?? LOOK.group) : LOOK.group;
    lines.push(`${indent}subgraph ${quoted(`cluster ${path}`)} {`);
    lines.push(
      `${indent}  graph [label=<${groupLabel(node)}>, labeljust=l, labelloc=t, fontsize=13, style="rounded,filled", fillcolor="${LOOK.group.fill}", color="${line}", margin=12]`,
    );
    for (const child of node.children) draw(child, `${indent}  `);
    lines.push(`${indent}}`);
  };
  for (const root of plan.roots) draw(root, "  ");
  if (omitted > 0) lines.push(`  "more" [shape=plaintext, style="", label="and ${omitted} more agents"]`);
  lines.push(...arrows(plan, nodes, drawn));
  return `${lines.join("\n")}\n}\n`;
}

function boxOf(node: PlanNode, state: NodeState | undefined): string {
  const key = node.path.slice(node.path.lastIndexOf("/") + 1);
  const who =
    node.kind === "agent"
      ? `${node.agent} by ${node.performer}`
      : node.forEach
        ? `one ${node.forEach.template.agent} for each ${node.forEach.variable}`
        : node.kind;
  const rows = [`<b>${html(key)}</b>`, small(who), ...(state ? [small(state)] : [])];
  const { fill, line } = state ? STATES[state] : LOOK.box;
  const shape = node.when === undefined ? "" : `, style="rounded,filled,dashed"`;
  return `label=<${rows.join("<br/>")}>, fillcolor="${fill}", color="${line}"${shape}`;
}

function groupLabel(node: GroupNode): string {
  const key = node.path.slice(node.path.lastIndexOf("/") + 1);
  const template = node.role === "command" && node.template !== null ? ` ${node.template}` : "";
  return `<b>${html(key)}</b>&#160;&#160;${small(`${node.kind}${template}`)}`;
}

/** An arrow ends at a frame where a group is what is needed, or needs: it goes to one of the boxes inside. */
function arrows(plan: Plan, nodes: ReadonlyMap<string, PlanNode>, drawn: ReadonlySet<string>): string[] {
  const end = (path: string, which: "first" | "last"): string | undefined => {
    if (drawn.has(path)) return path;
    const { children } = nodes.get(path)!;
    const order = which === "first" ? children : [...children].reverse();
    for (const child of order) {
      const found = end(child, which);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const isNeededAround = (path: string, need: string): boolean => {
    for (let at = nodes.get(path)!.parent; at !== null; at = nodes.get(at)!.parent)
      if (nodes.get(at)!.needs.includes(need)) return true;
    return false;
  };
  const lines: string[] = [];
  for (const { path, needs } of plan.nodes)
    for (const need of needs) {
      // What the frame around it needs as well is drawn once.
      if (isNeededAround(path, need)) continue;
      const from = end(need, "last");
      const to = end(path, "first");
      if (from === undefined || to === undefined) continue;
      const tail = from === need ? [] : [`ltail=${quoted(`cluster ${need}`)}`];
      const head = to === path ? [] : [`lhead=${quoted(`cluster ${path}`)}`];
      const ends = [...tail, ...head];
      lines.push(`  ${quoted(from)} -> ${quoted(to)}${ends.length > 0 ? ` [${ends.join(", ")}]` : ""}`);
    }
  return lines;
}
