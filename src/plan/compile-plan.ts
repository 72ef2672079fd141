import { checkReferences } from "../dsl/check-references.ts";
import type { Program } from "../dsl/syntax.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { hashJson } from "../shared/hash.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import { computeBounds } from "./bounds.ts";
import { uncorrected } from "./corrected-plan.ts";
import { expandProgram, reportCycle } from "./expand-program.ts";
import {
  agentLevels,
  buildNodeGraph,
  criticalPath,
  findCycle,
  isLeaf,
  leafAgent,
  type NodeGraph,
  ownDurationMs,
  tails,
} from "./node-graph.ts";
import type { Plan } from "./plan.ts";
import { PlanBuilder, type PlanSettings } from "./plan-builder.ts";
import { ResourcePool } from "./resource-pool.ts";
import { scheduleAgents } from "./schedule.ts";

/** A plan, and what is odd but no error about its program. */
export type Compiled = { readonly plan: Plan; readonly warnings: readonly Diagnostic[] };

/**
 * Expands a program through templates into a plan. Pure: the same text, templates and settings give the same
 * bytes and hash. Errors: DSL_UNKNOWN_NAME, DSL_DUPLICATE_NAME, TEMPLATE_UNKNOWN, TEMPLATE_VERSION_UNKNOWN, PARAM_*,
 * AGENT_UNKNOWN, EXPRESSION_*, PLAN_CYCLE, PLAN_TOO_DEEP, PLAN_TOO_LARGE, PLAN_EMPTY, PLAN_NO_PERFORMER,
 * PLAN_DYNAMIC_TEMPLATE, PLAN_IMPOSSIBLE_RESOURCES, BOARD_RULE_CONFLICT, BOARD_MERGE_UNKNOWN; all that were found, at once.
 */
export function compilePlan(
  program: Program,
  text: string,
  registry: TemplateRegistry,
  settings: PlanSettings,
): Result<Compiled, Diagnostic[]> {
  const expanded = expandToNodes(program, registry, settings);
  if (!expanded.ok) return expanded;
  return ok({ plan: assemble(text, expanded.value, settings), warnings: expanded.value.warnings });
}

/** A plan before anything is reckoned about it. */
export type Expanded = {
  readonly roots: readonly string[];
  readonly graph: NodeGraph;
  readonly blackboard: Plan["blackboard"];
  readonly warnings: readonly Diagnostic[];
};

/** The nodes that a program's plan has, without its levels and schedule: much quicker. Errors: as `compilePlan`. */
export function expandToNodes(
  program: Program,
  registry: TemplateRegistry,
  settings: PlanSettings,
): Result<Expanded, Diagnostic[]> {
  const builder = new PlanBuilder(registry, settings);
  builder.report(checkReferences(program), undefined);
  if (program.statements.length === 0) {
    builder.error("PLAN_EMPTY", "there is no command in this program", program.span, {
      expected: 'a command such as ABYSSAL[CODE]("authentication service")',
      got: "nothing",
    });
  }
  const roots = expandProgram(program, builder);
  if (builder.errors.length > 0) return err([...builder.errors, ...builder.warnings]);
  const graph = buildNodeGraph(builder.nodes);
  const cycle = findCycle(graph);
  if (cycle) reportCycle(builder, cycle, builder.spanOf(cycle[0]!));
  refuseImpossible(graph, builder);
  if (builder.errors.length > 0) return err([...builder.errors, ...builder.warnings]);
  return ok({ roots, graph, blackboard: builder.board.rules, warnings: builder.warnings });
}

function assemble(text: string, { roots, graph, blackboard }: Expanded, settings: PlanSettings): Plan {
  const tail = tails(graph, ownDurationMs);
  const schedule = scheduleAgents(graph, tail, settings.capacity, settings.improveMs);
  const { bounds, budgets } = computeBounds(graph, schedule.makespanMs, settings);
  const content = {
    program: text,
    nodes: graph.nodes,
    roots,
    levels: agentLevels(graph),
    bounds,
    criticalPath: criticalPath(graph, tail, ownDurationMs),
    schedule,
    capacity: settings.capacity,
    ...(budgets.length > 0 ? { budgets } : {}),
    ...(blackboard ? { blackboard } : {}),
  };
  const hash = hashJson(content);
  return { id: idOf(hash), hash, ...content };
}

function idOf(hash: string): string {
  return `p_${hash.slice(0, 16)}`;
}

/**
 * Whether a plan is what it was when it was compiled, by its hash; what its run corrects confidence by, and `runBudget`, which
 * `abyssal plan` prints beside it, are no part of that. Throws when it is no JSON.
 */
export function isWhole({
  id,
  hash,
  runBudget: _,
  ...content
}: Plan & { readonly runBudget?: unknown }): boolean {
  return hash === hashJson({ ...content, nodes: uncorrected(content.nodes) }) && id === idOf(hash);
}

function refuseImpossible({ nodes }: NodeGraph, builder: PlanBuilder): void {
  const { capacity } = builder.settings;
  const pool = new ResourcePool(capacity);
  for (const node of nodes) {
    const agent = isLeaf(node) ? leafAgent(node) : undefined;
    if (!agent) continue;
    for (const name of pool.shapeOf(agent.resources).impossible) {
      builder.error("PLAN_IMPOSSIBLE_RESOURCES", `${node.path} can never start`, builder.spanOf(node.path), {
        expected: `at most ${capacity[name] ?? 0} ${name}`,
        got: `${agent.resources[name]} ${name}`,
        hint: "lower the step's resources, or raise the limit under `resources` in the configuration",
      });
    }
  }
}
