/**
 * A model server that does as little as it can: it speaks OpenAI's chat completions, streamed or whole, and answers every
 * call `latencyMs` after it came; a GET it tells what processor time it has taken, us, and how many calls were under way at most since the last GET. A process of its own: `node slow-model-server.ts LATENCY_MS TOKENS`; prints its port as a
 * line, and ends when its stdin does.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const latencyMs = Number(process.argv[2]);
const tokens = Number(process.argv[3]);

const USAGE = { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens };
const HEAD = { id: "c", created: 1, model: "some-model" };
const WORDS = Array.from({ length: tokens }, (_, index) => `word${index} `);

const STREAMED = [
  ...WORDS.map((content, index) => ({ ...(index === 0 ? { role: "assistant" } : {}), content })).map(
    (delta) => ({
      ...HEAD,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: null }],
    }),
  ),
  { ...HEAD, object: "chat.completion.chunk", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  { ...HEAD, object: "chat.completion.chunk", choices: [], usage: USAGE },
]
  .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  .join("")
  .concat("data: [DONE]\n\n");

const WHOLE = JSON.stringify({
  ...HEAD,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: WORDS.join("") }, finish_reason: "stop" }],
  usage: USAGE,
});

let underWay = 0;
let most = 0;

const server = createServer((request, response) => {
  if (request.method === "GET") {
    const { user, system } = process.cpuUsage();
    response.end(JSON.stringify({ cpuUs: user + system, most }));
    most = 0;
    return;
  }
  const arrivedAt = performance.now();
  most = Math.max(most, ++underWay);
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const isStreamed = Buffer.concat(parts).includes('"stream":true');
    // Reading the question is part of the latency; a busy machine may have used it up.
    const leftMs = Math.max(0, latencyMs - (performance.now() - arrivedAt));
    setTimeout(() => answer(response, isStreamed), leftMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 1_024, () => console.log((server.address() as AddressInfo).port));
process.stdin.on("end", () => process.exit()).resume();

function answer(response: ServerResponse, isStreamed: boolean): void {
  underWay--;
  const body = isStreamed ? STREAMED : WHOLE;
  response
    .writeHead(200, {
      "content-type": isStreamed ? "text/event-stream" : "application/json",
      "content-length": Buffer.byteLength(body),
    })
    .end(body);
}
