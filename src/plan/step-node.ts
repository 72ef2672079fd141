import type { Enclosing, PlacedStep } from "./expansion.ts";
import type { AgentNode } from "./plan.ts";

/** What an agent and a group that a step makes have in common. */
type StepNode = Pick<
  AgentNode,
  "path" | "parent" | "needs" | "template" | "step" | "phase" | "input" | "priority"
> & { readonly children: [] };

/** Where the node of a step stands, what it stands for and what it is told. */
export function stepNode(
  { step, path, parent, needs, input }: PlacedStep,
  { call }: Pick<Enclosing, "call">,
): StepNode {
  return {
    path,
    parent,
    needs,
    children: [],
    template: templateOf(call.template),
    step: step.name,
    ...(step.phase === undefined ? {} : { phase: step.phase }),
    priority: step.priority,
    input,
  };
}

/** `NAME@VERSION`. */
export function templateOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}
