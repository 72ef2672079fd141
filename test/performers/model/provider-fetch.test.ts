import diagnostics from "node:diagnostics_channel";
import { getEventListeners, once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ProviderDoor } from "../../../src/performers/model/provider-door.ts";
import { AnswerTooLarge, providerFetch } from "../../../src/performers/model/provider-fetch.ts";

let server: Server | undefined;
afterEach(() => void server?.close().closeAllConnections());

async function serving(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const post = (url: string, signal?: AbortSignal, maxBytes = 1_000) =>
  providerFetch(maxBytes, "streamed")(url, asking(signal));

const asking = (signal?: AbortSignal, headers = {}): RequestInit => ({
  method: "POST",
  body: "{}",
  headers,
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

const ENDS: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.end("well"),
  (response) => response.destroy(),
  (response) => response.writeHead(200, { "content-length": 9 }).write("half", () => response.destroy()),
  (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
  (response) => response.writeHead(500).end("no"),
];

test("of a provider's calls no more are under way than it was said to bear, however they end (D1)", async () => {
  const CALLS = 40;
  let atWork = 0;
  let most = 0;
  let calls = 0;
  const held: (() => void)[] = [];
  const url = await serving((_request, response) => {
    most = Math.max(most, ++atWork);
    response.on("close", () => void atWork--);
    const end = ENDS[calls++ % ENDS.length]!;
    held.push(() => end(response));
    if (held.length === 3 || calls >= CALLS) for (const answer of held.splice(0)) answer();
  });
  const ask = providerFetch(1_000, "whole", new ProviderDoor(3));
  const ends = await Promise.allSettled([
    ...Array.from({ length: CALLS }, () => ask(url, asking())),
    ask(url, asking(AbortSignal.abort())),
    ask(url, asking(undefined, { authorization: "Bearer a\nb" })),
  ]);
  expect([most, calls]).toEqual([3, CALLS]);
  expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength((CALLS / ENDS.length) * 2);
  // Nothing of them is left: whoever comes now comes in.
  expect((await ask(url, asking())).status).toBe(200);
});

test("a call that is aborted while it waits at the door is never made, and the next one takes the place", async () => {
  const begun = Promise.withResolvers<ServerResponse>();
  const asked: (string | undefined)[] = [];
  const url = await serving((request, response) => {
    asked.push(request.url);
    if (asked.length === 1) begun.resolve(response);
    else response.end("well");
  });
  const ask = providerFetch(1_000, "whole", new ProviderDoor(1));
  const first = ask(`${url}/first`, asking());
  const controller = new AbortController();
  const second = expect(ask(`${url}/second`, asking(controller.signal))).rejects.toThrow(/given up/);
  const third = ask(`${url}/third`, asking());
  const response = await begun.promise;
  controller.abort(new Error("given up"));
  await second;
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  response.end("well");
  await Promise.all([first, third]);
  expect(asked).toEqual(["/v1/first", "/v1/third"]);
});

test("a place that is left is taken before the answer that left it is read (D2)", async () => {
  const url = await serving((_request, response) => void response.end("well"));
  const order: string[] = [];
  const sent = (): void => void order.push("sent");
  diagnostics.subscribe("http.client.request.start", sent);
  try {
    const ask = providerFetch(1_000, "whole", new ProviderDoor(1));
    await Promise.all([1, 2, 3].map(() => ask(url, asking()).then(() => order.push("read"))));
  } finally {
    diagnostics.unsubscribe("http.client.request.start", sent);
  }
  expect(order).toEqual(["sent", "sent", "read", "sent", "read", "read"]);
});

test("answers are read in order, each in a turn of its own (D3)", async () => {
  const door = new ProviderDoor(1);
  const order: (number | "turn")[] = [];
  const turn = (): void => {
    order.push("turn");
    if (order.length < 20) setImmediate(turn);
  };
  const read = [1, 2, 3].map((answer) => door.reading().then(() => order.push(answer)));
  setImmediate(turn);
  await Promise.all(read);
  expect(order).toEqual([1, "turn", 2, "turn", 3]);
  await door.reading();
});
