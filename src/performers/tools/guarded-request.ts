/**
 * Purpose: one HTTP request, redirections followed, that reaches public hosts only.
 * Owns: resolving, connecting, limits. Does not own: who may ask for what (border.ts).
 * Invariants:
 * H1 a connection is made to an address that was checked, never to a name: between check and use nothing is resolved again.
 * H2 what is not public is not connected to, unless host and port are declared; every redirection is judged anew.
 * H3 a redirection to another host is followed only where `mayReach` allows that host, and takes no credentials along.
 * H4 no more than `maxBytes` are kept, nothing takes longer than `timeoutMs` in all.
 */

import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { Failure } from "../../plan/outcome.ts";
import { isPublicAddress } from "../../shared/public-address.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { thrownWords } from "../../shared/thrown-words.ts";
import { bareHost, isListedPrivate } from "./addresses.ts";

/** What a request may do. */
export type RequestPolicy = {
  /** `host:port` or `host:*` that may be reached although they are not public. */
  readonly privateHosts: readonly string[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly redirectsMax: number;
  /** Resolves a name to all its addresses. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
};

export type GuardedRequest = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly mayReach: (host: string) => boolean;
};

export type GuardedResponse = {
  /** Where the answer came from, after redirections. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

const CREDENTIALS = new Set(["authorization", "cookie", "proxy-authorization"]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Failures: HTTP_ADDRESS, HTTP_REDIRECT, HTTP_TOO_LARGE, HTTP_TIMEOUT, HTTP_UNAVAILABLE, CANCELLED. */
export async function guardedRequest(
  asked: GuardedRequest,
  policy: RequestPolicy,
): Promise<Result<GuardedResponse, Failure>> {
  const limit = AbortSignal.timeout(policy.timeoutMs);
  const signal = AbortSignal.any([asked.signal, limit]);
  try {
    return await follow({ ...asked, signal }, policy);
  } catch (error) {
    if (asked.signal.aborted) return refuse("CANCELLED", "cancelled while it waited for an answer");
    if (limit.aborted) return refuse("HTTP_TIMEOUT", `no answer within ${policy.timeoutMs} ms`, true);
    const words = thrownWords(error);
    return refuse("HTTP_UNAVAILABLE", `no answer: ${words}`, true);
  }
}

async function follow(
  asked: GuardedRequest,
  policy: RequestPolicy,
): Promise<Result<GuardedResponse, Failure>> {
  let { url, method, headers, body } = asked;
  for (let redirects = 0; ; redirects++) {
    const target = await targetOf(url, policy);
    if (!target.ok) return target;
    const response = await send(target.value, { method, headers, body, signal: asked.signal });
    const { statusCode: status = 0 } = response;
    const location = REDIRECTS.has(status) ? response.headers.location : undefined;
    if (location === undefined) return read(response, url, policy.maxBytes);
    response.destroy();
    const next = URL.parse(location, url);
    if (!next)
      return refuse("HTTP_REDIRECT", `redirected to ${JSON.stringify(location)}, which is no address`);
    if (redirects >= policy.redirectsMax)
      return refuse("HTTP_REDIRECT", `more than ${policy.redirectsMax} redirections`);
    const from = target.value.url;
    if (bareHost(next.hostname) !== bareHost(from.hostname) && !asked.mayReach(next.hostname))
      return refuse(
        "HTTP_REDIRECT",
        `${from.hostname} redirects to another host: ${next.href.slice(0, 300)}`,
      );
    if (next.origin !== from.origin)
      headers = Object.fromEntries(
        Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())),
      );
    // As browsers do: what was sent is sent again only where the answer says so.
    if (status === 303 || ((status === 301 || status === 302) && method === "POST")) {
      method = "GET";
      body = undefined;
    }
    url = next.href;
  }
}

type Target = { readonly url: URL; readonly address: string; readonly port: number };

/** Where a URL leads, as one address that may be connected to. */
async function targetOf(text: string, policy: RequestPolicy): Promise<Result<Target, Failure>> {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:"))
    return refuse("HTTP_ADDRESS", `${JSON.stringify(text.slice(0, 200))} is no http or https address`);
  if (url.username !== "" || url.password !== "")
    return refuse("HTTP_ADDRESS", "an address may not carry a name and a password");
  const host = bareHost(url.hostname);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const addresses = isIP(host) ? [host] : await (policy.resolve ?? resolveAll)(host);
  if (addresses.length === 0) return refuse("HTTP_UNAVAILABLE", `${host} has no address`, true);
  const hidden = addresses.find((address) => !isPublicAddress(address));
  if (hidden !== undefined && !isListedPrivate(policy.privateHosts, host, port))
    return refuse(
      "HTTP_ADDRESS",
      `${host}${host === hidden ? "" : ` is ${hidden}, which`} is no public address`,
      false,
      `declare \`${host}:${port}\` under \`tools.private_hosts\`, if it is meant`,
    );
  return ok({ url, address: addresses[0]!, port });
}

async function resolveAll(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function send(
  { url, address, port }: Target,
  asked: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const host = bareHost(url.hostname);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const createConnection = (): Socket => {
    const to = { host: address, port };
    return isSecure ? connectSecurely({ ...to, ...(isIP(host) ? {} : { servername: host }) }) : connect(to);
  };
  const make = isSecure ? secureRequest : plainRequest;
  const { method, headers, body, signal } = asked;
  // No agent: with one `createConnection` is not asked, and the name would be resolved again (H1).
  const request = make(
    url,
    {
      method,
      headers: { ...headers, "accept-encoding": "identity" },
      createConnection,
      signal,
    },
    resolve,
  );
  request.on("error", reject);
  request.end(body);
  return promise;
}

async function read(
  response: IncomingMessage,
  url: string,
  maxBytes: number,
): Promise<Result<GuardedResponse, Failure>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      return refuse("HTTP_TOO_LARGE", `the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return ok({ url, status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString("utf8") });
}

function refuse(code: string, message: string, retryable = false, hint?: string): Result<never, Failure> {
  return err({ code, message, retryable, ...(hint === undefined ? {} : { hint }) });
}
