import { describe, expect, test } from "vitest";
import { guardedRequest, type RequestPolicy } from "../../../src/performers/tools/guarded-request.ts";
import { serve } from "./remote-server.ts";

const POLICY: RequestPolicy = { privateHosts: [], timeoutMs: 2_000, maxBytes: 1_000, redirectsMax: 2 };

function fetchIt(url: string, policy: Partial<RequestPolicy> = {}, headers: Record<string, string> = {}) {
  return guardedRequest(
    { url, method: "GET", headers, signal: new AbortController().signal, mayReach: () => true },
    { ...POLICY, ...policy },
  );
}

describe("a request", () => {
  test("goes to the address that was checked, and asks for the name no second time (H1)", async () => {
    const { port } = await serve((asked, response) => response.end(`host ${asked.headers.host}`));
    let asked = 0;
    const resolve = async () => (asked++ === 0 ? ["127.0.0.1"] : ["203.0.114.1"]);
    const answer = await fetchIt(`http://docs.test:${port}/`, { privateHosts: ["docs.test:*"], resolve });
    expect(answer).toMatchObject({ ok: true, value: { text: `host docs.test:${port}`, status: 200 } });
    expect(asked).toBe(1);
  });

  test.each([[["127.0.0.1"]], [["203.0.114.1", "127.0.0.1"]], [["10.0.0.8"]], [["::ffff:127.0.0.1"]]])(
    "to a name that is %j connects to nobody (H2)",
    async (addresses) => {
      let hits = 0;
      const { port } = await serve((_, response) => {
        hits++;
        response.end();
      });
      const answer = await fetchIt(`http://canary.test:${port}/`, { resolve: async () => addresses });
      expect(answer).toMatchObject({ ok: false, error: { code: "HTTP_ADDRESS", retryable: false } });
      expect(hits).toBe(0);
    },
  );

  test("is not led to loopback by a public host's redirection, even to one that may be reached (H2)", async () => {
    let hits = 0;
    const { port: canary } = await serve((_, response) => {
      hits++;
      response.end();
    });
    const { port } = await serve((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${canary}/` }).end(),
    );
    const answer = await fetchIt(`http://127.0.0.1:${port}/`, { privateHosts: [`127.0.0.1:${port}`] });
    expect(answer).toMatchObject({ ok: false, error: { code: "HTTP_ADDRESS" } });
    expect(hits).toBe(0);
  });

  test("takes no credentials along to another host (H3)", async () => {
    const seen: (string | undefined)[] = [];
    const { port: other } = await serve((asked, response) => {
      seen.push(asked.headers.authorization);
      response.end("there");
    });
    const { port } = await serve((asked, response) => {
      seen.push(asked.headers.authorization);
      response.writeHead(302, { location: `http://other.test:${other}/` }).end();
    });
    const policy = {
      privateHosts: ["docs.test:*", "other.test:*"],
      resolve: async () => ["127.0.0.1"],
    };
    const answer = await fetchIt(`http://docs.test:${port}/`, policy, { authorization: "Bearer x" });
    expect(answer).toMatchObject({ ok: true, value: { text: "there" } });
    expect(seen).toEqual(["Bearer x", undefined]);
  });

  test("ends where the answer is too long, too late, or goes round in circles (H4)", async () => {
    const { port } = await serve((asked, response) => {
      if (asked.url === "/long") response.end("x".repeat(2_000));
      if (asked.url === "/round") response.writeHead(302, { location: "/round" }).end();
    });
    const allowed = { privateHosts: ["127.0.0.1:*"] };
    const at = `http://127.0.0.1:${port}`;
    expect(await fetchIt(`${at}/long`, allowed)).toMatchObject({ error: { code: "HTTP_TOO_LARGE" } });
    expect(await fetchIt(`${at}/round`, allowed)).toMatchObject({ error: { code: "HTTP_REDIRECT" } });
    expect(await fetchIt(`${at}/never`, { ...allowed, timeoutMs: 20 })).toMatchObject({
      error: { code: "HTTP_TIMEOUT", retryable: true },
    });
  });

  test.each(["ftp://x.test/", "file:///etc/passwd", "http://a:b@x.test/", "no address", "javascript:1"])(
    "to %s is refused",
    async (url) => {
      expect(await fetchIt(url)).toMatchObject({ ok: false, error: { code: "HTTP_ADDRESS" } });
    },
  );
});
