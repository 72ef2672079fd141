import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../../src/performers/tools/addresses.ts";
import { guardedRequest, type RequestPolicy } from "../../../src/performers/tools/guarded-request.ts";
import { serve } from "./remote-server.ts";

const POLICY: RequestPolicy = { privateHosts: [], timeoutMs: 2_000, maxBytes: 1_000, redirectsMax: 2 };

function fetchIt(url: string, policy: Partial<RequestPolicy> = {}, headers: Record<string, string> = {}) {
  return guardedRequest(
    { url, method: "GET", headers, signal: new AbortController().signal, mayReach: () => true },
    { ...POLICY, ...policy },
  );
}

describe("an address", () => {
  test.each([
    ["8.8.8.8", true],
    ["2606:4700::1111", true],
    ["127.0.0.1", false],
    ["127.255.255.254", false],
    ["10.1.2.3", false],
    ["172.16.0.1", false],
    ["172.32.0.1", true],
    ["192.168.1.1", false],
    ["169.254.169.254", false],
    ["100.64.0.1", false],
    ["0.0.0.0", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::1", false],
    ["::", false],
    ["::ffff:8.8.8.8", false],
    ["::ffff:127.0.0.1", false],
    ["64:ff9b::7f00:1", false],
    ["2002:7f00:1::", false],
    ["fc00::1", false],
    ["fd12:3456::1", false],
    ["fe80::1", false],
    ["ff02::1", false],
    ["no address", false],
  ])("%s is public: %s", (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });

  test("that carries a private one inside is never public", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), (low, lower) => {
        const hex = `${(10 * 256 + low).toString(16)}:${lower.toString(16)}`;
        for (const prefix of ["::ffff:", "64:ff9b::", "::"])
          expect(isPublicAddress(`${prefix}${hex}`)).toBe(false);
      }),
    );
  });
});

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
