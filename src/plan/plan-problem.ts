import { isLeaf, leafAgent, type NodeGraph, ownDurationMs } from "./node-graph.ts";
import type { Capacity } from "./plan.ts";
import { claimOf } from "./resource-pool.ts";
import { type Activity, buildProblem, type Problem } from "./scheduling/problem.ts";

/** A plan as a scheduling problem. */
export type PlanProblem = {
  readonly problem: Problem;
  /** The node of each activity that is an agent's work; activities beyond them are the moments of groups. */
  readonly nodeOf: readonly number[];
  /** Declared priority by activity. */
  readonly priority: Float64Array;
};

/** Agents become activities, in plan order; a group's start and end become activities without length. */
export function planProblem(graph: NodeGraph, capacity: Capacity): PlanProblem {
  const nodeOf = [...graph.nodes.keys()].filter((index) => isLeaf(graph.nodes[index]!));
  const activityOf = new Int32Array(graph.after.length);
  nodeOf.forEach((node, activity) => {
    activityOf[2 * node] = activity;
    activityOf[2 * node + 1] = activity;
  });
  let count = nodeOf.length;
  graph.nodes.forEach((node, index) => {
    if (isLeaf(node)) return;
    activityOf[2 * index] = count++;
    activityOf[2 * index + 1] = count++;
  });
  const needs: number[][] = Array.from({ length: count }, () => []);
  graph.after.forEach((targets, moment) => {
    for (const next of targets)
      if (activityOf[next] !== activityOf[moment]) needs[activityOf[next]!]!.push(activityOf[moment]!);
  });
  const names = scarceResources(graph, nodeOf, capacity);
  const activities = needs.map((list, activity): Activity => {
    const node = graph.nodes[nodeOf[activity] ?? -1];
    const claim = node ? claimOf(leafAgent(node)!.resources) : {};
    return {
      duration: node ? ownDurationMs(node) : 0,
      demands: names.map((name) => claim[name] ?? 0),
      needs: list,
    };
  });
  return {
    problem: buildProblem(
      activities,
      names.map((name) => capacity[name] ?? 0),
    ),
    nodeOf,
    priority: Float64Array.from(
      activities,
      (_, activity) => graph.nodes[nodeOf[activity] ?? -1]?.priority ?? 0,
    ),
  };
}

/** Resources of which all agents together want more than there is: only these can make anybody wait. */
function scarceResources(graph: NodeGraph, leaves: readonly number[], capacity: Capacity): string[] {
  const wanted = new Map<string, number>();
  for (const leaf of leaves) {
    const claim = claimOf(leafAgent(graph.nodes[leaf]!)!.resources);
    for (const name of Object.keys(claim)) wanted.set(name, (wanted.get(name) ?? 0) + claim[name]!);
  }
  return [...wanted.keys()].filter((name) => wanted.get(name)! > (capacity[name] ?? 0)).sort();
}
