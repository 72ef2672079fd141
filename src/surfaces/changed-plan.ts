import { parseProgram } from "../dsl/parse-program.ts";
import { expandToNodes } from "../plan/compile-plan.ts";
import type { Plan } from "../plan/plan.ts";
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
  const before = hashOf(recorded.nodes, recorded.blackboard);
  const today = expandToNodes(parseProgram(recorded.program).program, registry, settings);
  const now = today.ok ? hashOf(today.value.graph.nodes, today.value.blackboard) : null;
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

function hashOf(nodes: Plan["nodes"], blackboard: Plan["blackboard"]): string {
  return hashJson(blackboard ? { nodes, blackboard } : nodes);
}
