import { openHistory, type RunLine } from "./api.ts";
import { type Connection, followStream, pause } from "./event-stream.ts";

/** Runs that are kept at hand; older ones are asked for. */
export const RUNS_KEPT = 500;

type Told = { readonly runs: readonly RunLine[]; readonly next: string | null };

/**
 * Purpose: keep the list of runs up to date.
 * Owns: the connection, the runs that were told of. Does not own: what is drawn.
 * Invariants:
 * K1 of each run the line that was told last is shown, the newest run first.
 * K2 it keeps `RUNS_KEPT` runs at most; `next` is where those begin that it does not have.
 * K3 after `close` nothing is told and nothing is connected.
 */
export class HistoryFeed {
  connection: Connection = { kind: "connecting" };
  /** Null until the first ones were told of. */
  runs: readonly RunLine[] | null = null;
  /** `before` of the page after the first one; null: there is none. */
  next: string | null = null;
  readonly #changed: () => void;
  readonly #lines = new Map<string, RunLine>();
  readonly #abort = new AbortController();

  constructor(changed: () => void, open = openHistory()) {
    this.#changed = () => {
      if (!this.#abort.signal.aborted) changed();
    };
    void followStream(
      {
        open,
        received: (events) => {
          for (const { data } of events) this.take(JSON.parse(data) as Told);
        },
        changed: (connection) => {
          this.connection = connection;
          this.#changed();
        },
        isWhole: () => false,
        wait: pause,
      },
      this.#abort.signal,
    );
  }

  take({ runs, next }: Told): void {
    // The first telling says where the rest begins; what comes later only pushes that page further away.
    if (this.runs === null) this.next = next;
    for (const line of runs) this.#lines.set(line.runId, line);
    const all = [...this.#lines.values()].sort((a, b) => b.acceptedAtMs - a.acceptedAtMs);
    this.runs = all.slice(0, RUNS_KEPT);
    for (const { runId } of all.slice(RUNS_KEPT)) this.#lines.delete(runId);
    if (all.length > RUNS_KEPT) this.next = this.runs.at(-1)!.runId;
    this.#changed();
  }

  close(): void {
    this.#abort.abort();
  }
}
