import type { ModelNode, RunModel } from "../model/run-model.ts";
import type { RunScales, TimeScale } from "../model/time-scale.ts";
import { ticks, withRoom } from "../model/time-scale.ts";
import { spanText } from "../model/wording.ts";
import { prepareCanvas } from "./canvas.ts";
import type { Palette } from "./colours.ts";

/** Lengths in CSS pixels. */
export const ROW_HEIGHT = 24;
const BAR_HEIGHT = 9;
const PLAN_HEIGHT = 3;
const LEAST_WIDTH = 2;
const TICK_SPACE = 84;
const MARGIN = 8;

export type GanttScene = {
  readonly model: RunModel;
  readonly rows: readonly ModelNode[];
  readonly selected: string | null;
  readonly scales: RunScales;
  readonly nowMs: number;
  /** How far the rows are scrolled. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
};

/** Draws the rows that are seen: what was planned as a thin line, what happened as a bar for each attempt. */
export function drawGantt(canvas: HTMLCanvasElement, scene: GanttScene): void {
  const { width, height, rows, top, model, palette, scales, nowMs } = scene;
  const context = prepareCanvas(canvas, width, height);
  if (!context) return;
  const x = placing(scales.actual, width);
  const planX = placing(scales.planned, width);
  const startMs = model.startedAtMs;
  context.fillStyle = palette.line;
  for (const at of ticks(scales.actual, width / TICK_SPACE))
    context.fillRect(Math.round(x(at)), 0, 1, height);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT));
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT));
  for (let index = first; index < last; index++) {
    const node = rows[index]!;
    const y = index * ROW_HEIGHT - top;
    if (node.path === scene.selected) {
      context.fillStyle = palette.selected;
      context.fillRect(0, y, width, ROW_HEIGHT);
    }
    if (node.planned) {
      const from = planX(node.planned.startMs);
      context.fillStyle = palette.planned;
      const length = Math.max(LEAST_WIDTH, planX(node.planned.endMs) - from);
      context.fillRect(from, y + ROW_HEIGHT - PLAN_HEIGHT - 4, length, PLAN_HEIGHT);
    }
    if (startMs === null) continue;
    for (const span of node.kind === "agent" ? node.spans : []) {
      const from = x(span.startMs - startMs);
      const to = x((span.endMs ?? nowMs) - startMs);
      context.fillStyle = palette[span.phase as keyof Palette] ?? palette.other;
      context.fillRect(from, y + 4, Math.max(LEAST_WIDTH, to - from), BAR_HEIGHT);
    }
  }
  if (startMs !== null && model.endedAtMs === null) {
    context.fillStyle = palette.now;
    context.fillRect(Math.round(x(nowMs - startMs)), 0, 1, height);
  }
}

/** Draws the axis: the time since the run's start, and the plan's own where it differs. */
export function drawAxis(
  canvas: HTMLCanvasElement,
  { scales, width, palette }: Pick<GanttScene, "scales" | "width" | "palette">,
  height: number,
): void {
  const context = prepareCanvas(canvas, width, height);
  if (!context) return;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  const write = (scale: TimeScale, y: number, colour: string): void => {
    const x = placing(scale, width);
    context.fillStyle = colour;
    const labels = ticks(scale, width / TICK_SPACE).map((at) => {
      const text = at === 0 ? "0" : spanText(at);
      return { text, left: x(at) + 3, width: context.measureText(text).width };
    });
    for (const { text, left } of withRoom(labels, width)) context.fillText(text, left, y);
  };
  write(scales.actual, scales.isOne ? height / 2 : height / 4 + 1, palette.dim);
  if (!scales.isOne) write(scales.planned, (3 * height) / 4, palette.planned);
}

function placing({ fromMs, toMs }: TimeScale, width: number): (atMs: number) => number {
  const perMs = (width - 2 * MARGIN) / Math.max(1, toMs - fromMs);
  return (atMs) => MARGIN + (atMs - fromMs) * perMs;
}
