import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { ApiError, api, type Overview, type RunLine } from "../model/api.ts";
import type { Connection } from "../model/event-stream.ts";
import { HistoryFeed } from "../model/history-feed.ts";
import { addressOf } from "../model/route.ts";
import { agoText, countText, percentText, spanText } from "../model/wording.ts";
import { AlertList } from "./alert-list.tsx";
import { CommandBox } from "./command-box.tsx";
import { Gauge } from "./gauge.tsx";
import { useAsked, useNow } from "./hooks.ts";
import { RunMark } from "./phase-mark.tsx";
import { Problem } from "./problem.tsx";

const LOOK_EVERY_MS = 2_000;
/** Where the server has not told, or does not. */
const UNKNOWN = "…";

/** Every run, what waits for people, and how the server stands. */
export function HomeView() {
  const { runs: told, next: first, connection } = useHistory();
  const [older, setOlder] = useState<readonly RunLine[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const now = useNow(LOOK_EVERY_MS);
  const newest = told ?? [];
  const known = new Set(newest.map(({ runId }) => runId));
  const runs = [...newest, ...older.filter(({ runId }) => !known.has(runId))];
  const before = next === undefined ? first : next;
  const more = async (): Promise<void> => {
    const page = await api.runs(before!);
    setOlder([...older, ...page.runs]);
    setNext(page.next);
  };
  return (
    <div class="home">
      <section aria-labelledby="runs-title" class="runs">
        <h1 id="runs-title">Runs</h1>
        <CommandBox />
        <Trouble connection={connection} />
        {told && runs.length === 0 ? <NoRuns /> : null}
        {runs.length > 0 ? <RunTable runs={runs} now={now} /> : null}
        {before ? (
          <button type="button" onClick={more}>
            Older runs
          </button>
        ) : null}
      </section>
      <aside class="side" aria-label="Server">
        <Waiting runs={told ? runs : null} />
        <ServerState />
      </aside>
    </div>
  );
}

/** The list as it changes, for as long as the page shows it. */
function useHistory(): Pick<HistoryFeed, "runs" | "next" | "connection"> {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const feed = useRef<HistoryFeed | null>(null);
  useEffect(() => {
    const watched = new HistoryFeed(() => redraw());
    feed.current = watched;
    return () => watched.close();
  }, []);
  return feed.current ?? { runs: null, next: null, connection: { kind: "connecting" } };
}

function Trouble({ connection }: { readonly connection: Connection }) {
  if (connection.kind === "refused") return <Problem error={new Error(connection.problem)} />;
  return connection.kind === "lost" ? (
    <Problem error={new ApiError("SERVER_GONE", "the server cannot be reached; the page comes back to it")} />
  ) : null;
}

function NoRuns() {
  return (
    <div class="empty">
      <p>No run yet.</p>
      <p>
        Write a program above, or <a href={addressOf({ page: "templates" })}>choose a template</a> and fill in
        its form. Runs that are started on the command line in this folder appear here too.
      </p>
    </div>
  );
}

function RunTable({ runs, now }: { readonly runs: readonly RunLine[]; readonly now: number }) {
  return (
    <table class="run-table">
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Program</th>
          <th scope="col" class="figure">
            Agents
          </th>
          <th scope="col" class="figure">
            Took
          </th>
          <th scope="col" class="figure wide-only">
            Begun
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.runId} run={run} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run, now }: { readonly run: RunLine; readonly now: number }) {
  const { runId, program, status, agents, progress, acceptedAtMs, endedAtMs } = run;
  const isOpen = endedAtMs === null;
  return (
    <tr>
      <td>
        <RunMark status={status} />
      </td>
      <td class="program">
        <a href={addressOf({ page: "run", runId, tab: isOpen ? "timeline" : "result" })} title={program}>
          {program.replace(/\s+/g, " ")}
        </a>
      </td>
      <td class="figure">
        {progress ? `${countText(progress.ended)} / ${countText(agents)}` : countText(agents)}
      </td>
      <td class="figure">
        {isOpen && status === "interrupted" ? "–" : spanText((endedAtMs ?? now) - acceptedAtMs)}
      </td>
      <td class="figure wide-only">{agoText(acceptedAtMs, now)}</td>
    </tr>
  );
}

/** `runs`: null while they are not known. */
function Waiting({ runs }: { readonly runs: readonly RunLine[] | null }) {
  const asking = (runs ?? []).filter(
    ({ endedAtMs, waitingFor }) => endedAtMs === null && waitingFor.length > 0,
  );
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title">Waits for you</h2>
      {asking.length === 0 ? <p class="dim">{runs ? "Nothing does." : UNKNOWN}</p> : null}
      <ul class="waiting">
        {asking.flatMap(({ runId, waitingFor }) =>
          waitingFor.map(({ path, question }) => (
            <li key={`${runId} ${path}`}>
              <a href={addressOf({ page: "run", runId, tab: "timeline" })}>{question}</a>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

function ServerState() {
  const { value, error } = useAsked(api.overview, LOOK_EVERY_MS);
  const isGone = error instanceof ApiError && error.code === "SERVER_GONE";
  const unknown = isGone ? "It cannot be reached." : (error?.message ?? UNKNOWN);
  return (
    <>
      <section aria-labelledby="alerts-title">
        <h2 id="alerts-title">Alerts</h2>
        {value ? <AlertList alerts={value.alerts} now={value.nowMs} /> : <p class="dim">{UNKNOWN}</p>}
      </section>
      <section aria-labelledby="load-title">
        <h2 id="load-title">Server</h2>
        {value ? <Load overview={value} /> : <p class="dim">{unknown}</p>}
      </section>
    </>
  );
}

function Load({ overview }: { readonly overview: Overview }) {
  const { load, limits, resources, cache } = overview;
  const asked = cache.hits + cache.misses;
  return (
    <>
      <Gauge name="Runs at work" value={load.running} most={limits.maxRunning} />
      <Gauge name="Runs that wait" value={load.queued} most={limits.maxQueued} />
      <dl class="facts">
        <dt>Suspended</dt>
        <dd>{load.suspended}</dd>
        <dt>Cached results</dt>
        <dd>{countText(cache.entries)}</dd>
        <dt>Found in the cache</dt>
        <dd>{asked === 0 ? "–" : percentText(cache.hits / asked)}</dd>
      </dl>
      {resources.length > 0 ? (
        <table class="resources">
          <caption>What agents call</caption>
          <thead>
            <tr>
              <th scope="col">Resource</th>
              <th scope="col">Breaker</th>
              <th scope="col" class="figure">
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {resources.map(({ resource, breaker, calls, failed }) => (
              <tr key={resource}>
                <td>{resource}</td>
                <td class={breaker === "open" ? "bad" : undefined}>{breaker ?? "none"}</td>
                <td class="figure">
                  {countText(failed)} / {countText(calls)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}
