import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as passing } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Connection, closedLoop, getText, openLoop, postText, quantile } from "./support/http-load.ts";
import { ServerProcess, type Usage } from "./support/server-process.ts";
import { slope } from "./support/slope.ts";
import { stallReaders } from "./support/stalled-readers.ts";
import { median } from "./support/statistics.ts";
import { processorTime, stolenShare } from "./support/stolen-time.ts";

/**
 * The HTTP server under load, the load made in this process and the server in another one: `npm run bench:http -- [--quick]
 * [--only reads,submissions,stall,memory] [--rate N] [--seconds N] [--minutes N] [--profile FOLDER] [--output json]`.
 * `--seconds`: how long readers take nothing; `--minutes`: how long memory is watched; `--profile`: of the server's process.
 */
const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rate: { type: "string", default: "1000" },
    seconds: { type: "string" },
    minutes: { type: "string", default: "5" },
    profile: { type: "string" },
    output: { type: "string", default: "text" },
  },
  // npm hands on what stands after `--`.
  allowPositionals: true,
});

const RATE = Number(flags.rate);
const ROUNDS = flags.quick ? 5 : 21;
/** Short: what the machine gives changes from second to second, and both halves of a round are to have the same of it. */
const ROUND_MS = 1_000;
const SUBMIT_SECONDS = flags.quick ? 5 : 30;
/**
 * Before they count: V8 compiles once more, for good, whatever 10,500 submissions have run through, 180 functions within half a second, which on two cores
 * keeps everybody waiting.
 */
const WARM_SECONDS = 15;
const STALL_SECONDS = Number(flags.seconds ?? (flags.quick ? 3 : 60));
const CONNECTIONS = 32;
/** Of submissions while memory is watched: what the server can also run meanwhile, on a busy machine too. */
const WATCHED_RATE = 40;
const WATCHED_TURN_S = 5;
/** Runs whose answers (some 17 kB each) fill the cache of answers before memory is watched, of the same kind as those that come then. */
const FILLING_RUNS = 3_000;
const FILLING_CONNECTIONS = 16;
/** What the disk is asked for by itself: as many syncs of as many bytes as there are commits of some submissions each. */
const SYNCS_A_SECOND = 400;
const SYNC_BYTES = 24_000;
/** How long the runs that were taken on are watched while they are run. */
const DRAIN_MS = 20_000;
const SYNC_SECONDS = flags.quick ? 2 : 5;

/** Each with a server of its own: what one leaves behind, runs that wait or memory, is none of the next one's. */
const PARTS = {
  reads: measureReads,
  submissions: measureSubmissions,
  stall: ({ server }: Bed): Promise<object> => stallReaders(server, STALL_SECONDS),
  memory: ({ server }: Bed): Promise<object> => watchMemory(server, Number(flags.minutes)),
} satisfies Record<string, (bed: Bed) => Promise<object>>;

type Part = keyof typeof PARTS;
/** What a part is measured on: a server, and the folder of its files. */
type Bed = { readonly server: ServerProcess; readonly folder: string };

const names = Object.keys(PARTS) as Part[];
const wanted = flags.only?.split(",") ?? (flags.quick ? ["reads", "submissions"] : names);
const unknown = wanted.find((name) => !names.some((known) => known === name));
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${names.join(", ")}`);
const figures: Record<string, unknown> = { cores: cpus().length, node: process.version };
for (const name of names.filter((known) => wanted.includes(known))) {
  figures[name] = await onNewServer(PARTS[name]);
  if (flags.output !== "json") console.dir({ [name]: figures[name] }, { depth: null });
}
if (flags.output === "json") console.log(JSON.stringify(figures));

async function onNewServer(measure: (bed: Bed) => Promise<object>): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "abyssal-bench-"));
  const server = await ServerProcess.start(folder, { stallSeconds: STALL_SECONDS }, flags.profile);
  try {
    return await measure({ server, folder });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function submit(n: number): string {
  return postText("/execute", JSON.stringify({ command: `ABYSSAL[NOTE](${n})` }));
}

function essay(n: number, query = ""): string {
  return postText(`/execute${query}`, JSON.stringify({ command: `ABYSSAL[ESSAY](${n})` }));
}

/** A run's status beside a bare route of the same process that answers the same bytes, in turns. */
async function measureReads({ server }: Bed): Promise<object> {
  const one = await Connection.open(server.url);
  const status = await one.send(
    postText("/execute?wait=10", JSON.stringify({ command: "ABYSSAL[NOTE](0)" })),
  );
  if (status !== 200) throw new Error(`the first run was answered ${status}: ${one.body}`);
  const { runId } = JSON.parse(one.body) as { readonly runId: string };
  await one.send(getText(`/status/${runId}`));
  await server.answerBare(one.body);
  const bare: Round[] = [];
  const reads: Round[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const ofBare = await readRound(server, server.bareUrl, `/bare/${runId}`);
    const ofStatus = await readRound(server, server.url, `/status/${runId}`);
    // The first round warms up.
    if (round === 0) continue;
    bare.push(ofBare);
    reads.push(ofStatus);
  }
  one.close();
  const ratios = reads.map(({ perSecond }, round) => perSecond / bare[round]!.perSecond);
  return {
    bytes: one.body.length,
    bare: middle(bare),
    status: middle(reads),
    ratio: median(ratios),
    ratios: ratios.sort((a, b) => a - b),
    /** The same by what the server's processor was busy with: whether or not the generator was what limited the rate. */
    ratioByCpu: median(reads.map(({ cpuUsEach }, round) => bare[round]!.cpuUsEach / cpuUsEach)),
  };
}

type Round = {
  readonly perSecond: number;
  /** Processor time of the server's process for one request. */
  readonly cpuUsEach: number;
  /** Shares of a core that the two processes used. */
  readonly serverCores: number;
  readonly generatorCores: number;
};

async function readRound(server: ServerProcess, url: string, path: string): Promise<Round> {
  const measured = await measuring(server, () => closedLoop(url, path, CONNECTIONS, ROUND_MS));
  const { value: perSecond, seconds, serverCores } = measured;
  return {
    perSecond,
    cpuUsEach: (serverCores * seconds * 1e6) / (perSecond * seconds),
    serverCores,
    generatorCores: measured.generatorCores,
  };
}

function middle(rounds: readonly Round[]): Round {
  const of = (name: keyof Round): number => median(rounds.map((round) => round[name]));
  return {
    perSecond: of("perSecond"),
    cpuUsEach: of("cpuUsEach"),
    serverCores: of("serverCores"),
    generatorCores: of("generatorCores"),
  };
}

/** What both processes' processors, and the server's event loop, did meanwhile. */
async function measuring<T>(server: ServerProcess, work: () => Promise<T>) {
  const before = await server.usage();
  const mine = process.cpuUsage();
  const machine = processorTime();
  const startMs = performance.now();
  const value = await work();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(mine);
  const after = await server.usage();
  return {
    value,
    seconds,
    serverCores: (after.cpuMs - before.cpuMs) / 1_000 / seconds,
    serverLoop: (after.loopMs - before.loopMs) / 1_000 / seconds,
    generatorCores: (user + system) / 1e6 / seconds,
    stolen: stolenShare(machine, processorTime()),
  };
}

/**
 * Durable submissions at their intended times, to a server that has been up for some seconds; and before them the same ones to a bare route of the same
 * process, which only appends them to a file and syncs that: what this machine allows.
 */
async function measureSubmissions({ server, folder }: Bed): Promise<object> {
  const syncs = await syncTimes(folder);
  const bare = await underLoad(server, server.bareUrl);
  const ours = await underLoad(server, server.url);
  const { queued, perSecond } = await drain(server);
  return {
    wantedPerSecond: RATE,
    bare,
    ours,
    p99Ratio: ours.p99Ms / bare.p99Ms,
    queuedAtEnd: queued,
    runsPerSecond: perSecond,
    /** The same disk by itself, just before: no promise can be kept sooner. */
    sync: { p50Ms: quantile(syncs, 0.5), p99Ms: quantile(syncs, 0.99), maxMs: syncs.at(-1) },
  };
}

async function underLoad(server: ServerProcess, url: string) {
  const { value, serverCores, serverLoop, generatorCores, stolen, seconds } = await measuring(server, () =>
    openLoop(url, {
      perSecond: RATE,
      connections: CONNECTIONS,
      seconds: SUBMIT_SECONDS,
      warmSeconds: WARM_SECONDS,
      request: submit,
    }),
  );
  return {
    perSecond: value.sent / value.seconds,
    statuses: value.statuses,
    /** What the server's process spends on one, the few runs that it begins meanwhile included. */
    cpuMsEach: (serverCores * seconds * 1_000) / value.sent,
    serverCores,
    /** The share of the time in which the event loop was busy: what comes meanwhile waits. */
    serverLoop,
    generatorCores,
    /** The share of the processors' time that the host of this virtual machine gave to others: no server can answer meanwhile. */
    stolen,
    p50Ms: quantile(value.latencies, 0.5),
    p99Ms: quantile(value.latencies, 0.99),
    p999Ms: quantile(value.latencies, 0.999),
    maxMs: value.latencies.at(-1),
  };
}

/** How long one write and fdatasync takes, at the rate of the server's commits, while the server has nothing to do; sorted, ms. */
async function syncTimes(folder: string): Promise<readonly number[]> {
  const file = openSync(join(folder, "sync"), "w");
  const bytes = Buffer.alloc(SYNC_BYTES, "x");
  const beginMs = performance.now();
  const times: number[] = [];
  for (let sync = 0; sync < SYNCS_A_SECOND * SYNC_SECONDS; sync++) {
    const dueMs = beginMs + (sync * 1_000) / SYNCS_A_SECOND;
    while (performance.now() < dueMs) await passing(1);
    const startMs = performance.now();
    writeSync(file, bytes);
    fdatasyncSync(file);
    times.push(performance.now() - startMs);
  }
  closeSync(file);
  return times.sort((a, b) => a - b);
}

/** How many runs wait when the load is over, and how fast they are run then. */
async function drain(
  server: ServerProcess,
): Promise<{ readonly queued: number; readonly perSecond: number }> {
  const connection = await Connection.open(server.url);
  const load = async (): Promise<number> => {
    await connection.send(getText("/readyz"));
    const { queued, running } = JSON.parse(connection.body) as { queued: number; running: number };
    return queued + running;
  };
  const queued = await load();
  const startMs = performance.now();
  let left = queued;
  while (left > 0 && performance.now() - startMs < DRAIN_MS) {
    await passing(50);
    left = await load();
  }
  connection.close();
  return { queued, perSecond: ((queued - left) / (performance.now() - startMs)) * 1_000 };
}

type MemorySample = {
  readonly heapMb: number;
  /** What V8 has of the system for the heap of the first thread: more than is in it, and given back late. */
  readonly heapHeldMb: number;
  /** All else: the program, the threads, SQLite, buffers. */
  readonly restMb: number;
  readonly rssMb: number;
  readonly queued: number;
};

function memoryOf({ heapBytes, heapHeldBytes, rssBytes }: Usage): Omit<MemorySample, "queued"> {
  return {
    heapMb: heapBytes / 1e6,
    heapHeldMb: heapHeldBytes / 1e6,
    restMb: (rssBytes - heapHeldBytes) / 1e6,
    rssMb: rssBytes / 1e6,
  };
}

/** Brings the cache of answers to its limit: while it fills, memory grows because it may. */
async function fillAnswers(server: ServerProcess): Promise<void> {
  let left = FILLING_RUNS;
  const fill = async (): Promise<void> => {
    const one = await Connection.open(server.url);
    while (left-- > 0) {
      const status = await one.send(essay(left, "?wait=30"));
      if (status !== 200) throw new Error(`a run to be kept was answered ${status}: ${one.body}`);
    }
    one.close();
  };
  await Promise.all(Array.from({ length: FILLING_CONNECTIONS }, fill));
}

/** What the server holds while runs come, are run and are read, at a rate that it can keep up with. */
async function watchMemory(server: ServerProcess, minutes: number): Promise<object> {
  const samples: MemorySample[] = [];
  await fillAnswers(server);
  const one = await Connection.open(server.url);
  let n = FILLING_RUNS;
  for (let turn = 0; turn < (minutes * 60) / WATCHED_TURN_S; turn++) {
    const load = { perSecond: WATCHED_RATE, seconds: WATCHED_TURN_S, connections: 8 };
    await openLoop(server.url, { ...load, request: () => essay(n++) });
    await one.send(getText("/runs?limit=50"));
    const { runs } = JSON.parse(one.body) as { readonly runs: readonly { readonly runId: string }[] };
    for (const { runId } of runs) await one.send(getText(`/status/${runId}`));
    await one.send(getText("/readyz"));
    const { queued } = JSON.parse(one.body) as { readonly queued: number };
    samples.push({ ...memoryOf(await server.usage()), queued });
  }
  one.close();
  const half = samples.slice(Math.floor(samples.length / 2));
  const line = (name: "heapMb" | "heapHeldMb" | "restMb" | "rssMb") =>
    slope(half.map((sample, turn) => [(turn * WATCHED_TURN_S) / 60, sample[name]]));
  return {
    minutes,
    runs: n - FILLING_RUNS,
    samples: samples.filter((_, turn) => turn % 6 === 5),
    /** MB a minute in the second half: the first fills what is kept up to its limits. */
    heapMbAMinute: line("heapMb"),
    heapHeldMbAMinute: line("heapHeldMb"),
    restMbAMinute: line("restMb"),
    rssMbAMinute: line("rssMb"),
  };
}
