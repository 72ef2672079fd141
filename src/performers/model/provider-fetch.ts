import { type IncomingMessage, type RequestOptions, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { Readable } from "node:stream";
import { urlToHttpOptions } from "node:url";
import type { ProviderDoor } from "./provider-door.ts";
import { wholeResponse } from "./whole-response.ts";

/** How an answer shall come. */
export type AnswerForm = "whole" | "streamed";

/** What a provider sent is more than anybody could read. */
export class AnswerTooLarge extends Error {}

/**
 * A `fetch` for the calls of providers, a third of the global one's processor time. It posts text, keeps connections, follows no
 * redirection (a key is for one address, and so is what was asked), and takes no more than `maxBytes`: beyond them reading the body rejects
 * with AnswerTooLarge. Nothing limits how long an answer may take but the signal. `form`: what is asked for; what comes of a `whole` one can be read, not streamed.
 * A call waits at its provider's `door`, where there is one, with everything ready but the sending.
 */
export function providerFetch(
  maxBytes: number,
  form: AnswerForm,
  door: ProviderDoor | null = null,
): typeof fetch {
  // A model is asked at one address, which is read once.
  let known: { readonly text: string; readonly target: RequestOptions } | null = null;
  return async (input, init) => {
    const text = String(input);
    if (known?.text !== text) known = { text, target: urlToHttpOptions(new URL(text)) };
    const { target } = known;
    const body = String(init?.body ?? "");
    const headers = {
      ...(init?.headers as Readonly<Record<string, string>>),
      "content-length": Buffer.byteLength(body),
    };
    const options = { ...target, method: init?.method ?? "POST", headers };
    const signal = init?.signal ?? NEVER;
    if (door) await door.enter(signal);
    try {
      return exchange(options, body, signal, { maxBytes, form, door });
    } catch (error) {
      // Nothing was sent: a key that no header can hold, for one.
      door?.leave();
      throw error;
    }
  };
}

const NEVER = new AbortController().signal;

type Reading = { readonly maxBytes: number; readonly form: AnswerForm; readonly door: ProviderDoor | null };

/** Throws at once, or leaves the door when all is over. */
function exchange(
  options: RequestOptions,
  body: string,
  signal: AbortSignal,
  reading: Reading,
): Promise<Response> {
  const send = options.protocol === "https:" ? requestSecure : requestPlain;
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = send(options, (message) => read(message, reading).then(resolve, reject));
  // As its option `signal` would, at a tenth of the cost.
  const stop = (): void => void request.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  request.on("error", reject).on("close", () => {
    signal.removeEventListener("abort", stop);
    reading.door?.leave();
  });
  if (signal.aborted) stop();
  request.end(body);
  return promise;
}

async function read(message: IncomingMessage, { maxBytes, form, door }: Reading): Promise<Response> {
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
  if (door) await door.reading();
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
