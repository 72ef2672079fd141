import { useState } from "preact/hooks";
import { api } from "../model/api.ts";
import type { Connection } from "../model/event-stream.ts";
import type { RunFeed } from "../model/run-feed.ts";
import { countText, spanText } from "../model/wording.ts";
import { useNow } from "./hooks.ts";
import { RunMark } from "./phase-mark.tsx";
import { Problem } from "./problem.tsx";

const CLOCK_MS = 200;

/** What the run is, how it stands, for how long, and what may be done with it. */
export function RunHeader({ feed }: { readonly feed: RunFeed }) {
  const { model, connection, runId } = feed;
  const [error, setError] = useState<Error | null>(null);
  const isOpen = model.endedAtMs === null;
  const now = useNow(isOpen ? CLOCK_MS : null);
  const since = model.startedAtMs ?? model.acceptedAtMs;
  const act = (action: (id: string) => Promise<unknown>) => (): void => {
    setError(null);
    action(runId).catch(setError);
  };
  return (
    <header class="run-header">
      <div class="run-line">
        <h1 class="unseen">Run {runId}</h1>
        <RunMark status={model.phase} />
        <code class="program-text" title={model.plan?.program}>
          {model.plan?.program.replace(/\s+/g, " ") ?? "…"}
        </code>
        <span class="elapsed" role="timer" aria-label="Time since it began">
          {since === null ? "" : spanText(Math.max(0, (model.endedAtMs ?? now) - since))}
        </span>
        {isOpen && model.plan ? (
          <button type="button" class="danger" onClick={act(api.cancel)}>
            Cancel
          </button>
        ) : null}
      </div>
      <div class="run-ids dim">
        <span>{runId}</span>
        {model.plan ? <span>plan {model.plan.hash.slice(0, 12)}</span> : null}
        <span>{countText(model.agents)} agents</span>
        <ConnectionLine connection={connection} />
      </div>
      {error ? <Problem error={error} /> : null}
    </header>
  );
}

function ConnectionLine({ connection }: { readonly connection: Connection }) {
  switch (connection.kind) {
    case "live":
      return <span class="connection live">live</span>;
    case "ended":
      return <span class="connection">complete</span>;
    case "lost":
      return (
        <span class="connection lost" role="alert">
          The server has gone. Is `abyssal serve` still running? What was seen stays; the page comes back to
          it every {spanText(connection.retryMs)} and goes on from there.
        </span>
      );
    default:
      return <span class="connection">connecting…</span>;
  }
}
