import type { FastifyReply } from "fastify";
import type { EventSink } from "./event-reader.ts";

/**
 * Answers with server-sent events, once something is written or `open` is called: what is thrown before that is still a problem of its
 * own. `open` ties the reader to the connection.
 */
export function beginEvents(reply: FastifyReply): {
  readonly sink: EventSink;
  readonly open: (reader: { drained(): void; close(): void }) => void;
} {
  const { raw } = reply;
  let isBegun = false;
  const begin = (): void => {
    if (isBegun) return;
    isBegun = true;
    reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
  };
  return {
    sink: {
      write: (text) => {
        begin();
        return raw.write(text);
      },
      end: () => {
        begin();
        raw.end();
      },
      destroy: () => raw.destroy(),
    },
    open: (reader) => {
      begin();
      raw.flushHeaders();
      raw.on("drain", () => reader.drained());
      raw.on("close", () => reader.close());
      raw.on("error", () => reader.close());
    },
  };
}
