import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { Readable } from "node:stream";
import { urlToHttpOptions } from "node:url";
import { wholeResponse } from "./whole-response.ts";

/** How an answer shall come. */
export type AnswerForm = "whole" | "streamed";

/** What a provider sent is more than anybody could read. */
export class AnswerTooLarge extends Error {}

/**
 * A `fetch` for the calls of providers, a third of the global one's processor time. It posts text, keeps connections, follows no
 * redirection (a key is for one address, and so is what was asked), and takes no more than `maxBytes`: beyond them reading the body rejects
 * with AnswerTooLarge. Nothing limits how long an answer may take but the signal. `form`: what is asked for; what comes of a `whole` one can be read, not streamed.
 */
export function providerFetch(maxBytes: number, form: AnswerForm): typeof fetch {
  // A model is asked at one address, which is read once.
  let known: { readonly text: string; readonly target: RequestOptions } | null = null;
  return (input, init) => {
    const text = String(input);
    if (known?.text !== text) known = { text, target: urlToHttpOptions(new URL(text)) };
    const { target } = known;
    const body = String(init?.body ?? "");
    const headers = {
      ...(init?.headers as Readonly<Record<string, string>>),
      "content-length": Buffer.byteLength(body),
    };
    const send = target.protocol === "https:" ? requestSecure : requestPlain;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const request = send({ ...target, method: init?.method ?? "POST", headers }, (message) =>
      read(message, maxBytes, form).then(resolve, reject),
    );
    request.on("error", reject);
    // As its option `signal` would, at a tenth of the cost.
    const { signal } = init ?? {};
    if (signal) {
      const stop = (): void => void request.destroy(signal.reason as Error);
      signal.addEventListener("abort", stop, { once: true });
      request.on("close", () => signal.removeEventListener("abort", stop));
      if (signal.aborted) stop();
    }
    request.end(body);
    return promise;
  };
}

async function read(message: IncomingMessage, maxBytes: number, form: AnswerForm): Promise<Response> {
  const status = message.statusCode!;
  if (status >= 300 && status < 400) {
    message.destroy();
    const there = URL.parse(message.headers.location ?? "")?.origin ?? "another path";
    throw new Error(`the server answers ${status} and sends to ${there}, where nobody is asked`);
  }
  const init = {
    status,
    statusText: message.statusMessage ?? "",
    headers: message.headers as Record<string, string>,
  };
  if (message.headers["content-type"]?.includes("event-stream"))
    return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, init);
  const body = await whole(message, maxBytes);
  init.status = (status < 300 ? errorStatus(body) : null) ?? status;
  return form === "whole" ? wholeResponse(body, init) : new Response(body, init);
}

const ERROR = Buffer.from('{"error"');

/** The status that an answer should have had: some routers say with a 200 that there is none. Null: it is an answer. */
function errorStatus(body: Uint8Array): number | null {
  if (!ERROR.equals(body.subarray(0, ERROR.length))) return null;
  try {
    const { error } = JSON.parse(Buffer.from(body).toString()) as { error: { code?: unknown } | null };
    if (!error) return null;
    const { code } = error;
    return Number.isInteger(code) && Number(code) >= 400 && Number(code) < 600 ? Number(code) : 500;
  } catch {
    return null;
  }
}

function whole(message: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const parts: Buffer<ArrayBuffer>[] = [];
  let bytes = 0;
  message
    .on("data", (part: Buffer<ArrayBuffer>) => {
      bytes += part.length;
      if (bytes > maxBytes) message.destroy(new AnswerTooLarge());
      else parts.push(part);
    })
    .on("end", () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
    .on("error", reject);
  return promise;
}
