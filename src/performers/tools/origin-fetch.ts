/** A blank line ends an event, wherever it is cut into chunks. */
const EVENT_END = /\r?\n\r?\n/;
const TAIL_CHARACTERS = 3;

/** What is asked at one origin, and with what. */
export type OriginTerms = {
  /** Sent along, above what the caller sends. */
  readonly headers: Readonly<Record<string, string>>;
  /** What one answer may be long; of an open stream, one event. */
  readonly maxBytes: number;
  /** Ends every request that is under way. */
  readonly signal?: AbortSignal;
  /** Told when an answer was longer; who waits for it hears of it only as a broken stream. */
  readonly onTooLarge?: (error: Error) => void;
};

/**
 * A `fetch` for SDKs that would go wherever they are sent: credentials and questions reach the declared origin alone, redirections are
 * not followed, and no answer is read beyond its limit.
 */
export function originFetch(at: URL, { headers, maxBytes, signal, onTooLarge }: OriginTerms): typeof fetch {
  return async (input, init) => {
    const to = new URL(input instanceof Request ? input.url : String(input));
    if (to.origin !== at.origin) throw new Error(`${at.host} leads to ${to.host}, which is not asked`);
    const signals = [init?.signal, signal].filter((one) => one !== undefined && one !== null);
    const response = await fetch(input, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers },
      redirect: "error",
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    });
    return limited(response, maxBytes, onTooLarge);
  };
}

function limited(response: Response, maxBytes: number, onTooLarge: OriginTerms["onTooLarge"]): Response {
  if (!response.body) return response;
  const isStream = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  let bytes = 0;
  /** What an event may have ended with, in the chunk before. */
  let tail = "";
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) {
          const error = new Error(`the answer is longer than ${maxBytes} bytes`);
          onTooLarge?.(error);
          controller.error(error);
          return;
        }
        if (isStream) {
          const text =
            tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
          const ends = EVENT_END.test(text);
          if (ends) bytes = 0;
          tail = ends ? "" : text.slice(-TAIL_CHARACTERS);
        }
        controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
