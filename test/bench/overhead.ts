/**
 * What the runtime costs beyond the agents' own work: `npm run bench:overhead -- [--output json] [--quick]`.
 * No-op agents, at most 20 at once: fan-outs of 1 to 10,000, chains of 10 to 1,000, one message (an agent's end, to the beginning of
 * the next one in a chain), and the memory of whole processes.
 */

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Abyssal, createAbyssal, type Performer } from "../../src/index.ts";
import { FAN_OUT } from "./support/fan-out.ts";
import { median, timeMs } from "./support/statistics.ts";

/** When performers were called, ms; kept while somebody looks. */
let calledAtMs: number[] | null = null;

const NOOP: Performer = {
  name: "noop",
  perform: async () => {
    calledAtMs?.push(performance.now());
    return { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
  },
};

const STEP = `
name: STEP
version: 1.0.0
description: One no-op agent
category: bench
parameters: {}
steps:
  work:
    run: { performer: noop }
    resources: { cpu: 0, memory: 0 }
`;

type Row = {
  readonly agents: number;
  readonly runMs: number;
  readonly perAgentUs: number;
  readonly wholeMs: number;
};

type Messages = { readonly count: number; readonly median: number; readonly p99: number };

const quick = process.argv.includes("--quick");
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
await report();

async function report(): Promise<void> {
  const abyssal = await bench();
  const repeats = quick ? 5 : 15;
  await measure(abyssal, fanOut(1_000), 1_000, 3);
  const fan: Row[] = [];
  for (const agents of [1, 10, 100, 1_000, 10_000]) {
    fan.push(
      await measure(abyssal, fanOut(agents), agents, agents >= 10_000 ? Math.min(repeats, 5) : repeats),
    );
  }
  const chains: Row[] = [];
  for (const agents of [10, 100, 1_000])
    chains.push(await measure(abyssal, chain(agents), agents, Math.min(repeats, 7)));
  const messageUs = await messages(abyssal, repeats);
  const memory = [0, 100, 10_000].map((agents) => ({ agents, rssMb: round(rssOf(agents) / 2 ** 20) }));
  const costAt = (agents: number): number => fan.find((row) => row.agents === agents)!.perAgentUs;
  const ratios = {
    perAgent10000to100: round(costAt(10_000) / costAt(100)),
    perAgent10000to1000: round(costAt(10_000) / costAt(1_000)),
  };
  const result = { node: process.version, fanOut: fan, chain: chains, messageUs, memory, ratios };
  if (json) console.log(JSON.stringify(result));
  else print(result);
}

function bench(): Promise<Abyssal> {
  return createAbyssal({ templates: [FAN_OUT, STEP], performers: [NOOP], env: {} });
}

function fanOut(agents: number): string {
  return `ABYSSAL[FAN_OUT]([${Array.from({ length: agents }, (_, index) => index).join(",")}])`;
}

function chain(agents: number): string {
  return Array.from({ length: agents }, () => "ABYSSAL[STEP]()").join(" -> ");
}

async function measure(abyssal: Abyssal, program: string, agents: number, repeats: number): Promise<Row> {
  const whole: number[] = [];
  const runs: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    whole.push(await timeMs(() => runOnce(abyssal, program)));
    const plan = abyssal.plan(program);
    runs.push(await timeMs(() => runOnce(abyssal, plan)));
  }
  const runMs = median(runs);
  return {
    agents,
    runMs: round(runMs),
    perAgentUs: round((runMs / agents) * 1_000),
    wholeMs: round(median(whole)),
  };
}

/** How long one agent's end takes to become the beginning of the next one, us: row N4. */
async function messages(abyssal: Abyssal, repeats: number): Promise<Messages> {
  const gaps: number[] = [];
  const plan = abyssal.plan(chain(1_000));
  for (let repeat = 0; repeat < repeats; repeat++) {
    const at: number[] = [];
    calledAtMs = at;
    await runOnce(abyssal, plan);
    calledAtMs = null;
    for (let index = 1; index < at.length; index++) gaps.push((at[index]! - at[index - 1]!) * 1_000);
  }
  gaps.sort((a, b) => a - b);
  const quantile = (share: number): number => round(gaps[Math.floor(gaps.length * share)]!);
  return { count: gaps.length, median: quantile(0.5), p99: quantile(0.99) };
}

async function runOnce(abyssal: Abyssal, program: Parameters<Abyssal["execute"]>[0]): Promise<void> {
  const { status } = await abyssal.execute(program);
  if (status !== "succeeded") throw new Error(`the run ended ${status}`);
}

function rssOf(agents: number): number {
  const script = fileURLToPath(new URL("support/memory-of.mjs", import.meta.url));
  return Number(execFileSync(process.execPath, [script, String(agents)], { encoding: "utf8" }));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function print({
  fanOut: fan,
  chain: chains,
  messageUs,
  memory,
  ratios,
}: {
  fanOut: Row[];
  chain: Row[];
  messageUs: Messages;
  memory: { agents: number; rssMb: number }[];
  ratios: Record<string, number>;
}): void {
  const line = (name: string, { agents, runMs, perAgentUs, wholeMs }: Row): string =>
    `${name.padEnd(8)} ${String(agents).padStart(6)} agents  run ${runMs} ms  ${perAgentUs} us an agent  with parsing and planning ${wholeMs} ms`;
  for (const row of fan) console.log(line("fan-out", row));
  for (const row of chains) console.log(line("chain", row));
  console.log(`message  ${messageUs.count} of them  median ${messageUs.median} us  p99 ${messageUs.p99} us`);
  for (const { agents, rssMb } of memory)
    console.log(`memory   ${String(agents).padStart(6)} agents  whole process ${rssMb} MB`);
  for (const [name, ratio] of Object.entries(ratios)) console.log(`${name} ${ratio}`);
}
