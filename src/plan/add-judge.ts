import type { Step } from "../templates/template.ts";
import { addAgent } from "./add-agent.ts";
import type { Enclosing } from "./expansion.ts";
import type { AgentInput } from "./plan.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";

/**
 * Adds the agent that judges between a group's results: the last of its children, an ordinary node that waits for all the
 * others. `input`: what it sees beside what it judges.
 */
export function addJudge(
  group: GroupDraft,
  judge: Step | undefined,
  input: Pick<AgentInput, "scope" | "steps" | "previous">,
  enclosing: Enclosing,
  builder: PlanBuilder,
): void {
  if (!judge || builder.full) return;
  const path = builder.claim(`${group.path}/${judge.name}`);
  const needs = [...group.children];
  group.children.push(path);
  group.judge = path;
  const { scope, steps, previous } = input;
  const own: AgentInput = {
    ...(judge.work.kind === "agent" && judge.work.prompt !== undefined ? { prompt: judge.work.prompt } : {}),
    // Whole values keep their form: a performer that reads no prompt finds the case here.
    options: { candidates: "{{ candidates }}", conflicts: "{{ conflicts }}" },
    scope,
    steps,
    ...(previous ? { previous } : {}),
  };
  const placed = { step: judge, path, parent: group.path, needs, isDependent: true, input: own };
  addAgent(placed, enclosing, builder, { judges: group.path });
}
