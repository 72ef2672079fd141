/**
 * Whether the dashboard stays fluid: `npm run bench:dashboard -- [--output json] [--quick]`.
 * A headless Chromium without a graphics card shows a run of 1000 agents whose states change 10 times a second each (10,000 events a
 * second), and then one that really runs. Measured are the times between frames; the browser's ideal is 16.7 ms.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passing } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { Performer } from "../../src/actors/ports.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { buildPage } from "../../src/surfaces/dashboard/build-page.ts";
import { type Page, readPage } from "../../src/surfaces/http/page-files.ts";
import { serve } from "../../src/surfaces/http/serve.ts";
import { openService } from "../../src/surfaces/runtime.ts";
import { launchBrowser } from "../support/browser.ts";

const AGENTS = 1_000;
const CHANGES_PER_SECOND = 10;
const BATCH_MS = 50;
const STATES = ["agent.ready", "agent.running", "agent.backingOff"] as const;

const TEMPLATE = `
name: WAVE
version: 1.0.0
description: One agent for each element
category: bench
parameters: { items: { type: array, position: 1, required: true } }
steps:
  work: { run: { performer: brief }, forEach: { item: items }, resources: { cpu: 0, memory: 0 }, duration: 2s }
`;
const PROGRAM = `ABYSSAL[WAVE]([${Array.from({ length: AGENTS }, (_, index) => index).join(",")}])`;

/** Work of 20 to 120 ms. */
const brief: Performer = {
  name: "brief",
  perform: async ({ path }) => {
    await passing(20 + ((path.length * 7_919 + Number(/\d+$/.exec(path)?.[0] ?? 0) * 31) % 100));
    return { kind: "completed", output: `done: ${path}`, confidence: { value: 1, source: "checked" } };
  },
};

type Frames = {
  readonly frames: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Share of the time that went by in frames of more than 50 ms. */
  readonly stalled: number;
  readonly heapMb: number;
};

const quick = process.argv.includes("--quick");
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
await report();

async function report(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "abyssal-bench-"));
  const browser = await launchBrowser();
  try {
    await buildPage(join(folder, "page"));
    const page = readPage(join(folder, "page"))!;
    const service = await openService({
      workingFolder: folder,
      env: {},
      config: { cache: { enabled: false }, execution: { maxConcurrentAgents: 50 } },
      templates: [TEMPLATE],
      performers: [brief],
    });
    const synthetic = await measureSynthetic(browser, page, service.abyssal.plan(PROGRAM));
    const serving = await serve(service, { port: 0, page });
    const real = await measureReal(browser, serving.url);
    await serving.close();
    const figures = {
      agents: AGENTS,
      eventsPerSecond: synthetic.eventsPerSecond,
      synthetic: synthetic.frames,
      real,
    };
    if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
    else print(figures);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print({
  eventsPerSecond,
  synthetic,
  real,
}: {
  eventsPerSecond: number;
  synthetic: Frames;
  real: Frames;
}) {
  const rows = Object.entries({ [`${eventsPerSecond} events/s`]: synthetic, "a run of 1000": real });
  console.log("run              frames  median ms     p95     p99   worst  stalled  heap MB");
  for (const [name, { frames, medianMs, p95Ms, p99Ms, worstMs, stalled, heapMb }] of rows)
    console.log(
      `${name.padEnd(16)} ${String(frames).padStart(6)} ${[medianMs, p95Ms, p99Ms, worstMs].map((ms) => ms.toFixed(1).padStart(8)).join("")}  ${(stalled * 100).toFixed(1).padStart(6)}% ${heapMb.toFixed(0).padStart(8)}`,
    );
}

async function measureSynthetic(browser: Browser, page: Page, plan: Plan) {
  const seconds = quick ? 8 : 30;
  let sent = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://bench").pathname;
    const file = path === "/" ? page.document : page.assets.get(path.slice("/assets/".length));
    if (file) response.writeHead(200, { "content-type": file.type }).end(file.body);
    else if (path.endsWith("/events")) stream(response, plan, (count) => (sent += count));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shown = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await shown.goto(`${url}/#/runs/bench`);
  await shown.waitForSelector(".timeline .row");
  const before = sent;
  const frames = (await shown.evaluate(framesFor(`${seconds * 1_000}`))) as Frames;
  const eventsPerSecond = Math.round((sent - before) / seconds);
  await shown.close();
  server.closeAllConnections();
  server.close();
  return { frames, eventsPerSecond };
}

/** The plan, and then changes of all agents in turn, for as long as somebody reads. */
function stream(response: ServerResponse, plan: Plan, count: (events: number) => void): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let seq = 0;
  const frame = (data: object): string => `id: ${seq++}.0\ndata: ${JSON.stringify(data)}\n\n`;
  response.write(frame({ type: "plan", runId: "bench", atMs: Date.now(), plan }));
  response.write(frame({ type: "run.started", runId: "bench", atMs: Date.now() }));
  const paths = plan.nodes.filter(({ kind }) => kind === "agent").map(({ path }) => path);
  const states = new Map(paths.map((path, index) => [path, index]));
  let next = 0;
  let due = Date.now();
  const timer = setInterval(() => {
    const atMs = Date.now();
    const events = Math.floor(((atMs - due) * AGENTS * CHANGES_PER_SECOND) / 1_000);
    due = atMs;
    let text = "";
    for (let index = 0; index < events; index++) {
      const path = paths[next++ % paths.length]!;
      const state = (states.get(path)! + 1) % STATES.length;
      states.set(path, state);
      text += frame({ type: STATES[state], path, attempt: 1, untilMs: atMs, failure: null, atMs });
    }
    count(events);
    response.write(text);
  }, BATCH_MS);
  response.on("close", () => clearInterval(timer));
}

async function measureReal(browser: Browser, url: string): Promise<Frames> {
  const shown = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const response = await fetch(`${url}/execute`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: PROGRAM }),
  });
  const { runId } = (await response.json()) as { runId: string };
  await shown.goto(`${url}/#/runs/${runId}`);
  await shown.waitForSelector(".timeline .row");
  const frames = (await shown.evaluate(
    framesFor(`() => document.querySelector(".badge.phase-succeeded") !== null`),
  )) as Frames;
  await shown.close();
  return frames;
}

/** Run in the page: the times between frames, for so many ms or until something holds. */
function framesFor(until: string): string {
  return `new Promise((resolve) => {
    const until = ${until};
    const times = [];
    const begin = performance.now();
    let last = begin;
    const frame = () => {
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (typeof until === "number" ? now - begin < until : !until()) return requestAnimationFrame(frame);
      const sorted = times.slice(1).sort((a, b) => a - b);
      const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
      resolve({
        frames: sorted.length,
        medianMs: at(0.5),
        p95Ms: at(0.95),
        p99Ms: at(0.99),
        worstMs: sorted.at(-1),
        stalled: sorted.filter((ms) => ms > 50).reduce((sum, ms) => sum + ms, 0) / (now - begin),
        heapMb: performance.memory.usedJSHeapSize / 1048576,
      });
    };
    requestAnimationFrame(frame);
  })`;
}
