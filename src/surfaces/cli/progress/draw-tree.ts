import { formatSpan } from "../../../shared/quantity.ts";
import { fitted, type Paint, widthOf } from "../style.ts";
import { hasEnded, isActive, type RunTree, type TreeNode, type TreeState } from "./run-tree.ts";

export type Frame = {
  readonly nowMs: number;
  /** Counts up with each frame; turns the spinner. */
  readonly tick: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
};

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const SYMBOLS: Readonly<Record<Exclude<TreeState, "running">, string>> = {
  waiting: "·",
  ready: "·",
  backingOff: "↻",
  held: "‖",
  awaitingApproval: "?",
  succeeded: "✔",
  degraded: "≈",
  failed: "✖",
  cancelled: "⊘",
  skipped: "-",
};
const TONES: Readonly<Partial<Record<TreeState, Parameters<Paint>[0]>>> = {
  running: "cyan",
  backingOff: "yellow",
  held: "yellow",
  awaitingApproval: "yellow",
  succeeded: "green",
  degraded: "yellow",
  failed: "red",
  cancelled: "red",
  waiting: "dim",
  ready: "dim",
  skipped: "dim",
};

/** The tree as lines, at most `rows` of them and none wider than `columns`: what does not fit is counted. */
export function drawTree(tree: RunTree, runId: string, frame: Frame): string {
  const { root } = tree;
  const { paint, nowMs, columns } = frame;
  const counts = [
    `${root.ended} of ${root.total} agents`,
    ...(root.active > 0 ? [`${root.active} running`] : []),
    ...(root.failed > 0 ? [paint("red", `${root.failed} failed`)] : []),
    formatSpan(Math.max(0, nowMs - (tree.startedAtMs ?? nowMs))),
  ];
  const head = `${paint("bold", fitted(runId, columns))}  ${counts.join(", ")}`;
  const budget = frame.rows - 1;
  const lines =
    tree.rows <= budget
      ? root.children.flatMap((child) => whole(child, "", frame))
      : folded(root, "", budget, frame);
  return [columns > 60 ? head : paint("bold", fitted(runId, columns)), ...lines].join("\n");
}

function whole(node: TreeNode, indent: string, frame: Frame): readonly string[] {
  return [line(node, indent, frame), ...node.children.flatMap((child) => whole(child, `${indent}  `, frame))];
}

/** The children of a group in at most `budget` lines: what is under way or failed is shown, the rest is counted. */
function folded(group: TreeNode, indent: string, budget: number, frame: Frame): readonly string[] {
  if (budget <= 0) return [];
  const { children } = group;
  // One line to count what is left out; what only waits leaves room for what is inside the others.
  const telling = children.filter((child) => isActive(child) || child.failed > 0).length;
  const room = Math.min(budget - 1, Math.max(telling, Math.floor(budget / 2)));
  const shown = children.length <= room ? children : mostTelling(children, room);
  let left = budget - shown.length - (shown.length < children.length ? 1 : 0);
  const lines: string[] = [];
  for (const child of shown) {
    lines.push(line(child, indent, frame));
    if (child.children.length === 0 || !isActive(child)) continue;
    const inner = folded(child, `${indent}  `, left, frame);
    left -= inner.length;
    lines.push(...inner);
  }
  if (shown.length < children.length) lines.push(restLine(children, shown, indent, frame));
  return lines;
}

function mostTelling(children: readonly TreeNode[], count: number): readonly TreeNode[] {
  if (count <= 0) return [];
  const chosen = new Set<TreeNode>();
  const take = (wanted: (node: TreeNode) => boolean): void => {
    for (const child of children) {
      if (chosen.size >= count) return;
      if (wanted(child)) chosen.add(child);
    }
  };
  take(isActive);
  take((child) => child.state === "failed" || child.failed > 0);
  take((child) => !hasEnded(child));
  take(() => true);
  return children.filter((child) => chosen.has(child));
}

function restLine(
  children: readonly TreeNode[],
  shown: readonly TreeNode[],
  indent: string,
  { paint, columns }: Frame,
): string {
  const known = new Set(shown);
  const counts = new Map<string, number>();
  for (const child of children) {
    if (known.has(child)) continue;
    const state = child.state === "ready" ? "waiting" : isActive(child) ? "running" : child.state;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const text = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  return paint("dim", fitted(`${indent}  ${text}`, columns));
}

function line(node: TreeNode, indent: string, frame: Frame): string {
  const { paint, columns, tick } = frame;
  const state: TreeState = node.isGroup && !hasEnded(node) && isActive(node) ? "running" : node.state;
  const symbol = state === "running" ? SPINNER[tick % SPINNER.length]! : SYMBOLS[state];
  const right = rightOf(node, state, frame);
  const room = columns - widthOf(indent) - 2 - (right === "" ? 0 : right.length + 2);
  const label = fitted(node.label, room);
  const detailRoom = room - widthOf(label) - 2;
  const words = node.message !== "" ? node.message : node.detail;
  const detail = detailRoom > 3 ? fitted(words, detailRoom) : "";
  const blanks = Math.max(1, room - widthOf(label) - (detail === "" ? 0 : widthOf(detail) + 2));
  const tone = TONES[state];
  const left = `${indent}${tone ? paint(tone, symbol) : symbol} ${label}${detail === "" ? "" : `  ${paint("dim", detail)}`}`;
  return right === "" ? left : `${left}${" ".repeat(blanks + 1)}${paint("dim", right)}`;
}

function rightOf(node: TreeNode, state: TreeState, { nowMs }: Frame): string {
  const counts = node.isGroup && node.total > 0 ? `${node.ended}/${node.total}` : "";
  const ms =
    node.durationMs ?? (state === "running" && node.startedAtMs !== null ? nowMs - node.startedAtMs : null);
  const time = ms === null || state === "skipped" ? "" : formatSpan(Math.max(0, ms));
  return [counts, time.padStart(8)].join(" ").trimEnd();
}
