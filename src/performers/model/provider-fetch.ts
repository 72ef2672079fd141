import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { Readable } from "node:stream";

/** What a provider sent is more than anybody could read. */
export class AnswerTooLarge extends Error {}

/**
 * A `fetch` for the calls of providers, a third of the global one's processor time. It posts text, keeps connections, follows no
 * redirection (a key is for one address, and so is what was asked), and takes no more than `maxBytes`: beyond them reading the body rejects
 * with AnswerTooLarge. Nothing limits how long an answer may take but the signal.
 */
export function providerFetch(maxBytes: number): typeof fetch {
  return (input, init) => {
    const url = new URL(String(input));
    const body = String(init?.body ?? "");
    const headers = {
      ...(init?.headers as Readonly<Record<string, string>>),
      "content-length": Buffer.byteLength(body),
    };
    const send = url.protocol === "https:" ? requestSecure : requestPlain;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const request = send(
      url,
      { method: init?.method ?? "POST", headers, ...(init?.signal ? { signal: init.signal } : {}) },
      (message) => read(message, maxBytes).then(resolve, reject),
    );
    request.on("error", reject);
    request.end(body);
    return promise;
  };
}

async function read(message: IncomingMessage, maxBytes: number): Promise<Response> {
  const status = message.statusCode!;
  if (status >= 300 && status < 400) {
    message.destroy();
    throw new Error(`the server answers ${status}: ask for it elsewhere`);
  }
  const init = {
    status,
    statusText: message.statusMessage ?? "",
    headers: message.headers as Record<string, string>,
  };
  const isStream = message.headers["content-type"]?.includes("event-stream");
  if (isStream) return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, init);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBytes) throw new AnswerTooLarge();
    parts.push(part);
  }
  return new Response(parts.length === 1 ? (parts[0] as Buffer<ArrayBuffer>) : Buffer.concat(parts), init);
}
