import type { AgentNode, PlanNode, Scope } from "./plan.ts";

/**
 * The order that a plan's needs and groups impose, as a graph of moments: node `i` starts at moment `2i` and ends
 * at `2i + 1`. A group starts before and ends after its children; a need ends before its dependent starts.
 */
export type NodeGraph = {
  readonly nodes: readonly PlanNode[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Moments that follow each moment. */
  readonly after: readonly (readonly number[])[];
  /** All moments in an order that respects `after`; shorter than the graph when it has a cycle. */
  readonly order: readonly number[];
};

/** Builds the graph of moments of some nodes, in time linear in nodes and needs. */
export function buildNodeGraph(nodes: readonly PlanNode[]): NodeGraph {
  const indexOf = new Map(nodes.map((node, index) => [node.path, index]));
  const after: number[][] = nodes.flatMap(() => [[], []]);
  const incoming = new Int32Array(nodes.length * 2);
  const edge = (from: number, to: number): void => {
    after[from]!.push(to);
    incoming[to]!++;
  };
  nodes.forEach((node, index) => {
    edge(2 * index, 2 * index + 1);
    if (node.parent !== null) {
      const parent = indexOf.get(node.parent)!;
      edge(2 * parent, 2 * index);
      edge(2 * index + 1, 2 * parent + 1);
    }
    for (const need of node.needs) edge(2 * indexOf.get(need)! + 1, 2 * index);
  });
  const order: number[] = [];
  for (let moment = 0; moment < incoming.length; moment++) if (incoming[moment] === 0) order.push(moment);
  for (let head = 0; head < order.length; head++) {
    for (const next of after[order[head]!]!) {
      incoming[next]!--;
      if (incoming[next] === 0) order.push(next);
    }
  }
  return { nodes, indexOf, after, order };
}

/**
 * One cycle, as node paths of which each waits for the next, the first one repeated at the end; it begins with a node
 * that needs its successor by name. `undefined` when there is none.
 */
export function findCycle(graph: NodeGraph): readonly string[] | undefined {
  if (graph.order.length === graph.after.length) return undefined;
  const settled = new Set(graph.order);
  const before: number[][] = graph.after.map(() => []);
  graph.after.forEach((targets, from) => {
    if (!settled.has(from)) for (const to of targets) before[to]!.push(from);
  });
  // Every moment outside the order has a predecessor outside it: walking back must close a loop.
  let moment = graph.after.findIndex((_, index) => !settled.has(index));
  const seenAt = new Map<number, number>();
  const walk: number[] = [];
  while (!seenAt.has(moment)) {
    seenAt.set(moment, walk.length);
    walk.push(moment);
    moment = before[moment]!.find((from) => !settled.has(from))!;
  }
  const loop = walk.slice(seenAt.get(moment)!);
  const paths = loop.map((index) => graph.nodes[index >> 1]!.path);
  const distinct = paths.filter((path, index) => path !== paths[(index + paths.length - 1) % paths.length]);
  const named = distinct.length > 0 ? distinct : paths.slice(0, 1);
  const begin = named.findIndex((path, index) => {
    const { needs } = graph.nodes[graph.indexOf.get(path)!]!;
    return needs.includes(named[(index + 1) % named.length]!);
  });
  const rotated = [...named.slice(Math.max(begin, 0)), ...named.slice(0, Math.max(begin, 0))];
  return [...rotated, rotated[0]!];
}

/** Agents by how many agents must end before them on the longest way; level 0 first, paths in plan order. */
export function agentLevels(graph: NodeGraph): readonly (readonly string[])[] {
  const depth = new Int32Array(graph.after.length);
  for (const moment of graph.order) {
    const ends = moment % 2 === 1 && graph.nodes[moment >> 1]!.kind === "agent" ? 1 : 0;
    for (const next of graph.after[moment]!) depth[next] = Math.max(depth[next]!, depth[moment]! + ends);
  }
  const levels: string[][] = [];
  graph.nodes.forEach((node, index) => {
    if (!isLeaf(node)) return;
    const level = depth[2 * index]!;
    while (levels.length <= level) levels.push([]);
    levels[level]!.push(node.path);
  });
  return levels;
}

/**
 * For each moment the longest time from it to the end of the plan, by `durationMs` of the agents on the way;
 * the largest value is the length of the critical path.
 */
export function tails(graph: NodeGraph, durationMs: (node: PlanNode) => number): Float64Array {
  const tail = new Float64Array(graph.after.length);
  for (let index = graph.order.length - 1; index >= 0; index--) {
    const moment = graph.order[index]!;
    let longest = 0;
    for (const next of graph.after[moment]!) {
      const own = next === moment + 1 && moment % 2 === 0 ? durationMs(graph.nodes[moment >> 1]!) : 0;
      longest = Math.max(longest, tail[next]! + own);
    }
    tail[moment] = longest;
  }
  return tail;
}

/** The agents along the longest chain of durations, first to last. */
export function criticalPath(
  graph: NodeGraph,
  tail: Float64Array,
  durationMs: (node: PlanNode) => number,
): readonly string[] {
  let moment = -1;
  for (let index = 0; index < tail.length; index += 2)
    if (moment < 0 || tail[index]! > tail[moment]!) moment = index;
  const path: string[] = [];
  while (moment >= 0) {
    const node = graph.nodes[moment >> 1]!;
    const starting = moment % 2 === 0;
    if (starting && isLeaf(node)) path.push(node.path);
    let next = -1;
    for (const candidate of graph.after[moment]!) {
      const own = starting && candidate === moment + 1 ? durationMs(node) : 0;
      if (tail[candidate]! + own === tail[moment]! && (next < 0 || tail[candidate]! > tail[next]!))
        next = candidate;
    }
    moment = next;
  }
  return path;
}

/** What the planner counts as one piece of work: an agent, or a fork whose agents are made at run time. */
export function isLeaf(node: PlanNode): boolean {
  return node.kind === "agent" || node.forEach !== undefined;
}

/** What the command of a group gives to its expressions, if it is one. */
export function scopeOf(node: PlanNode): Scope | undefined {
  return node.kind === "agent" ? undefined : node.scope;
}

/** The agent whose work a leaf stands for. */
export function leafAgent(node: PlanNode): AgentNode | undefined {
  return node.kind === "agent" ? node : node.forEach?.template;
}

/** How long a node is expected to work itself, in ms; groups take no time of their own. */
export function ownDurationMs(node: PlanNode): number {
  return leafAgent(node)?.durationMs ?? 0;
}
