import { parseProgram } from "../dsl/parse-program.ts";
import { expandToNodes } from "../plan/compile-plan.ts";
import { uncorrected } from "../plan/corrected-plan.ts";
import type { AgentNode, Plan, PlanNode } from "../plan/plan.ts";
import type { PlanSettings } from "../plan/plan-builder.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { hashJson } from "../shared/hash.ts";
import type { TemplateRegistry } from "../templates/registry.ts";

/** A warning when a recorded plan has not the nodes that its program gives today; the run is not touched by that. */
export function changedPlan(
  runId: string,
  recorded: Plan,
  registry: TemplateRegistry,
  settings: PlanSettings,
): readonly Diagnostic[] {
  const today = expandToNodes(parseProgram(recorded.program).program, registry, settings);
  // Who does the work depends on what was learned and who is busy: that is no change of a template or a setting.
  const nodes = uncorrected(recorded.nodes);
  const all = [...nodes, ...(today.ok ? today.value.graph.nodes : [])];
  const routed = new Set(all.filter(isRouted).map(({ path }) => path));
  const before = hashOf(nodes, recorded.blackboard, routed);
  const now = today.ok ? hashOf(today.value.graph.nodes, today.value.blackboard, routed) : null;
  if (now === before) return [];
  return [
    {
      code: "RUN_PLAN_CHANGED",
      severity: "warning",
      place: runId,
      message: "templates or settings have changed since this run was started",
      expected: `the steps it was started with (${before.slice(0, 16)})`,
      got: today.ok
        ? `other steps (${now!.slice(0, 16)})`
        : `a program that is refused: ${today.error[0]?.code}`,
      hint: "it goes on as it was started; to run what the templates say now, start it anew",
    },
  ];
}

function hashOf(given: Plan["nodes"], blackboard: Plan["blackboard"], routed: ReadonlySet<string>): string {
  const nodes = given.map((node) => (routed.has(node.path) ? unrouted(node) : node));
  return hashJson(blackboard ? { nodes, blackboard } : nodes);
}

function isRouted(node: PlanNode): boolean {
  return (node.kind === "agent" ? node : node.forEach?.template)?.routed !== undefined;
}

/** A node where there was a choice, without what its route decided. */
function unrouted(node: PlanNode): object {
  if (node.kind === "agent") return unroutedAgent(node);
  if (!node.forEach) return node;
  return { ...node, forEach: { ...node.forEach, template: unroutedAgent(node.forEach.template) } };
}

function unroutedAgent(node: AgentNode): object {
  const { agent: _a, performer: _p, model: _m, routed: _r, contentHash: _c, ...others } = node;
  return others;
}
