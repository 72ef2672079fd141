import fastify from "fastify";
import { serve } from "../../../src/surfaces/http/serve.ts";
import { openService } from "../../../src/surfaces/runtime.ts";

/**
 * The server under load, in a process of its own: `node http-server.ts FOLDER`. Beside it a bare fastify route that answers what
 * the first message says. Talks to whoever started it by messages.
 */
const NOTE = `
name: NOTE
version: 1.0.0
description: One step that does nothing
category: test
parameters: { n: { type: number, position: 1, required: true } }
steps:
  only: { run: { performer: function, name: note } }
`;

const service = await openService({
  workingFolder: process.argv[2]!,
  env: {},
  templates: [NOTE],
  functions: {
    note: async () => ({ kind: "completed", output: "noted", confidence: { value: 1, source: "checked" } }),
  },
  config: {
    cache: { enabled: false },
    server: { requestsPerMinute: 100_000_000, maxQueuedRuns: 1_000_000, maxRunningRuns: 16, drainSeconds: 0 },
  },
});
const serving = await serve(service, { port: 0 });
const bare = fastify();
let body = "{}";
bare.get("/bare/:id", (_request, reply) => {
  reply.type("application/json; charset=utf-8").send(body);
});
const bareUrl = await bare.listen({ port: 0, host: "127.0.0.1" });

process.on("message", (message: { readonly type: string; readonly body?: string }) => {
  if (message.type === "body") {
    body = message.body ?? "{}";
    process.send?.({ type: "ready" });
  } else if (message.type === "memory") {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send?.({ type: "memory", heapUsed, rss, cpuMs: (user + system) / 1_000 });
  } else process.exit(0);
});
process.send?.({ type: "listening", url: serving.url, bareUrl });
