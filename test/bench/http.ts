import { fork } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Connection, closedLoop, getText, openLoop, postText, quantile } from "./support/http-load.ts";

/**
 * The HTTP server under load, the load made in this process and the server in another one.
 * `--quick`: within a minute; `--minutes N`: how long memory is watched; `--output json`.
 */
const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    minutes: { type: "string", default: "5" },
    output: { type: "string", default: "text" },
  },
  // npm hands on what stands after `--`.
  allowPositionals: true,
});

const RATE = 1_000;
const ROUNDS = flags.quick ? 3 : 7;
const ROUND_MS = flags.quick ? 1_500 : 3_000;
const SUBMIT_SECONDS = flags.quick ? 5 : 30;
const CONNECTIONS = 32;

const folder = mkdtempSync(join(tmpdir(), "abyssal-bench-"));
const child = fork(join(import.meta.dirname, "support", "http-server.ts"), [folder], {
  execArgv: ["--expose-gc"],
});

type Message = {
  readonly type: string;
  readonly url: string;
  readonly bareUrl: string;
  readonly heapUsed: number;
  readonly rss: number;
  readonly cpuMs: number;
};

const told = (): Promise<Message> => new Promise((resolve) => child.once("message", resolve as never));
const asked = (message: object): Promise<Message> => {
  const answer = told();
  child.send(message);
  return answer;
};

const { url, bareUrl } = await told();
try {
  const one = await Connection.open(url);
  const submit = (n: number): string =>
    postText("/execute", JSON.stringify({ command: `ABYSSAL[NOTE](${n})` }));
  const status = await one.send(
    postText("/execute?wait=10", JSON.stringify({ command: "ABYSSAL[NOTE](0)" })),
  );
  if (status !== 200) throw new Error(`the first run was answered ${status}: ${one.body}`);
  const { runId } = JSON.parse(one.body) as { runId: string };
  await one.send(getText(`/status/${runId}`));
  await asked({ type: "body", body: one.body });

  const bare: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const [ofBare, ofStatus] = [
      await closedLoop(bareUrl, `/bare/${runId}`, CONNECTIONS, ROUND_MS),
      await closedLoop(url, `/status/${runId}`, CONNECTIONS, ROUND_MS),
    ];
    // The first round warms up.
    if (round > 0) bare.push(ofBare);
    if (round > 0) reads.push(ofStatus);
  }
  const ratios = reads.map((rate, round) => rate / bare[round]!).sort((a, b) => a - b);

  await openLoop(url, { perSecond: RATE / 2, seconds: 2, connections: CONNECTIONS, request: submit });
  const before = await asked({ type: "memory" });
  const submitted = await openLoop(url, {
    perSecond: RATE,
    seconds: SUBMIT_SECONDS,
    connections: CONNECTIONS,
    request: (n) => submit(n + 1_000_000),
  });
  const after = await asked({ type: "memory" });
  const syncs = syncTimes();
  const drained = await drain(one);
  const memory = flags.quick ? null : await watchMemory(Number(flags.minutes), submit);
  const figures = {
    cores: cpus().length,
    node: process.version,
    reads: {
      bytes: one.body.length,
      barePerSecond: median(bare),
      statusPerSecond: median(reads),
      ratio: quantile(ratios, 0.5),
      ratios,
    },
    submissions: {
      perSecond: submitted.sent / submitted.seconds,
      statuses: submitted.statuses,
      /** What the server's process spends on one, its few runs included. */
      cpuMsEach: (after.cpuMs - before.cpuMs) / submitted.sent,
      p50Ms: quantile(submitted.latencies, 0.5),
      p99Ms: quantile(submitted.latencies, 0.99),
      p999Ms: quantile(submitted.latencies, 0.999),
      maxMs: submitted.latencies.at(-1),
      queuedAtEnd: drained.queued,
      runsPerSecond: drained.perSecond,
    },
    /** One write and fdatasync of 2 kB on the same disk, while the server runs what it has taken on. */
    sync: { p50Ms: quantile(syncs, 0.5), p99Ms: quantile(syncs, 0.99) },
    memory,
  };
  if (flags.output === "json") console.log(JSON.stringify(figures));
  else console.dir(figures, { depth: null });
} finally {
  child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** How long the disk takes to take something, sorted, ms. */
function syncTimes(): readonly number[] {
  const file = openSync(join(folder, "sync"), "w");
  const bytes = Buffer.alloc(2_000, "x");
  const times = Array.from({ length: 300 }, () => {
    const startMs = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    return performance.now() - startMs;
  });
  closeSync(file);
  return times.sort((a, b) => a - b);
}

/** How many runs wait when the load is over, and how fast they are run then. */
async function drain(connection: Connection): Promise<{ queued: number; perSecond: number }> {
  const load = async (): Promise<number> => {
    await connection.send(getText("/readyz"));
    const { queued, running } = JSON.parse(connection.body) as { queued: number; running: number };
    return queued + running;
  };
  const queued = await load();
  const startMs = performance.now();
  let left = queued;
  while (left > 0 && performance.now() - startMs < 20_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = await load();
  }
  return { queued, perSecond: ((queued - left) / (performance.now() - startMs)) * 1_000 };
}

/** What the server holds while runs come and are read at a rate that it can keep up with. */
async function watchMemory(minutes: number, submit: (n: number) => string): Promise<object> {
  const samples: { readonly heapMb: number; readonly rssMb: number }[] = [];
  let n = 2_000_000;
  for (let turn = 0; turn < minutes * 6; turn++) {
    await openLoop(url, { perSecond: 100, seconds: 10, connections: 8, request: () => submit(n++) });
    const { heapUsed, rss } = await asked({ type: "memory" });
    samples.push({ heapMb: heapUsed / 1e6, rssMb: rss / 1e6 });
  }
  const half = Math.floor(samples.length / 2);
  const mean = (some: typeof samples) => some.reduce((sum, { heapMb }) => sum + heapMb, 0) / some.length;
  return {
    minutes,
    samples,
    growth: mean(samples.slice(half)) / mean(samples.slice(0, half)),
  };
}

function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
