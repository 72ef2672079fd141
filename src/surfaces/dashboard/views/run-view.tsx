import { useEffect, useMemo, useState } from "preact/hooks";
import { addressOf } from "../model/route.ts";
import { RunFeed } from "../model/run-feed.ts";
import { announce } from "./announcer.tsx";
import { go } from "./app.tsx";
import { Approvals } from "./approvals.tsx";
import { useFeed } from "./hooks.ts";
import { NodePanel } from "./node-panel.tsx";
import { ResultView } from "./result-view.tsx";
import { RunGauges } from "./run-gauges.tsx";
import { RunHeader } from "./run-header.tsx";
import { useKeys } from "./shortcuts.tsx";
import { Timeline } from "./timeline.tsx";

/** How often figures are drawn again while they change, ms; the timeline follows every frame. */
const FIGURES_MS = 125;

export type RunTab = "timeline" | "result";

/** One run: how it stands, its agents over time, its answer. */
export function RunView({ runId, tab }: { readonly runId: string; readonly tab: RunTab }) {
  const feed = useMemo(() => new RunFeed(runId), [runId]);
  useEffect(() => () => feed.close(), [feed]);
  const [selected, setSelected] = useState<string | null>(null);
  useFeed(feed, FIGURES_MS);
  useKeys({
    1: () => go({ page: "run", runId, tab: "timeline" }),
    2: () => go({ page: "run", runId, tab: "result" }),
    a: () => document.querySelector<HTMLElement>(".approvals button, .approvals input")?.focus(),
    "/": () => document.querySelector<HTMLElement>("#agent-filter")?.focus(),
  });
  const { model, connection } = feed;
  useEffect(() => {
    if (model.plan) announce(`The run is ${model.phase}.`);
  }, [model, model.phase]);
  const asked = model.questions.length;
  useEffect(() => {
    if (asked > 0) announce(`${asked} ${asked === 1 ? "agent waits" : "agents wait"} for your decision.`);
  }, [asked]);
  // It draws itself at a pace of its own.
  const timeline = useMemo(
    () => <Timeline feed={feed} selected={selected} select={setSelected} />,
    [feed, selected],
  );
  if (connection.kind === "refused") return <Refused problem={connection.problem} />;
  return (
    <div class="run">
      <RunHeader feed={feed} />
      <Approvals model={model} />
      <RunGauges feed={feed} />
      <Tabs runId={runId} tab={tab} hasEnded={model.endedAtMs !== null} />
      <div class="work">
        <div class="stage" role="tabpanel" id="stage" aria-labelledby={`tab-${tab}`}>
          {tab === "timeline" ? (
            timeline
          ) : (
            <ResultView model={model} selected={selected} select={setSelected} />
          )}
        </div>
        <NodePanel model={model} path={selected} select={setSelected} />
      </div>
    </div>
  );
}

function Refused({ problem }: { readonly problem: string }) {
  return (
    <div class="empty" role="alert">
      <p>This run cannot be shown.</p>
      <p>
        <code>{problem}</code>
      </p>
      <p>
        <a href={addressOf({ page: "runs" })}>All runs</a>
      </p>
    </div>
  );
}

type TabsProps = { readonly runId: string; readonly tab: RunTab; readonly hasEnded: boolean };

const TABS = [
  { tab: "timeline", label: "Timeline" },
  { tab: "result", label: "Result" },
] as const;

function Tabs({ runId, tab, hasEnded }: TabsProps) {
  const move = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const other = tab === "timeline" ? "result" : "timeline";
    go({ page: "run", runId, tab: other });
    document.getElementById(`tab-${other}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views of the run" onKeyDown={move}>
      {TABS.map((one) => (
        <button
          key={one.tab}
          type="button"
          role="tab"
          id={`tab-${one.tab}`}
          aria-controls="stage"
          aria-selected={tab === one.tab}
          tabIndex={tab === one.tab ? 0 : -1}
          onClick={() => go({ page: "run", runId, tab: one.tab })}
        >
          {one.label}
          {one.tab === "result" && !hasEnded ? <span class="dim"> when it ends</span> : null}
        </button>
      ))}
    </div>
  );
}
