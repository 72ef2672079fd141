/**
 * What counting costs: `npm run bench:metrics -- [--output json] [--quick]`. The same runs of no-op agents, by turns with metrics and
 * without, in one process; and what it takes to read the metrics.
 */
import { createAbyssal, type Performer } from "../../src/index.ts";
import { FAN_OUT } from "./support/fan-out.ts";
import { median, timeMs } from "./support/statistics.ts";

const AGENTS = 1_000;

const NOOP: Performer = {
  name: "noop",
  perform: async () => ({ kind: "completed", output: "", confidence: { value: 1, source: "checked" } }),
};

const quick = process.argv.includes("--quick");
const json = process.argv[process.argv.indexOf("--output") + 1] === "json";
const rounds = quick ? 15 : 41;

const runtime = (metrics: boolean) =>
  createAbyssal({ templates: [FAN_OUT], performers: [NOOP], env: {}, metrics });
const [off, on] = [await runtime(false), await runtime(true)];
const program = `ABYSSAL[FAN_OUT]([${Array.from({ length: AGENTS }, (_, index) => index).join(",")}])`;
const plans = { off: off.plan(program), on: on.plan(program) };

const run = { off: () => off.execute(plans.off), on: () => on.execute(plans.on) };
for (let round = 0; round < 3; round++) {
  await run.off();
  await run.on();
}
const times = { off: [] as number[], on: [] as number[] };
for (let round = 0; round < rounds; round++)
  // Who comes first takes turns, too.
  for (const which of round % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const))
    times[which].push(await timeMs(async () => void (await run[which]())));
const reads: number[] = [];
for (let round = 0; round < rounds; round++)
  reads.push(await timeMs(async () => void (await on.observatory.renderMetrics())));
const text = await on.observatory.renderMetrics();

const [offMs, onMs] = [median(times.off), median(times.on)];
const figures = {
  node: process.version,
  agents: AGENTS,
  rounds,
  offMs,
  onMs,
  ratio: median(times.on.map((ms, round) => ms / times.off[round]!)),
  perAgentUs: ((onMs - offMs) * 1_000) / AGENTS,
  readMs: median(reads),
  readBytes: text.length,
};
if (json) console.log(JSON.stringify(figures));
else {
  console.log(
    `a run of ${AGENTS} agents, ${rounds} rounds by turns: off ${offMs.toFixed(1)} ms, on ${onMs.toFixed(1)} ms`,
  );
  console.log(
    `ratio ${figures.ratio.toFixed(3)} (median of pairs), ${figures.perAgentUs.toFixed(1)} us an agent`,
  );
  console.log(`reading them: ${figures.readMs.toFixed(1)} ms, ${figures.readBytes} bytes`);
}
off.close();
on.close();
