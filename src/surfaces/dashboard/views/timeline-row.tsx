import type { ModelNode } from "../model/run-model.ts";
import { spanText } from "../model/wording.ts";
import { PhaseMark } from "./phase-mark.tsx";

export type TimelineRowProps = {
  readonly node: ModelNode;
  readonly index: number;
  readonly y: number;
  readonly isSelected: boolean;
  readonly isFolded: boolean;
  /** Whether paths are shown whole, as there is no tree. */
  readonly flat: boolean;
  readonly nowMs: number;
  readonly select: (path: string) => void;
  readonly fold: (path: string, isFolded: boolean) => void;
};

/** One actor: its name, its state, its time; its bars are drawn beside it. */
export function TimelineRow(props: TimelineRowProps) {
  const { node, index, y, isSelected, isFolded, flat, nowMs, select, fold } = props;
  const isGroup = node.children.length > 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the focus and takes the keys
    <div
      id={`row-${index}`}
      class={isSelected ? "row selected" : "row"}
      role="row"
      tabIndex={-1}
      aria-level={flat ? 1 : node.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      aria-expanded={isGroup && !flat ? !isFolded : undefined}
      style={{ transform: `translateY(${y}px)` }}
      onClick={() => select(node.path)}
    >
      <span
        class="cell-name"
        role="gridcell"
        title={node.path}
        style={{ paddingLeft: flat ? "8px" : `${8 + node.depth * 14}px` }}
      >
        {isGroup && !flat ? (
          <span
            class="fold"
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              fold(node.path, !isFolded);
            }}
          >
            {isFolded ? "▸" : "▾"}
          </span>
        ) : null}
        {flat ? node.path : node.name}
        {isGroup ? <Tally node={node} /> : null}
      </span>
      <span class="cell-phase" role="gridcell">
        <PhaseMark phase={node.phase} />
        {node.attempt > 1 ? <span class="dim"> ×{node.attempt}</span> : null}
      </span>
      <span class="cell-time" role="gridcell">
        {timeOf(node, nowMs)}
      </span>
    </div>
  );
}

function Tally({ node: { below } }: { readonly node: ModelNode }) {
  return (
    <span class="tally">
      {below.ended}/{below.agents}
      {below.failed > 0 ? <span class="bad"> {below.failed} failed</span> : null}
    </span>
  );
}

/** How long it was at work, all attempts together. */
function timeOf({ kind, spans }: ModelNode, nowMs: number): string {
  if (kind !== "agent" || spans.length === 0) return "";
  return spanText(spans.reduce((sum, { startMs, endMs }) => sum + ((endMs ?? nowMs) - startMs), 0));
}
