import { connect } from "node:net";
import fc from "fast-check";
import type { RouteRow } from "../../../src/surfaces/http/server-ports.ts";

/** One request as bytes, right or wrong in any part. */
export type Fuzzed = {
  readonly text: string;
  /** Whether it ends where its head says; whoever sends another one says by closing that no more will come. */
  readonly isWhole: boolean;
};

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
        isWhole: true,
      };
    });
  const raw = fc
    .oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom("GET / HTTP/9.9\r\n\r\n", "\r\n\r\n", "GET  HTTP/1.1\r\n\r\n"),
    )
    .map((text) => ({ text: `${text}\r\n\r\n`, isWhole: false }));
  return fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: raw });
}

/** Whether anything was asked: line breaks alone are no request. */
export function isOwedAnswer({ text }: Fuzzed): boolean {
  return /[^\r\n]/.test(text);
}

/** The status that a request is answered with, what is said before the answer aside; 0 when there is none. */
export function statusOf(url: string, { text, isWhole }: Fuzzed): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(text);
      if (!isWhole) socket.end();
    });
    const status = (): number => Number(/^HTTP\/1\.1 ([2-9]\d\d)/m.exec(answer)?.[1] ?? 0);
    socket.setEncoding("latin1");
    socket.on("data", (more: string) => {
      answer = (answer + more).slice(0, 4_096);
      // Events go on for ever: the status is enough.
      if (status() > 0) socket.destroy();
    });
    socket.on("error", () => {}).on("close", () => resolve(status()));
  });
}
