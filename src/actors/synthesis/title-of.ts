import type { PlanNode } from "../../plan/plan.ts";

/** What a part of an answer is called: of a command its template and what it is about. */
export function titleOf(node: PlanNode): string {
  if (node.kind === "agent" || !node.scope) return node.path;
  const subject = Object.values(node.scope.parameters).find(
    (value) => typeof value === "string" && value !== "",
  );
  const name = node.template?.slice(0, node.template.indexOf("@")) ?? node.path;
  return typeof subject === "string" ? `${name}: ${subject.replace(/\s+/g, " ").slice(0, 120)}` : name;
}
