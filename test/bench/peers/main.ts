/**
 * Abyssal beside LangGraph.js, Mastra, Effect and p-limit on the same work in one run:
 * `npm run bench:peers -- [--quick] [--only fanOut1000,chain1000,memory,coldStart] [--output json]`. What each one does and does
 * not do stands in README.md. Exit code 2 when the peers cannot be installed, the package is not built or a case is not known.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { CASES, COMPARISONS, type Comparison } from "./cases.ts";
import type { ContenderName } from "./contenders/contenders.ts";
import { Contest, round, type Times } from "./contest.ts";
import { installPeers, peerVersions } from "./install.ts";
import { type AgentMemory, coldStart, memory } from "./processes.ts";
import { callsOf } from "./work.ts";

type Ratio = {
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly unit: string;
  /** The ratio of the fastest samples, which other processes have disturbed least. */
  readonly ofFastest?: number;
  /** The ratio of processor times: a busy machine hardly changes it, but who waits for a disk is not seen waiting. */
  readonly ofCpu?: number;
  readonly atMost?: number;
};
type Measured = Record<string, Partial<Record<ContenderName, Times & { readonly perAgentUs: number }>>>;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    output: { type: "string", default: "text" },
  },
});
const PROCESSES = ["memory", "coldStart"];
const known = [...CASES.map(({ name }) => name), ...PROCESSES];
const wanted = new Set(values.only?.split(",") ?? known);
const unknown = [...wanted].filter((name) => !known.includes(name));
const problem =
  (unknown.length > 0 ? `there is no case ${unknown.join(", ")}; known: ${known.join(", ")}` : null) ??
  installPeers() ??
  (existsSync(new URL("../../../dist/index.js", import.meta.url))
    ? null
    : "the package is not built: npm run build");
if (problem === null) await report(values.quick);
else {
  console.error(`bench:peers: ${problem}`);
  process.exitCode = 2;
}

async function report(quick: boolean): Promise<void> {
  const measured = await times(quick);
  if (PROCESSES.some((name) => wanted.has(name))) console.error("memory and cold start ...");
  const heap = wanted.has("memory") ? memory(quick ? 1 : 3) : {};
  const cold = wanted.has("coldStart") ? coldStart(quick ? 1 : 9) : {};
  const ratios = { ...timeRatios(measured), ...memoryRatios(heap), ...coldRatios(cold) };
  const result = {
    ratios,
    times: measured,
    memoryBytesPerAgent: heap,
    coldStartMs: cold,
    quick,
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    versions: peerVersions(),
  };
  if (values.output === "json") console.log(JSON.stringify(result));
  else print(result.ratios, measured, heap, cold);
}

async function times(quick: boolean): Promise<Measured> {
  const contest = new Contest();
  const measured: Measured = {};
  try {
    for (const one of CASES) {
      const rounds = quick ? one.quickRounds : one.rounds;
      if (rounds === 0 || !wanted.has(one.name)) continue;
      console.error(`${one.name} ...`);
      const pace = { rounds, warmMs: quick ? 500 : 3_000, sampleMs: 50 };
      const found = await contest.measure(one, pace);
      const agents = callsOf(one.work);
      measured[one.name] = Object.fromEntries(
        [...found].map(([name, all]) => [
          name,
          { perAgentUs: round((all.medianMs / agents) * 1_000), ...all },
        ]),
      );
    }
  } finally {
    contest.close();
  }
  return measured;
}

function timeRatios(measured: Measured): Record<string, Ratio> {
  return Object.fromEntries(
    COMPARISONS.flatMap(({ name, ours, theirs, per, atMost }: Comparison) => {
      const [mine, other] = [ours, theirs].map(([one, contender]) => measured[one]?.[contender]);
      if (!mine || !other) return [];
      const figure = per === "run" ? "medianMs" : "perAgentUs";
      const share = (mine[figure] / mine.medianMs / other[figure]) * other.medianMs;
      const ofFastest = round((mine.minMs / other.minMs) * share);
      const ofCpu = round((mine.cpuMs / other.cpuMs) * share);
      const unit = per === "run" ? "ms" : "us/agent";
      return [[name, { ...ratioOf(mine[figure], other[figure], unit, atMost), ofFastest, ofCpu }]];
    }),
  );
}

function memoryRatios(heap: Record<string, Record<"live" | "finished", AgentMemory>>): Record<string, Ratio> {
  const ours = heap.abyssal;
  if (!ours) return {};
  return Object.fromEntries(
    Object.entries(heap)
      .filter(([name]) => !name.startsWith("abyssal"))
      .flatMap(([name, theirs]) =>
        (["live", "finished"] as const).map((state) => [
          `memory.${state}.${name}`,
          ratioOf(ours[state].run, theirs[state].run, "bytes/agent"),
        ]),
      ),
  );
}

function coldRatios({ abyssal, ...others }: Partial<Record<string, number>>): Record<string, Ratio> {
  if (abyssal === undefined) return {};
  return Object.fromEntries(
    Object.entries(others).map(([name, theirs]) => [`coldStart.${name}`, ratioOf(abyssal, theirs!, "ms")]),
  );
}

function ratioOf(ours: number, theirs: number, unit: string, atMost?: number): Ratio {
  return { ours, theirs, ratio: round(ours / theirs), unit, ...(atMost ? { atMost: round(atMost) } : {}) };
}

function print(
  ratios: Record<string, Ratio>,
  measured: Measured,
  heap: Record<string, Record<"live" | "finished", AgentMemory>>,
  cold: Record<string, number>,
): void {
  for (const [name, all] of Object.entries(measured)) {
    console.log(`\n${name}`);
    for (const [contender, { medianMs, perAgentUs, spread }] of Object.entries(all)) {
      const figures = `${String(medianMs).padStart(8)} ms  ${String(perAgentUs).padStart(7)} us an agent`;
      console.log(`  ${contender.padEnd(16)} ${figures}  +-${Math.round(spread * 100)}%`);
    }
  }
  console.log("\nheap, bytes an agent (with its plan, graph or workflow)");
  for (const [contender, { live, finished }] of Object.entries(heap))
    console.log(
      `  ${contender.padEnd(16)} live ${live.run} (${live.whole})  finished ${finished.run} (${finished.whole})`,
    );
  console.log("\ncold start, ms");
  for (const [contender, ms] of Object.entries(cold)) console.log(`  ${contender.padEnd(16)} ${ms}`);
  console.log("\nratios, ours over theirs");
  for (const [name, { ours, theirs, ratio, unit, ofFastest, ofCpu, atMost }] of Object.entries(ratios)) {
    const fastest = ofFastest === undefined ? "" : `  (of the fastest ${ofFastest}, of CPU ${ofCpu})`;
    const target = atMost === undefined ? fastest : `${fastest}  to be at most ${atMost}`;
    console.log(`  ${name.padEnd(38)} ${ours} / ${theirs} ${unit} = ${ratio}${target}`);
  }
}
