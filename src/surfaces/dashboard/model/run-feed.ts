import { openEvents } from "./api.ts";
import { type Connection, followStream, pause, type StreamEvent } from "./event-stream.ts";
import { RunModel, type ServerEvent } from "./run-model.ts";

/** Time for folding in one frame, ms, and events between two looks at the clock: a long past must not hold the page up. */
const FOLD_MS = 6;
const FOLDED_AT_ONCE = 50;

/** How often a page that nobody sees is brought up to date, ms. */
const HIDDEN_MS = 1_000;

/**
 * Purpose: keep the model of one run up to date, once a frame.
 * Owns: the connection, the events that are not folded yet. Does not own: what is drawn.
 * Invariants:
 * F1 whoever listens is told at most once a frame, however many events came.
 * F2 after `close` nothing is told and nothing is connected.
 */
export class RunFeed {
  readonly runId: string;
  readonly model = new RunModel();
  connection: Connection = { kind: "connecting" };
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #waiting: StreamEvent[] = [];
  #from = 0;
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sawResult = false;

  constructor(runId: string) {
    this.runId = runId;
    void followStream(
      {
        open: openEvents(runId),
        received: (events) => this.#receive(events),
        changed: (connection) => {
          this.connection = connection;
          this.#soon();
        },
        isWhole: () => this.#sawResult,
        wait: pause,
      },
      this.#abort.signal,
    );
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#abort.abort();
    this.#listeners.clear();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #receive(events: readonly StreamEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    this.#sawResult ||= events.at(-1)?.data.startsWith('{"type":"result"') === true;
    this.#soon();
  }

  #soon(): void {
    if (this.#frame !== null || this.#timer !== null || this.#abort.signal.aborted) return;
    if (document.hidden) this.#timer = setTimeout(() => this.#flush(), HIDDEN_MS);
    else this.#frame = requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#frame = null;
    this.#timer = null;
    const untilMs = performance.now() + (document.hidden ? HIDDEN_MS / 2 : FOLD_MS);
    do {
      const until = Math.min(this.#waiting.length, this.#from + FOLDED_AT_ONCE);
      for (; this.#from < until; this.#from++)
        this.model.apply(JSON.parse(this.#waiting[this.#from]!.data) as ServerEvent);
    } while (this.#from < this.#waiting.length && performance.now() < untilMs);
    if (this.#from === this.#waiting.length) {
      this.#waiting = [];
      this.#from = 0;
    } else this.#soon();
    for (const listener of this.#listeners) listener();
  }
}
