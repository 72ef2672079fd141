import { Component } from "preact";
import type { Phase } from "../model/phase.ts";
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
  readonly phase: Phase;
  readonly attempt: number;
  readonly time: string;
  readonly tally: string;
  readonly select: (path: string) => void;
  readonly fold: (path: string, isFolded: boolean) => void;
};

/** One actor: its name, its state, its time; its bars are drawn beside it. What has not changed is not written again. */
export class TimelineRow extends Component<TimelineRowProps> {
  override shouldComponentUpdate(next: TimelineRowProps): boolean {
    return SHOWN.some((name) => next[name] !== this.props[name]);
  }

  override render(props: TimelineRowProps) {
    return <Row {...props} />;
  }
}

/** What a row shows; `select` and `fold` stay the same. */
const SHOWN = [
  "node",
  "index",
  "y",
  "isSelected",
  "isFolded",
  "flat",
  "phase",
  "attempt",
  "time",
  "tally",
] as const;

function Row(props: TimelineRowProps) {
  const { node, index, y, isSelected, isFolded, flat, phase, attempt, time, tally, select, fold } = props;
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
        {isGroup ? <Tally text={tally} failed={node.below.failed} /> : null}
      </span>
      <span class="cell-phase" role="gridcell">
        <PhaseMark phase={phase} />
        {attempt > 1 ? <span class="dim"> ×{attempt}</span> : null}
      </span>
      <span class="cell-time" role="gridcell">
        {time}
      </span>
    </div>
  );
}

function Tally({ text, failed }: { readonly text: string; readonly failed: number }) {
  return (
    <span class="tally">
      {text}
      {failed > 0 ? <span class="bad"> {failed} failed</span> : null}
    </span>
  );
}

/** How many of the agents below it have ended, and how many there are. */
export function tallyOf({ below, children }: ModelNode): string {
  return children.length === 0 ? "" : `${below.ended}/${below.agents}`;
}

/** How long it was at work, all attempts together. */
export function timeOf({ kind, spans }: ModelNode, nowMs: number): string {
  if (kind !== "agent" || spans.length === 0) return "";
  return spanText(spans.reduce((sum, { startMs, endMs }) => sum + ((endMs ?? nowMs) - startMs), 0));
}
