import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunFeed } from "../model/run-feed.ts";
import type { ModelNode, RunModel } from "../model/run-model.ts";
import { runScales } from "../model/time-scale.ts";
import { type Palette, readPalette } from "./colours.ts";
import { drawAxis, drawGantt, type GanttScene, ROW_HEIGHT } from "./gantt-canvas.ts";
import { useTheme } from "./theme-events.ts";
import type { TimelineProps } from "./timeline.tsx";
import { TimelineRow, tallyOf, timeOf } from "./timeline-row.tsx";

const AXIS_HEIGHT = 34;

export type TimelineRowsProps = TimelineProps & {
  readonly rows: readonly ModelNode[];
  readonly folded: ReadonlySet<string>;
  readonly fold: (path: string, isFolded: boolean) => void;
  readonly flat: boolean;
};

/** The rows that are seen: words and figures as elements, bars on a canvas that is drawn every frame. */
export function TimelineRows({ feed, rows, selected, select, folded, fold, flat }: TimelineRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const { top, height, width } = useViewport(scroller, canvas);
  const { model } = feed;
  const nowMs = nowOf(model);
  const scales = runScales(model, nowMs);
  useDrawing({ feed, canvas, axis, rows, selected, top, height, width });
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT));
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT) + 1);
  const press = useRowKeys({ scroller, rows, selected, select, folded, fold });
  const at = rows.findIndex(({ path }) => path === selected);
  return (
    <div class="timeline">
      <TimelineHead axis={axis} isOneAxis={scales.isOne} />
      <div
        ref={scroller}
        class="timeline-body"
        role="treegrid"
        aria-label="Actors of the run"
        aria-rowcount={rows.length}
        aria-activedescendant={at >= first && at < last ? `row-${at}` : undefined}
        tabIndex={0}
        onKeyDown={press}
      >
        <div class="timeline-space" style={{ height: `${rows.length * ROW_HEIGHT}px` }} role="presentation">
          <div class="timeline-window" style={{ height: `${height}px` }} role="presentation">
            <canvas ref={canvas} class="bars" aria-hidden="true" />
            <div class="rows" role="rowgroup">
              {rows.slice(first, last).map((node, offset) => (
                <TimelineRow
                  key={node.path}
                  node={node}
                  index={first + offset}
                  y={(first + offset) * ROW_HEIGHT - top}
                  isSelected={node.path === selected}
                  isFolded={folded.has(node.path)}
                  flat={flat}
                  phase={node.phase}
                  attempt={node.attempt}
                  time={timeOf(node, nowMs)}
                  tally={tallyOf(node)}
                  select={select}
                  fold={fold}
                />
              ))}
            </div>
          </div>
        </div>
      </div>
      {scales.isOne ? null : (
        <p class="axis-note">
          Below each bar the plan, on its own axis: the work takes far from the time that was planned.
        </p>
      )}
    </div>
  );
}

type Drawing = Pick<GanttScene, "rows" | "selected" | "top" | "width" | "height"> & {
  readonly feed: RunFeed;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly axis: RefObject<HTMLCanvasElement | null>;
};

/** Draws the bars in each frame that brings something new, and the axis with the words. */
function useDrawing({ feed, canvas, axis, ...seen }: Drawing): void {
  const palette = usePalette();
  const draw = useRef<() => void>(() => {});
  draw.current = () => {
    const { model } = feed;
    if (!palette || seen.width === 0) return;
    const nowMs = nowOf(model);
    drawGantt(canvas.current!, { ...seen, model, nowMs, palette, scales: runScales(model, nowMs) });
  };
  useEffect(() => {
    draw.current();
    if (!palette || seen.width === 0) return;
    const scales = runScales(feed.model, nowOf(feed.model));
    drawAxis(axis.current!, { scales, width: seen.width, palette }, AXIS_HEIGHT);
  });
  // The feed tells once a frame: what it tells is seen in that frame.
  useEffect(() => feed.subscribe(() => draw.current()), [feed]);
}

function nowOf({ atMs }: RunModel): number {
  return Math.max(Date.now(), atMs);
}

type TimelineHeadProps = {
  readonly axis: RefObject<HTMLCanvasElement | null>;
  readonly isOneAxis: boolean;
};

function TimelineHead({ axis, isOneAxis }: TimelineHeadProps) {
  return (
    <div class="timeline-head" style={{ height: `${AXIS_HEIGHT}px` }}>
      <span class="cell-name">Agent</span>
      <span class="cell-phase">State</span>
      <span class="cell-time">Time</span>
      <span class="cell-bars">
        <canvas ref={axis} aria-hidden="true" />
        <span class="unseen">
          {isOneAxis
            ? "Planned and actual times on one axis"
            : "Planned and actual times, each on its own axis"}
        </span>
      </span>
    </div>
  );
}

/** How far the rows are scrolled, and how much of them is seen. */
function useViewport(
  scroller: RefObject<HTMLDivElement | null>,
  canvas: RefObject<HTMLCanvasElement | null>,
): { readonly top: number; readonly height: number; readonly width: number } {
  const [view, setView] = useState({ top: 0, height: 0, width: 0 });
  useEffect(() => {
    const element = scroller.current!;
    const read = (): void =>
      setView({
        top: element.scrollTop,
        height: element.clientHeight,
        width: Math.max(0, element.clientWidth - (canvas.current?.offsetLeft ?? 0)),
      });
    const sized = new ResizeObserver(read);
    sized.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    read();
    return () => {
      sized.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [scroller, canvas]);
  return view;
}

/** The colours of the theme that holds. */
function usePalette(): Palette | null {
  const theme = useTheme();
  const [palette, setPalette] = useState<Palette | null>(null);
  useEffect(() => setPalette(readPalette()), [theme]);
  return palette;
}

type RowKeys = Pick<TimelineRowsProps, "rows" | "selected" | "select" | "folded" | "fold"> & {
  readonly scroller: RefObject<HTMLDivElement | null>;
};

/** Moving among the rows by keys, as in any tree. */
function useRowKeys({ scroller, rows, selected, select, folded, fold }: RowKeys) {
  const show = (index: number): void => {
    const element = scroller.current!;
    const y = index * ROW_HEIGHT;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW_HEIGHT > element.scrollTop + element.clientHeight)
      element.scrollTop = y + ROW_HEIGHT - element.clientHeight;
    select(rows[index]!.path);
  };
  return (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ path }) => path === selected);
    const node = rows[at];
    const page = Math.max(1, Math.floor(scroller.current!.clientHeight / ROW_HEIGHT) - 1);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: at + page,
      PageUp: at - page,
    }[event.key];
    if (to !== undefined && rows.length > 0) show(Math.max(0, Math.min(rows.length - 1, to)));
    else if (event.key === "ArrowRight" && node && node.children.length > 0) {
      if (folded.has(node.path)) fold(node.path, false);
      else show(Math.min(rows.length - 1, at + 1));
    } else if (event.key === "ArrowLeft" && node) {
      if (node.children.length > 0 && !folded.has(node.path)) fold(node.path, true);
      else if (node.parent) show(Math.max(0, rows.indexOf(node.parent)));
    } else if (event.key === "Enter" && node) document.getElementById("node-panel")?.focus();
    else return;
    event.preventDefault();
  };
}
