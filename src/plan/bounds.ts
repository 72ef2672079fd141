import { LIMITS } from "../shared/limits.ts";
import { worksOf } from "./alternatives.ts";
import { ModelBounds } from "./model-bounds.ts";
import { isLeaf, leafAgent, type NodeGraph, tails } from "./node-graph.ts";
import type { AgentNode, Bound, Bounds, PlanNode } from "./plan.ts";
import type { PlanSettings } from "./plan-builder.ts";

/**
 * What a plan will take at least, is expected to, and at most (P5). Conditional work counts from "expected" on,
 * retries and alternatives from "at most" on; work that asks no model costs nothing.
 */
export function computeBounds(graph: NodeGraph, makespanMs: number, settings: PlanSettings): Bounds {
  const agents = { atLeast: 0, expected: 0, atMost: 0 };
  const calls = { atLeast: 0, expected: 0, atMost: 0 };
  const tokens = { atLeast: 0, expected: 0, atMost: 0 };
  const costMicros = { atLeast: 0, expected: 0, atMost: 0 };
  const models = new ModelBounds(graph, settings.model);
  const maybe = conditionalPaths(graph.nodes);
  for (const node of graph.nodes) {
    const agent = leafAgent(node);
    if (!agent || !isLeaf(node)) continue;
    const copies = node.kind === "agent" ? 1 : LIMITS.forEachItems;
    const sure = maybe.has(node.path) || node.kind !== "agent" ? 0 : 1;
    addTo(agents, { atLeast: sure, expected: 1, atMost: copies });
    for (const [alternative, work] of worksOf(agent).entries()) {
      if (!settings.modelPerformers.includes(work.performer)) continue;
      const load = models.of(work, sure === 1, copies);
      const bound = alternative === 0 ? (all: Bound) => all : mostOf;
      addTo(calls, bound(load.calls));
      addTo(tokens, bound(load.tokens));
      addTo(costMicros, bound(load.costMicros));
    }
  }
  return {
    agents,
    calls,
    tokens,
    costMicros,
    wallMs: wallBound(graph, makespanMs, settings),
  };
}

function wallBound(graph: NodeGraph, expected: number, { runTimeoutMs }: PlanSettings): Bound {
  const longest = tails(graph, worstCaseMs).reduce((most, tail) => Math.max(most, tail), 0);
  return { atLeast: 0, expected, atMost: Math.min(runTimeoutMs, Math.max(longest, expected)) };
}

/** All attempts, at alternatives too, run into their timeouts, with the longest waits between. */
function worstCaseMs(node: PlanNode): number {
  const agent: AgentNode | undefined = leafAgent(node);
  if (!agent) return 0;
  return worksOf(agent).reduce(
    (sum, { timeoutMs, retry: { attempts, maxDelayMs } }) =>
      sum + attempts * timeoutMs + (attempts - 1) * maxDelayMs,
    0,
  );
}

/** Of work that is expected never to be done. */
function mostOf({ atMost }: Bound): Bound {
  return { atLeast: 0, expected: 0, atMost };
}

/** Nodes with a condition, or below one that has one. Parents stand before their children. */
function conditionalPaths(nodes: readonly PlanNode[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const node of nodes) {
    if (node.when !== undefined || (node.parent !== null && found.has(node.parent))) found.add(node.path);
  }
  return found;
}

function addTo(sum: { atLeast: number; expected: number; atMost: number }, more: Bound): void {
  sum.atLeast += more.atLeast;
  sum.expected += more.expected;
  sum.atMost += more.atMost;
}
