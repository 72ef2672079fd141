/**
 * What asking a model costs beside the model: `npm run bench:model -- [--output json] [--quick] [--only NAME]`.
 * 1000 calls, 100 at once, to a server in a process of its own that answers after 200 ms: 2 s would be ideal. By turns: a bare
 * `fetch` and a bare `node:http` that read the same answer (what the server and this machine can do in the same round), the AI SDK by itself, and whole runs of
 * ours: of agents of which twice as many are at work as calls are (`models.providers.calls_at_once`), so that the next questions are ready, with somebody who
 * listens to the tokens and with nobody; and of agents of which 100 are at work. What the server takes for a call is told too: where it is near a call's share of
 * the ideal time (2 ms), it is the server that is measured. No contender may have more than 100 calls under way; the server counts.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";
import { createAbyssal } from "../../src/index.ts";
import { median } from "./support/statistics.ts";

const CALLS = 1_000;
const LATENCY_MS = 200;
const AT_ONCE = 100;
const TOKENS = 20;
const MODEL = "openai/some-model";

const quick = process.argv.includes("--quick");
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const REPEATS = quick ? 3 : 9;
/** The contender that has nothing to do but the calls. */
const BARE = "node:http, whole";
const IDEAL_MS = (CALLS / AT_ONCE) * LATENCY_MS;

/** Asks `CALLS` times; gives how many answers came. */
type Contender = () => Promise<number>;

const TEMPLATE = `name: FAN
version: 1.0.0
description: Ask a model for each item
category: testing
steps:
  ask:
    agent: analyst
    prompt: "Say something about {{ item }}."
    forEach: { item: "(1..${CALLS})" }
    cache: false
    retry: { attempts: 1 }
`;

const server = spawn(
  process.execPath,
  [
    fileURLToPath(new URL("support/slow-model-server.ts", import.meta.url)),
    String(LATENCY_MS),
    String(TOKENS),
  ],
  { stdio: ["pipe", "pipe", "inherit"] },
);
const [port] = (await once(createInterface(server.stdout), "line")) as [string];
try {
  await report(`http://127.0.0.1:${port}/v1`);
} finally {
  server.stdin.end();
}

async function report(baseUrl: string): Promise<void> {
  const contenders = Object.entries(await contendersFor(baseUrl)).filter(
    ([name]) => only === undefined || name === only,
  );
  const samples = new Map(
    contenders.map(([name]) => [
      name,
      { wallMs: [] as number[], cpuMs: [] as number[], serverMs: [] as number[] },
    ]),
  );
  for (let repeat = -1; repeat < REPEATS; repeat++) {
    for (const [name, ask] of contenders) {
      const served = await serverSays(baseUrl);
      const before = process.cpuUsage();
      const start = performance.now();
      const answers = await ask();
      const wallMs = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      const servedNow = await serverSays(baseUrl);
      if (answers !== CALLS) throw new Error(`${name}: ${answers} answers of ${CALLS}`);
      if (servedNow.most > AT_ONCE) throw new Error(`${name}: ${servedNow.most} calls at once`);
      // The first round warms up.
      if (repeat < 0) continue;
      samples.get(name)!.wallMs.push(wallMs);
      samples.get(name)!.cpuMs.push((user + system) / 1_000);
      samples.get(name)!.serverMs.push((servedNow.cpuUs - served.cpuUs) / 1_000);
    }
  }
  const rows = [...samples].map(([name, { wallMs, cpuMs, serverMs }]) => ({
    name,
    wallMs: Math.round(median(wallMs)),
    bestMs: Math.round(Math.min(...wallMs)),
    ratioToIdeal: round(median(wallMs) / IDEAL_MS),
    // Of the same round, so that what else the machine did then is in both.
    ratioToBare: ratioTo(samples.get(BARE)?.wallMs, wallMs),
    cpuUsACall: Math.round((median(cpuMs) / CALLS) * 1_000),
    serverUsACall: Math.round((median(serverMs) / CALLS) * 1_000),
  }));
  if (json) {
    const settings = {
      calls: CALLS,
      atOnce: AT_ONCE,
      latencyMs: LATENCY_MS,
      tokens: TOKENS,
      repeats: REPEATS,
    };
    console.log(JSON.stringify({ node: process.version, ...settings, idealMs: IDEAL_MS, rows }));
    return;
  }
  console.log(`${CALLS} calls, ${AT_ONCE} at once, ${LATENCY_MS} ms each: ideally ${IDEAL_MS} ms`);
  for (const { name, wallMs, bestMs, ratioToIdeal, ratioToBare, cpuUsACall, serverUsACall } of rows)
    console.log(
      `${name.padEnd(28)} ${String(wallMs).padStart(6)} ms (best ${bestMs})  ${ratioToIdeal.toFixed(3)} x ideal  ${ratioToBare ?? "?"} x ${BARE}  ${cpuUsACall} us of CPU a call (server ${serverUsACall})`,
    );
}

/** What the server has taken so far, us of processor time, and its most calls at once since it was asked last. */
async function serverSays(baseUrl: string): Promise<{ readonly cpuUs: number; readonly most: number }> {
  return (await (await fetch(baseUrl)).json()) as { cpuUs: number; most: number };
}

function ratioTo(bare: readonly number[] | undefined, wallMs: readonly number[]): number | null {
  return bare ? round(median(wallMs.map((ms, index) => ms / bare[index]!))) : null;
}

async function contendersFor(baseUrl: string): Promise<Record<string, Contender>> {
  const sdk = createOpenAI({ apiKey: "none", baseURL: baseUrl }).chat("some-model");
  const question = { model: sdk, prompt: "Say something.", maxOutputTokens: 500, maxRetries: 0 };
  const [ahead, abreast] = await Promise.all([
    oursAsking(baseUrl, 2 * AT_ONCE),
    oursAsking(baseUrl, AT_ONCE),
  ]);
  return {
    "fetch, streamed": () => inTurns(() => bare(baseUrl, true)),
    "fetch, whole": () => inTurns(() => bare(baseUrl, false)),
    [BARE]: () => inTurns(() => barest(baseUrl)),
    "AI SDK streamText": () =>
      inTurns(async () => {
        for await (const _ of streamText(question).stream);
      }),
    "AI SDK generateText": () => inTurns(() => generateText(question)),
    "ours, nobody listens": () => ahead(false),
    "ours, tokens are heard": () => ahead(true),
    "ours, none is ahead": () => abreast(false),
  };
}

/** Runs of ours with so many agents at work; `AT_ONCE` of them may be asking. */
async function oursAsking(baseUrl: string, agents: number): Promise<(listens: boolean) => Promise<number>> {
  const abyssal = await createAbyssal({
    workingFolder: fileURLToPath(new URL("../..", import.meta.url)),
    env: { OPENAI_BASE_URL: baseUrl },
    config: {
      model: MODEL,
      models: { providers: [{ name: "openai", ...(agents > AT_ONCE ? { callsAtOnce: AT_ONCE } : {}) }] },
      execution: { maxConcurrentAgents: agents },
      resources: { cpuLimitCores: 10_000, memoryLimitGb: 10_000 },
    },
    templates: [TEMPLATE],
  });
  const plan = abyssal.plan("ABYSSAL[FAN]()");
  return async (listens) => {
    const live = abyssal.start(plan);
    if (listens) live.signals$.subscribe(() => {});
    const { results } = await live.result;
    return results.filter(({ status }) => status === "succeeded").length;
  };
}

async function inTurns(call: () => Promise<unknown>): Promise<number> {
  let begun = 0;
  let ended = 0;
  const worker = async (): Promise<void> => {
    while (begun++ < CALLS) {
      await call();
      ended++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return ended;
}

async function bare(baseUrl: string, stream: boolean): Promise<string> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "some-model",
      stream,
      messages: [{ role: "user", content: "Say something." }],
    }),
  });
  return response.text();
}

/** What Node itself takes: one connection for each who asks, kept. */
async function barest(baseUrl: string): Promise<string> {
  const body = JSON.stringify({
    model: "some-model",
    messages: [{ role: "user", content: "Say something." }],
  });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(`${baseUrl}/chat/completions`, { method: "POST", headers }, resolve).on("error", reject).end(body);
  let text = "";
  for await (const part of (await promise).setEncoding("utf8")) text += part;
  return text;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
