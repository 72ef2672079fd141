import { LIMITS } from "../shared/limits.ts";
import { worksOf } from "./alternatives.ts";
import type { BudgetScope, PlanBudget } from "./budget.ts";
import { ModelBounds } from "./model-bounds.ts";
import { isLeaf, leafAgent, type NodeGraph, tails } from "./node-graph.ts";
import type { AgentNode, Bound, Bounds, PlanNode } from "./plan.ts";
import type { PlanSettings } from "./plan-builder.ts";

type Sum = { atLeast: number; expected: number; atMost: number };
type Load = { readonly calls: Sum; readonly tokens: Sum; readonly costMicros: Sum };

/**
 * What a plan will take at least, is expected to, and at most (P5). Conditional work counts from "expected" on,
 * retries and alternatives from "at most" on; work that asks no model costs nothing. The same for each of its budgets.
 */
export function computeBounds(
  graph: NodeGraph,
  makespanMs: number,
  settings: PlanSettings,
): { readonly bounds: Bounds; readonly budgets: readonly PlanBudget[] } {
  const agents = nothing();
  const all = noLoad();
  const budgets = budgetsOf(graph.nodes, settings).map((budget) => ({ ...budget, bounds: noLoad() }));
  const models = new ModelBounds(graph, settings.models);
  const maybe = conditionalPaths(graph.nodes);
  for (const node of graph.nodes) {
    const agent = leafAgent(node);
    if (!agent || !isLeaf(node)) continue;
    const copies = node.kind === "agent" ? 1 : LIMITS.forEachItems;
    const sure = maybe.has(node.path) || node.kind !== "agent" ? 0 : 1;
    addTo(agents, { atLeast: sure, expected: 1, atMost: copies });
    const loads = [all, ...governing(node, graph, budgets)];
    for (const [alternative, work] of worksOf(agent).entries()) {
      if (!settings.modelPerformers.includes(work.performer)) continue;
      const load = models.of(work, sure === 1, copies);
      const bound = alternative === 0 ? (whole: Bound) => whole : mostOf;
      for (const { calls, tokens, costMicros } of loads) {
        addTo(calls, bound(load.calls));
        addTo(tokens, bound(load.tokens));
        addTo(costMicros, bound(load.costMicros));
      }
    }
  }
  return { bounds: { agents, ...all, wallMs: wallBound(graph, makespanMs, settings) }, budgets };
}

/** The budgets that templates, steps and settings have given, in the order of the plan. */
function budgetsOf(
  nodes: readonly PlanNode[],
  { templateBudgets }: PlanSettings,
): readonly Omit<PlanBudget, "bounds">[] {
  const ofTemplates = [...(templateBudgets ?? [])]
    .filter(([template]) => nodes.some((node) => isOf(node, template)))
    .map(([template, limits]) => ({ scope: { kind: "template" as const, template }, limits }));
  const ofNodes = nodes.flatMap(({ path, budget: limits }) =>
    limits ? [{ scope: { kind: "node" as const, path }, limits }] : [],
  );
  return [...ofTemplates, ...ofNodes];
}

/** What a node and all around it belong to. */
function governing<B extends { readonly scope: BudgetScope; readonly bounds: Load }>(
  node: PlanNode,
  { nodes, indexOf }: NodeGraph,
  budgets: readonly B[],
): readonly Load[] {
  if (budgets.length === 0) return [];
  const around: PlanNode[] = [];
  for (
    let at: PlanNode | undefined = node;
    at;
    at = at.parent === null ? undefined : nodes[indexOf.get(at.parent)!]
  )
    around.push(at);
  return budgets
    .filter(({ scope }) =>
      around.some((at) =>
        scope.kind === "node" ? at.path === scope.path : scope.kind === "run" || isOf(at, scope.template),
      ),
    )
    .map(({ bounds }) => bounds);
}

function isOf({ template }: PlanNode, name: string): boolean {
  return template?.split("@")[0] === name;
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

function nothing(): Sum {
  return { atLeast: 0, expected: 0, atMost: 0 };
}

function noLoad(): Load {
  return { calls: nothing(), tokens: nothing(), costMicros: nothing() };
}

function addTo(sum: Sum, more: Bound): void {
  sum.atLeast += more.atLeast;
  sum.expected += more.expected;
  sum.atMost += more.atMost;
}
