import { isLeaf, type NodeGraph, ownDurationMs } from "./node-graph.ts";
import type { Capacity, Schedule } from "./plan.ts";
import { planProblem } from "./plan-problem.ts";
import { type NodeStarts, pooledSchedule } from "./pooled-schedule.ts";
import { countedBudget, findSchedule } from "./scheduling/find-schedule.ts";

/** Plans of more nodes are scheduled by two rules only, in time that grows little faster than they do. */
const SEARCHED_NODES_MAX = 1_000;
/**
 * What a millisecond of improvement is: so many activities placed. A count, not a clock, or the same program would get another
 * plan on a busier machine (docs/adr); a warm core places about twice as many.
 */
const PLACEMENTS_PER_MS = 4_000;
/** Schedules that one candidate of the improvement takes: one to build it, two to justify it, two to dispatch it. */
const SCHEDULES_PER_CANDIDATE = 5;

/**
 * When every agent is expected to work: the order in which the dispatcher lets agents start, and what becomes of it when all
 * durations are as stated. Higher declared priority goes first, then whatever makes the whole shortest; never longer than
 * first come, first served. `tail` by moment, in ms; `improveMs` in nominal ms, see `PLACEMENTS_PER_MS`.
 */
export function scheduleAgents(
  graph: NodeGraph,
  tail: Float64Array,
  capacity: Capacity,
  improveMs = 0,
): Schedule {
  const found =
    graph.nodes.length > SEARCHED_NODES_MAX
      ? byRules(graph, tail, capacity)
      : (ofOne(graph) ?? bySearch(graph, capacity, improveMs));
  const entries = [...found.startMs].map(([node, startMs]) => ({ node, startMs }));
  entries.sort((a, b) => a.startMs - b.startMs || a.node - b.node);
  return {
    makespanMs: found.makespanMs,
    entries: entries.map(({ node, startMs }) => ({
      path: graph.nodes[node]!.path,
      startMs,
      endMs: startMs + ownDurationMs(graph.nodes[node]!),
    })),
  };
}

/** Of the only agent: there is nothing to choose. */
function ofOne({ nodes }: NodeGraph): NodeStarts | null {
  const node = nodes.findIndex(isLeaf);
  if (node < 0 || nodes.findLastIndex(isLeaf) !== node) return null;
  return { startMs: new Map([[node, 0]]), makespanMs: ownDurationMs(nodes[node]!) };
}

function bySearch(graph: NodeGraph, capacity: Capacity, improveMs: number): NodeStarts {
  const { problem, nodeOf, priority } = planProblem(graph, capacity);
  const placements = SCHEDULES_PER_CANDIDATE * Math.max(1, problem.size);
  const budget = countedBudget(Math.floor((improveMs * PLACEMENTS_PER_MS) / placements));
  const { starts, makespan } = findSchedule(problem, budget, { kind: "dispatched", priority });
  return {
    startMs: new Map(nodeOf.map((node, activity) => [node, starts[activity]!])),
    makespanMs: makespan,
  };
}

/** Longest tail first, or first come, first served where that is shorter. */
function byRules(graph: NodeGraph, tail: Float64Array, capacity: Capacity): NodeStarts {
  const priorityOf = (node: number): number => graph.nodes[node]!.priority;
  const longest = pooledSchedule(graph, capacity, (node) => rankOf(priorityOf(node), tail[2 * node]!));
  const criticalMs = tail.reduce((most, length) => Math.max(most, length), 0);
  if (longest.makespanMs === criticalMs) return longest;
  const firstCome = pooledSchedule(graph, capacity, (node) => -priorityOf(node));
  return firstCome.makespanMs < longest.makespanMs ? firstCome : longest;
}

/** Rank in the queue: declared priority first, then the longest tail. Lower goes first. */
function rankOf(priority: number, tailMs: number): number {
  return -(priority * 1e12 + tailMs);
}
