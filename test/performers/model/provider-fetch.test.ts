import { getEventListeners, once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { AnswerTooLarge, providerFetch } from "../../../src/performers/model/provider-fetch.ts";

let server: Server | undefined;
afterEach(() => void server?.close().closeAllConnections());

async function serving(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const post = (url: string, signal?: AbortSignal, maxBytes = 1_000) =>
  providerFetch(maxBytes, "streamed")(url, {
    method: "POST",
    body: "{}",
    headers: {},
    ...(signal ? { signal } : {}),
  });

test("an answer is read whole, over a connection that is kept, and nothing is left on the signal", async () => {
  const sockets = new Set<unknown>();
  const url = await serving((request, response) => {
    sockets.add(request.socket);
    response.end(`for ${request.headers["content-length"]}`);
  });
  const { signal } = new AbortController();
  for (let call = 0; call < 3; call++) expect(await (await post(url, signal)).text()).toBe("for 2");
  expect(sockets.size).toBe(1);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("an abort before the answer, or in the midst of it, ends the call and its connection", async () => {
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const gone = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const url = await serving((request, response) => {
    const call = calls++;
    request.socket.once("close", () => gone[call]!.resolve());
    if (call === 0) return asked[0]!.resolve();
    response.writeHead(200, { "content-length": 10 }).write("half", () => asked[1]!.resolve());
  });
  for (const call of [0, 1]) {
    const controller = new AbortController();
    const answer = expect(post(url, controller.signal)).rejects.toThrow();
    await asked[call]!.promise;
    controller.abort();
    await Promise.all([answer, gone[call]!.promise]);
  }
  await expect(post(url, AbortSignal.abort())).rejects.toThrow(/abort/i);
  expect(calls).toBe(2);
});

test("an answer that is cut off, longer than anybody reads, or that sends elsewhere is none", async () => {
  const url = await serving((request, response) => {
    if (request.url === "/v1/cut")
      response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy());
    else if (request.url === "/v1/long") response.end("x".repeat(2_000));
    else response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
  });
  await expect(post(`${url}/cut`)).rejects.toThrow(/aborted/);
  await expect(post(`${url}/long`)).rejects.toThrow(AnswerTooLarge);
  await expect(post(`${url}/elsewhere`)).rejects.toThrow(/307/);
});
