import type { AnyStateMachine } from "xstate";
import type { Plan, PlanNode } from "../../plan/plan.ts";

/** A machine as text that Stately's editor reads: its whole configuration, what it is supplied with by name. */
export function machineStately(machine: AnyStateMachine): string {
  return moduleText(machine.config);
}

/**
 * A plan as a statechart for the same editor: what runs at once is parallel, what waits for each other follows, and every
 * agent is a state that its end leaves.
 */
export function planStately(plan: Plan): string {
  const nodes = new Map(plan.nodes.map((node) => [node.path, node]));
  return moduleText({ id: "plan", ...sequence(plan.roots, nodes) });
}

function moduleText(config: object): string {
  const json = JSON.stringify(
    config,
    (_, member: unknown) => (typeof member === "function" ? { type: member.name } : member),
    2,
  );
  return `import { createMachine } from "xstate";\n\nexport const machine = createMachine(${json});\n`;
}

type Nodes = ReadonlyMap<string, PlanNode>;
type Chart = Record<string, unknown>;

function chartOf(node: PlanNode, nodes: Nodes): Chart {
  if (node.kind === "agent" || node.children.length === 0) {
    const who = node.kind === "agent" ? `${node.agent} by ${node.performer}` : node.kind;
    return {
      description: node.when === undefined ? who : `${who}, when ${node.when}`,
      initial: "working",
      states: { working: { on: { [`${node.path} ended`]: "ended" } }, ended: { type: "final" } },
    };
  }
  return node.kind === "fork" ? parallel(node.children, nodes) : sequence(node.children, nodes);
}

function parallel(paths: readonly string[], nodes: Nodes): Chart {
  return { type: "parallel", states: named(paths, (path) => chartOf(nodes.get(path)!, nodes)) };
}

/** Siblings in order of what they need of each other, those that wait for the same at once. */
function sequence(paths: readonly string[], nodes: Nodes): Chart {
  const levels = levelsOf(paths, nodes);
  const keys = levels.map((level, index) =>
    level.length === 1 ? keyOf(level[0]!) : `together ${index + 1}`,
  );
  const states: Chart = {};
  levels.forEach((level, index) => {
    const [first] = level;
    const chart = level.length === 1 ? chartOf(nodes.get(first!)!, nodes) : parallel(level, nodes);
    states[keys[index]!] = { ...chart, onDone: keys[index + 1] ?? "ended" };
  });
  return { initial: keys[0] ?? "ended", states: { ...states, ended: { type: "final" } } };
}

function levelsOf(paths: readonly string[], nodes: Nodes): string[][] {
  const depths = new Map<string, number>();
  const siblings = new Set(paths);
  const depthOf = (path: string): number => {
    const known = depths.get(path);
    if (known !== undefined) return known;
    const before = nodes.get(path)!.needs.filter((need) => siblings.has(need));
    const depth = before.length === 0 ? 0 : 1 + Math.max(...before.map(depthOf));
    depths.set(path, depth);
    return depth;
  };
  const levels: string[][] = [];
  for (const path of paths) {
    const depth = depthOf(path);
    levels[depth] ??= [];
    levels[depth].push(path);
  }
  return levels.filter((level) => level !== undefined);
}

function named(paths: readonly string[], chart: (path: string) => Chart): Chart {
  return Object.fromEntries(paths.map((path) => [keyOf(path), chart(path)]));
}

/** XState reads dots as steps down. */
function keyOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replaceAll(".", " ");
}
