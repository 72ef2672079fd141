/**
 * What stopping a run takes: `npm run bench:cancel -- [--output json] [--quick]`. A run of 1,000 and of 10,000 agents, all at
 * work and ending at once when told, and one of 10,000 of which 20 are at work: from `cancel` to its end, ms, on the
 * in-memory and on the local engine; and how often a performer was called after that.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Performer } from "../../src/actors/ports.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { agent, fork, plan } from "../support/plans.ts";
import { median } from "./support/statistics.ts";

type Case = { readonly name: string; readonly agents: number; readonly atOnce: number };

const CASES: readonly Case[] = [
  { name: "1000 at work", agents: 1_000, atOnce: 1_000 },
  { name: "10000 at work", agents: 10_000, atOnce: 10_000 },
  { name: "10000, 20 at work", agents: 10_000, atOnce: 20 },
];
const quick = process.argv.includes("--quick");
const repeats = quick ? 3 : 9;
const folder = mkdtempSync(join(tmpdir(), "abyssal-bench-"));
let calls = 0;
let runs = 0;

/** Ends when it is told to, and does nothing until then. */
const obedient: Performer = {
  name: "scripted",
  perform: (_, { signal }) => {
    calls++;
    return new Promise((resolve) => {
      const failure = { code: "ABORTED", message: "told to stop", retryable: false };
      signal.addEventListener("abort", () => resolve({ kind: "failed", failure }), { once: true });
    });
  },
};

try {
  const parts = { clock: systemClock, performers: new Map([[obedient.name, obedient]]) };
  const local = new LocalEngine({ ...parts, folder });
  const engines: Readonly<Record<string, Engine>> = { memory: new MemoryEngine(parts), local };
  const figures: Record<string, Record<string, unknown>> = {};
  for (const one of CASES) {
    figures[one.name] = {};
    for (const [name, engine] of Object.entries(engines))
      figures[one.name]![name] = await measure(engine, one);
  }
  local.close();
  console.log(process.argv.includes("json") ? JSON.stringify(figures) : figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The median and the longest time of several runs; the first one warms up. */
async function measure(engine: Engine, one: Case) {
  const times: number[] = [];
  let callsAfter = 0;
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const { ms, late } = await cancelled(engine, one);
    if (repeat > 0) times.push(ms);
    callsAfter += late;
  }
  const round = (ms: number): number => Math.round(ms * 10) / 10;
  return { medianMs: round(median(times)), longestMs: round(Math.max(...times)), callsAfter };
}

async function cancelled(engine: Engine, { agents, atOnce }: Case): Promise<{ ms: number; late: number }> {
  const names = Array.from({ length: agents }, (_, index) => agent(`a${index}`));
  const before = calls;
  const handle = engine.start(plan([fork("f", names)], { agents: atOnce }), {
    runId: `r_${runs++}`,
    timeoutMs: 600_000,
  });
  while (calls - before < atOnce) await turn();
  const start = performance.now();
  const { status } = await handle.cancel("enough");
  const ms = performance.now() - start;
  if (status !== "cancelled") throw new Error(`the run ended ${status}`);
  const ended = calls;
  for (let more = 0; more < 100; more++) await turn();
  return { ms, late: calls - ended };
}
