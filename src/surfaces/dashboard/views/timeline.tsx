import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { PHASE_NAMES, PHASES, type Phase } from "../model/phase.ts";
import type { RunFeed } from "../model/run-feed.ts";
import type { ModelNode } from "../model/run-model.ts";
import { runScales } from "../model/time-scale.ts";
import { NO_FILTER, type RowFilter, visibleRows } from "../model/visible-rows.ts";
import { countText } from "../model/wording.ts";
import { type Palette, readPalette } from "./colours.ts";
import { drawAxis, drawGantt, ROW_HEIGHT } from "./gantt-canvas.ts";
import { useFeed } from "./hooks.ts";
import { useTheme } from "./theme-events.ts";
import { TimelineRow } from "./timeline-row.tsx";

const AXIS_HEIGHT = 34;

export type TimelineProps = {
  readonly feed: RunFeed;
  readonly selected: string | null;
  readonly select: (path: string | null) => void;
};

/** The tree of actors with its states beside their times: planned and actual. Only the rows that are seen exist. */
export function Timeline({ feed, selected, select }: TimelineProps) {
  const { model } = feed;
  const [filter, setFilter] = useState<RowFilter>(NO_FILTER);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  useFeed(feed);
  const isFiltered = filter !== NO_FILTER;
  // States move rows in and out of a filter; without one, only new nodes do.
  const rows = useMemo(
    () => visibleRows(model, folded, filter),
    [model, folded, filter, isFiltered ? model.version : model.shape],
  );
  const fold = (path: string, isFolded: boolean): void => {
    const next = new Set(folded);
    if (isFolded) next.add(path);
    else next.delete(path);
    setFolded(next);
  };
  return (
    <>
      <Filters feed={feed} filter={filter} setFilter={setFilter} />
      {model.plan ? (
        <Rows
          feed={feed}
          rows={rows}
          selected={selected}
          select={select}
          folded={folded}
          fold={fold}
          flat={isFiltered}
        />
      ) : (
        <div class="empty">
          <p>The plan of the run is on its way.</p>
        </div>
      )}
    </>
  );
}

type FiltersProps = {
  readonly feed: RunFeed;
  readonly filter: RowFilter;
  readonly setFilter: (filter: RowFilter) => void;
};

function Filters({ feed, filter, setFilter }: FiltersProps) {
  const { counts } = feed.model;
  const set = (text: string, phases: ReadonlySet<Phase>): void =>
    setFilter(text === "" && phases.size === 0 ? NO_FILTER : { text, phases });
  const toggle = (phase: Phase): void => {
    const phases = new Set(filter.phases);
    if (!phases.delete(phase)) phases.add(phase);
    set(filter.text, phases);
  };
  return (
    <div class="filters">
      <label>
        <span class="unseen">Filter agents by path</span>
        <input
          id="agent-filter"
          type="search"
          placeholder="Filter agents  /"
          value={filter.text}
          onInput={({ currentTarget }) => set(currentTarget.value, filter.phases)}
          onKeyDown={({ key, currentTarget }) => {
            if (key === "Escape") currentTarget.blur();
          }}
        />
      </label>
      <fieldset class="chips">
        <legend class="unseen">Agents by state; choose some to see only those</legend>
        {PHASE_NAMES.filter((phase) => counts[phase] > 0 || filter.phases.has(phase)).map((phase) => (
          <button
            key={phase}
            type="button"
            class={`chip phase phase-${phase}`}
            aria-pressed={filter.phases.has(phase)}
            onClick={() => toggle(phase)}
          >
            <span class="glyph" aria-hidden="true">
              {PHASES[phase].glyph}
            </span>{" "}
            {PHASES[phase].label} <b>{countText(counts[phase])}</b>
          </button>
        ))}
      </fieldset>
      <p class="bar-key" aria-hidden="true">
        <span>worked</span>
        <span class="plan-key">planned</span>
      </p>
    </div>
  );
}

type RowsProps = TimelineProps & {
  readonly rows: readonly ModelNode[];
  readonly folded: ReadonlySet<string>;
  readonly fold: (path: string, isFolded: boolean) => void;
  readonly flat: boolean;
};

function Rows({ feed, rows, selected, select, folded, fold, flat }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const axis = useRef<HTMLCanvasElement>(null);
  const { top, height, width } = useViewport(scroller, canvas);
  const palette = usePalette();
  const { model } = feed;
  const nowMs = Math.max(Date.now(), model.atMs);
  const scales = runScales(model, nowMs);
  useEffect(() => {
    if (!palette || width === 0) return;
    drawGantt(canvas.current!, { model, rows, selected, scales, nowMs, top, width, height, palette });
    drawAxis(axis.current!, { scales, width, palette }, AXIS_HEIGHT);
  });
  useMoving(model.startedAtMs !== null && model.endedAtMs === null);
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
                  nowMs={nowMs}
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

/** Draws on while time goes by, so that what is at work grows. */
function useMoving(isMoving: boolean): void {
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => redraw((count) => count + 1), 100);
    return () => clearInterval(timer);
  }, [isMoving]);
}

type RowKeys = Pick<RowsProps, "rows" | "selected" | "select" | "folded" | "fold"> & {
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
