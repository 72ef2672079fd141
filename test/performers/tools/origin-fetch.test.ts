import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { originFetch } from "../../../src/performers/tools/origin-fetch.ts";
import { serve } from "./remote-server.ts";

/** Writes one piece after the other, each once the one before is on its way. */
async function inPieces(response: ServerResponse, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => response.write(piece, () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

async function read(pieces: readonly string[], type: string): Promise<number> {
  const { port } = await serve((_, response) => {
    response.setHeader("content-type", type);
    void inPieces(response, pieces);
  });
  const at = new URL(`http://127.0.0.1:${port}/`);
  const response = await originFetch(at, { headers: {}, maxBytes: 100 })(at);
  return (await response.text()).length;
}

const EVENTS = "text/event-stream";

describe("the limit of an answer", () => {
  test("of a stream holds each event, however its end is cut into pieces", async () => {
    const cut = Array.from({ length: 20 }, () => [`data: ${"x".repeat(40)}\n`, "\n"]).flat();
    const windows = Array.from({ length: 20 }, () => [`data: ${"x".repeat(40)}\r`, "\n", "\r", "\n"]).flat();
    expect(await read(cut, EVENTS)).toBe(20 * 48);
    expect(await read(windows, EVENTS)).toBe(20 * 50);
  });

  test("breaks off an event, and an answer, that is longer", async () => {
    const long = Array.from({ length: 5 }, () => `data: ${"x".repeat(40)}\n`);
    await expect(read(long, EVENTS)).rejects.toThrow();
    await expect(read([`${"x".repeat(40)}\n\n`, `${"x".repeat(70)}\n\n`], "text/plain")).rejects.toThrow();
  });
});

test("credentials go to the declared origin alone", async () => {
  const send = originFetch(new URL("http://127.0.0.1:1/"), { headers: { authorization: "x" }, maxBytes: 1 });
  await expect(send("http://127.0.0.1:2/")).rejects.toThrow("which is not asked");
});
