import type { Phase } from "./phase.ts";
import type { ModelNode, RunModel } from "./run-model.ts";

export type RowFilter = { readonly text: string; readonly phases: ReadonlySet<Phase> };

export const NO_FILTER: RowFilter = { text: "", phases: new Set() };

/** The rows of the tree that can be seen: children of folded groups are not; with a filter, the agents that fit it. */
export function visibleRows(
  model: RunModel,
  folded: ReadonlySet<string>,
  filter: RowFilter,
): readonly ModelNode[] {
  const rows: ModelNode[] = [];
  if (filter.text !== "" || filter.phases.size > 0) {
    const text = filter.text.toLowerCase();
    for (const node of model.nodes)
      if (
        node.kind === "agent" &&
        (filter.phases.size === 0 || filter.phases.has(node.phase)) &&
        node.path.toLowerCase().includes(text)
      )
        rows.push(node);
    return rows;
  }
  const visit = (nodes: readonly ModelNode[]): void => {
    for (const node of nodes) {
      rows.push(node);
      if (!folded.has(node.path)) visit(node.children);
    }
  };
  visit(model.roots);
  return rows;
}
