import { useCallback, useMemo, useState } from "preact/hooks";
import { PHASE_NAMES, PHASES, type Phase } from "../model/phase.ts";
import type { RunFeed } from "../model/run-feed.ts";
import { NO_FILTER, type RowFilter, visibleRows } from "../model/visible-rows.ts";
import { countText } from "../model/wording.ts";
import { useFeed } from "./hooks.ts";
import { TimelineRows } from "./timeline-rows.tsx";

/** How often words and figures of the rows are written again, ms: nobody reads faster. Their bars move every frame. */
const ROWS_MS = 100;

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
  useFeed(feed, ROWS_MS, model.startedAtMs !== null && model.endedAtMs === null);
  const isFiltered = filter !== NO_FILTER;
  // States move rows in and out of a filter; without one, only new nodes do.
  const rows = useMemo(
    () => visibleRows(model, folded, filter),
    [model, folded, filter, isFiltered ? model.version : model.shape],
  );
  const fold = useCallback((path: string, isFolded: boolean): void => {
    setFolded((before) => {
      const next = new Set(before);
      if (isFolded) next.add(path);
      else next.delete(path);
      return next;
    });
  }, []);
  return (
    <>
      <Filters feed={feed} filter={filter} setFilter={setFilter} />
      {model.plan ? (
        <TimelineRows
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
