/** One server-sent event. */
export type StreamEvent = { readonly id: string; readonly data: string };

/**
 * Purpose: cut a stream of text into server-sent events.
 * Owns: the beginning of the event that is not whole yet. Does not own: the connection.
 * Invariants:
 * E1 the same text gives the same events, wherever it is cut.
 */
export class EventParser {
  #rest = "";

  push(text: string): StreamEvent[] {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => eventOf(block) ?? []);
  }
}

function eventOf(block: string): StreamEvent | null {
  let id = "";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    else if (line.startsWith("id:")) id = line.slice(3).trim();
  }
  return data.length === 0 ? null : { id, data: data.join("\n") };
}

/** How a connection stands; `lost` says when it is tried again. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "ended" }
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "lost"; readonly retryMs: number };

export type StreamPorts = {
  /** Opens the stream after an event; resolves with its body, or with why it is refused for good. Rejects when it cannot be reached. */
  readonly open: (
    lastId: string | null,
    signal: AbortSignal,
  ) => Promise<ReadableStream<Uint8Array> | { readonly refused: string }>;
  readonly received: (events: readonly StreamEvent[]) => void;
  readonly changed: (connection: Connection) => void;
  /** Whether everything has been told, so that the stream's end is no loss. */
  readonly isWhole: () => boolean;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8_000;

/** Reads a stream until it is whole, coming again with the last id it has seen whenever it breaks. */
export async function followStream(ports: StreamPorts, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let retryMs = RETRY_FIRST_MS;
  while (!signal.aborted) {
    ports.changed({ kind: "connecting" });
    try {
      const body = await ports.open(lastId, signal);
      if ("refused" in body) {
        ports.changed({ kind: "refused", problem: body.refused });
        return;
      }
      ports.changed({ kind: "live" });
      for await (const events of eventsOf(body)) {
        retryMs = RETRY_FIRST_MS;
        const own = events.filter(({ id }) => id !== "");
        lastId = own.at(-1)?.id ?? lastId;
        ports.received(own);
      }
    } catch {
      // Whatever broke it, the answer is the same: come again.
    }
    if (signal.aborted) return;
    if (ports.isWhole()) {
      ports.changed({ kind: "ended" });
      return;
    }
    ports.changed({ kind: "lost", retryMs });
    await ports.wait(retryMs, signal);
    retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly StreamEvent[]> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = parser.push(decoder.decode(value, { stream: true }));
      if (events.length > 0) yield events;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Resolves after so many ms, or as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
