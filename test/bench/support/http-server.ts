import { join } from "node:path";
import fastify from "fastify";
import { collectLessOften } from "../../../src/surfaces/http/collect-less-often.ts";
import { serve } from "../../../src/surfaces/http/serve.ts";
import { openService } from "../../../src/surfaces/runtime.ts";
import { SyncedFile } from "./synced-file.ts";

/**
 * The server under load, in a process of its own: `node http-server.ts FOLDER SETTINGS`. Beside it a bare fastify route that answers
 * what it is told to, and one that only appends a submission to a file and syncs that. Talks to whoever started it by messages
 * (`server-process.ts`).
 */
const [folder, settings = "{}"] = process.argv.slice(2);
const { stallSeconds = 30 } = JSON.parse(settings) as { readonly stallSeconds?: number };

/** One step for one number, by a function. */
const oneStep = (name: string, description: string, by: string): string => `
name: ${name}
version: 1.0.0
description: ${description}
category: test
parameters: { n: { type: number, position: 1, required: true } }
steps:
  only: { run: { performer: function, name: ${by} } }
`;

const TEMPLATES = [
  oneStep("NOTE", "One step that does nothing", "note"),
  oneStep("ESSAY", "One step that says more", "longEssay"),
  `
name: WIDE
version: 1.0.0
description: Many steps that say much
category: test
parameters: { items: { type: array, position: 1, required: true } }
steps:
  work: { run: { performer: function, name: essay }, forEach: { item: items } }
`,
];

const confidence = { value: 1, source: "checked" } as const;
const service = await openService({
  workingFolder: folder!,
  env: {},
  templates: TEMPLATES,
  functions: {
    note: async () => ({ kind: "completed", output: "noted", confidence }),
    essay: async ({ path }) => ({ kind: "completed", output: `${path} ${"x".repeat(1_900)}`, confidence }),
    longEssay: async ({ path }) => ({
      kind: "completed",
      output: `${path} ${"x".repeat(8_000)}`,
      confidence,
    }),
  },
  config: {
    cache: { enabled: false },
    execution: { maxConcurrentAgents: 64 },
    server: {
      requestsPerMinute: 100_000_000,
      maxQueuedRuns: 1_000_000,
      maxRunningRuns: 16,
      drainSeconds: 0,
      streamStallSeconds: stallSeconds,
    },
  },
});
collectLessOften();
const serving = await serve(service, { port: 0 });
const bare = fastify();
let body = "{}";
bare.get("/bare/:id", (_request, reply) => {
  reply.type("application/json; charset=utf-8").send(body);
});
/** As long as a run's first record is here, characters. */
const PROMISE_LENGTH = 1_413;
const promises = new SyncedFile(join(folder!, "promises"));
bare.post("/execute", async (request, reply) => {
  await promises.append(`${JSON.stringify(request.body).padEnd(PROMISE_LENGTH)}\n`);
  return reply.code(202).send({ runId: "r", repeated: false, warnings: [] });
});
const bareUrl = await bare.listen({ port: 0, host: "127.0.0.1" });

process.on("message", (message: { readonly type: string; readonly body?: string }) => {
  if (message.type === "stop") process.exit(0);
  if (message.type === "body") body = message.body ?? "{}";
  const { user, system } = process.cpuUsage();
  const { active: loopMs } = performance.eventLoopUtilization();
  globalThis.gc?.();
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  process.send?.({
    heapBytes: heapUsed,
    heapHeldBytes: heapTotal,
    rssBytes: rss,
    cpuMs: (user + system) / 1_000,
    loopMs,
  });
});
process.send?.({ url: serving.url, bareUrl });
