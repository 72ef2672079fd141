/**
 * What the cache is worth and costs: `npm run bench:cache -- [--output json] [--quick]`. Twenty commands twice (hits, times,
 * whether the answers are the same bytes), without a cache for comparison; then single questions: a key, a hit, a miss, a put.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheKey } from "../../src/engine/cache-key.ts";
import { SqliteCache } from "../../src/engine/local/sqlite-cache.ts";
import { MemoryCache } from "../../src/engine/memory/memory-cache.ts";
import type { ResultCache } from "../../src/engine/result-cache.ts";
import { type Abyssal, createAbyssal, type Performer, type RunResult, type Task } from "../../src/index.ts";
import { createDraftPerformer } from "../../src/performers/draft.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { NO_BOARD } from "../support/no-board.ts";
import { WORKLOAD } from "../support/workload.ts";
import { median, timeMs } from "./support/statistics.ts";

const quick = process.argv.includes("--quick");
const repeats = quick ? 3 : 9;
const folder = mkdtempSync(join(tmpdir(), "abyssal-cache-bench-"));
const draft = createDraftPerformer();
const SURE: Performer = { ...draft, dependence: () => ({ beside: null }) };
const CONTEXT = { signal: new AbortController().signal, idempotencyKey: "", emit: () => {}, board: NO_BOARD };
type Kind = { readonly durable: boolean; readonly enabled: boolean };
const KINDS: Readonly<Record<"inMemory" | "inMemoryOff" | "durable" | "durableOff", Kind>> = {
  inMemory: { durable: false, enabled: true },
  inMemoryOff: { durable: false, enabled: false },
  durable: { durable: true, enabled: true },
  durableOff: { durable: true, enabled: false },
};
let folders = 0;

try {
  // Loads everything, so that no pass is the first one of this process.
  const tasks = await tasksOfTheWorkload();
  await twoPasses(KINDS.durable);
  const figures = {
    commands: WORKLOAD.length,
    agents: tasks.length,
    workload: await workload(),
    microseconds: {
      draft: await each(tasks, (task) => draft.perform(task, CONTEXT)),
      key: await each(tasks, (task) => cacheKey(task, SURE)),
      memory: await questions(() => new MemoryCache({ maxBytes: 64 * 1024 * 1024 })),
      disk: await questions(
        () => new SqliteCache({ folder: fresh(), maxBytes: 64 * 1024 * 1024, clock: systemClock }),
      ),
    },
  };
  if (process.argv.includes("json")) console.log(JSON.stringify(figures));
  else console.dir(figures, { depth: null });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

type Pass = { readonly wallMs: number; readonly cpuMs: number };
type Passes = {
  readonly first: Pass;
  readonly second: Pass;
  /** Of the second pass. */
  readonly hitRate: number | null;
  readonly sameBytes: boolean;
};

/** Medians of the kinds' passes; the kinds take turns, so that none has a quieter machine. */
async function workload(): Promise<Readonly<Record<string, Passes>>> {
  const rounds: Record<string, Passes>[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const round: Record<string, Passes> = {};
    for (const [name, kind] of Object.entries(KINDS)) round[name] = await twoPasses(kind);
    rounds.push(round);
  }
  const middle = (passes: readonly Pass[]): Pass => ({
    wallMs: round(median(passes.map(({ wallMs }) => wallMs))),
    cpuMs: round(median(passes.map(({ cpuMs }) => cpuMs))),
  });
  const summary = (all: readonly Passes[]): Passes => ({
    first: middle(all.map(({ first }) => first)),
    second: middle(all.map(({ second }) => second)),
    hitRate: all.some(({ hitRate }) => hitRate === null)
      ? null
      : Math.min(...all.map(({ hitRate }) => hitRate!)),
    sameBytes: all.every(({ sameBytes }) => sameBytes),
  });
  return Object.fromEntries(
    Object.keys(KINDS).map((name) => [name, summary(rounds.map((one) => one[name]!))]),
  );
}

/** The workload twice; a durable runtime is closed in between, and another one goes on with its folder. */
async function twoPasses({ durable, enabled }: Kind): Promise<Passes> {
  const workingFolder = fresh();
  const open = (): Promise<Abyssal> =>
    createAbyssal({ workingFolder, env: {}, durable, config: { cache: { enabled } } });
  let abyssal = await open();
  const before: string[] = [];
  const first = await timed(() => runAll(abyssal, before));
  const then = abyssal.cacheStats();
  if (durable) {
    abyssal.close();
    abyssal = await open();
  }
  const after: string[] = [];
  const second = await timed(() => runAll(abyssal, after));
  const now = abyssal.cacheStats();
  abyssal.close();
  const asked = now.hits + now.misses - then.hits - then.misses;
  return {
    first,
    second,
    hitRate: asked === 0 ? null : (now.hits - then.hits) / asked,
    sameBytes: JSON.stringify(before) === JSON.stringify(after),
  };
}

async function timed(work: () => Promise<void>): Promise<Pass> {
  const before = process.cpuUsage();
  const wallMs = await timeMs(work);
  const { user, system } = process.cpuUsage(before);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}

async function runAll(abyssal: Abyssal, answers: string[]): Promise<void> {
  for (const command of WORKLOAD) answers.push(answerOf(await abyssal.execute(command)));
}

function answerOf({ output, data, artifacts, quality, parts }: RunResult): string {
  return JSON.stringify({ output, data, artifacts, quality, parts });
}

/** Every task that the workload gives to `draft`. */
async function tasksOfTheWorkload(): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  const listening: Performer = {
    name: "draft",
    perform: (task, context) => {
      tasks.push(task);
      return draft.perform(task, context);
    },
  };
  const abyssal = await createAbyssal({ workingFolder: folder, env: {}, performers: [listening] });
  for (const command of WORKLOAD) await abyssal.execute(command);
  return tasks;
}

/** One put, hit and miss each, over 1000 entries of 10,000 characters; what is written later counts with the puts. */
async function questions(
  make: () => ResultCache,
): Promise<{ readonly put: number; readonly hit: number; readonly miss: number }> {
  const keys = Array.from({ length: 1_000 }, (_, index) => index.toString(16).padStart(64, "0"));
  const outcome = {
    kind: "completed" as const,
    output: "x".repeat(10_000),
    confidence: { value: 1, source: "checked" as const },
  };
  const times = { put: [] as number[], hit: [] as number[], miss: [] as number[] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    const cache = make();
    times.put.push(
      await timeMs(async () => {
        for (const key of keys) cache.put(key, outcome, "BENCH@1.0.0");
      }),
    );
    times.hit.push(
      await timeMs(async () => {
        for (const key of keys) if (!cache.get(key, "BENCH@1.0.0")) throw new Error("a put was lost");
      }),
    );
    times.miss.push(
      await timeMs(async () => {
        for (const key of keys) if (cache.get(`f${key.slice(1)}`, "BENCH@1.0.0")) throw new Error("no miss");
      }),
    );
    cache.close();
  }
  const perOne = (ms: readonly number[]): number => round((median(ms) * 1_000) / keys.length);
  return { put: perOne(times.put), hit: perOne(times.hit), miss: perOne(times.miss) };
}

/** Microseconds of one piece of work, by the median of its repetitions. */
async function each(tasks: readonly Task[], work: (task: Task) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const ms = await timeMs(async () => {
      for (const task of tasks) await work(task);
    });
    // The first round warms up.
    if (repeat > 0) times.push((ms * 1_000) / tasks.length);
  }
  return round(median(times));
}

function fresh(): string {
  return join(folder, String(folders++));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
