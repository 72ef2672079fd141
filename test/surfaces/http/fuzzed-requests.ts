import { connect } from "node:net";
import fc from "fast-check";
import type { RouteRow } from "../../../src/surfaces/http/server-ports.ts";

/** One request as bytes, right or wrong in any part. */
export type Fuzzed = { readonly text: string };

const word = fc.oneof(
  fc.constantFrom(
    "r_x",
    "PAIR",
    "0",
    "-1",
    "null",
    "__proto__",
    "constructor",
    "..",
    "%00",
    "%",
    "%2e%2e%2f",
    "a".repeat(300),
    "é",
    "{}",
  ),
  fc.string({ maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

const member = fc.constantFrom(
  "command",
  "commands",
  "template",
  "parameters",
  "options",
  "path",
  "approved",
  "answer",
  "source",
  "reason",
  "execution",
  "server",
  "__proto__",
);

const value = fc.oneof(
  fc.constantFrom("ABYSSAL[PAIR]()", "ABYSSAL[PAIR](", "ABYSSAL[NOPE]()", "$x", "", "(".repeat(100), "PAIR"),
  fc.jsonValue({ maxDepth: 4 }),
);

const body = fc.oneof(
  fc.dictionary(member, value, { maxKeys: 4 }).map((given) => JSON.stringify(given)),
  fc.jsonValue().map((given) => JSON.stringify(given) ?? ""),
  fc.string({ maxLength: 200 }),
  fc.constantFrom("", "{", "[[[[", '{"command":"\\ud800"}', `{"a":${"[".repeat(5_000)}`, "null", '"x"'),
);

const header = fc.oneof(
  fc.constantFrom(
    "authorization: Bearer x.y.z",
    "authorization: Basic eDp5",
    "idempotency-key: k",
    "idempotency-key: \u00e9",
    `idempotency-key: ${"k".repeat(300)}`,
    "last-event-id: 1.1",
    "origin: http://evil.test",
    "content-type: text/plain",
    "content-type: application/json; charset=x",
    "content-type: ;;;",
    "expect: 100-continue",
    "x-request-id: a b",
    "transfer-encoding: chunked",
    "accept: */*",
    "accept-encoding: gzip",
  ),
  fc.string({ maxLength: 20 }).map((text) => `x-any: ${text.replace(/[\r\n]/g, "")}`),
);

/** Requests to the routes of a server, to what is near them, and what is hardly HTTP. */
export function fuzzedRequests(routes: readonly RouteRow[]): fc.Arbitrary<Fuzzed> {
  const path = fc
    .tuple(
      fc.constantFrom(...routes.map(({ url }) => url), "/", "/nothing", "//", "/*"),
      word,
      fc.option(fc.tuple(word, word)),
    )
    .map(([url, id, query]) =>
      `${url.replace(/:\w+/g, id)}${query ? `?${query[0]}=${query[1]}` : ""}`.replaceAll(" ", "%20"),
    );
  const method = fc.constantFrom("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "get", "X");
  const known = fc
    .tuple(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...routes.map((route) => route.method)) },
        { weight: 1, arbitrary: method },
      ),
      path,
      fc.array(header, { maxLength: 3 }),
      body,
    )
    .map(([verb, url, headers, text]) => {
      const bytes = Buffer.byteLength(text);
      const lines = ["host: localhost", "content-type: application/json", "connection: close", ...headers];
      return {
        text: `${verb} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\ncontent-length: ${bytes}\r\n\r\n${text}`,
      };
    });
  const raw = fc
    .oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom("GET / HTTP/9.9\r\n\r\n", "\r\n\r\n", "GET  HTTP/1.1\r\n\r\n"),
    )
    .map((text) => ({ text: `${text}\r\n\r\n` }));
  return fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: raw });
}

/** The status that a request is answered with; 0 when it is not answered, such as one that is never whole. */
export function statusOf(url: string, { text }: Fuzzed): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.end(text));
    const done = (): void => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
    socket.setEncoding("latin1");
    socket.on("data", (more: string) => {
      // Events go on for ever: the first line is enough.
      if (answer === "") answer = more.slice(0, 20);
    });
    socket.on("error", done).on("close", done);
  });
}
