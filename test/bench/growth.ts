/**
 * Whether anything is kept of runs that are over: `npm run bench:growth -- [--quick] [--output json]`. A million agents in one
 * process, run after run of mixed shapes and ends; after the first fifth, the heap (collected), open handles and listeners
 * are fitted by a line over the number of agents. Exit code 1 when the 95% bound of a slope is above its limit. `--quick` has so
 * few agents that V8's own code and feedback still grow: its limit for the heap is wider.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Performer } from "../../src/actors/ports.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { agent, chain, type Draft, fork, plan } from "../support/plans.ts";
import { type Line, slope } from "./support/slope.ts";

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, output: { type: "string", default: "text" } },
});
/** What may be kept of one agent: bytes of heap; handles and listeners, of which one in ten thousand is a leak already. */
const LIMITS = { heapBytes: values.quick ? 16 : 1, handles: 1e-4, listeners: 1e-4 } as const;
type Measure = keyof typeof LIMITS;
type Growth = {
  readonly agents: number;
  readonly samples: number;
  readonly perAgent: Readonly<Record<Measure, Line>>;
  readonly grows: readonly Measure[];
};

const SAMPLES = values.quick ? 40 : 100;
/** Share of the agents that warm up. */
const WARM = 0.2;
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("start with node --expose-gc");
const folder = mkdtempSync(join(tmpdir(), "abyssal-growth-"));
const performers = new Map([["scripted", scripted()]]);
const local = new LocalEngine({ folder, clock: systemClock, performers });
try {
  const memory = new MemoryEngine({ clock: systemClock, performers });
  const report = {
    memory: await growth(memory, values.quick ? 50_000 : 1_000_000),
    durable: await growth(local, values.quick ? 20_000 : 700_000),
  };
  if (values.output === "json") console.log(JSON.stringify(report));
  else for (const [engine, found] of Object.entries(report)) print(engine, found);
  if (Object.values(report).some(({ grows }) => grows.length > 0)) process.exitCode = 1;
} finally {
  local.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Succeeds, but for the agents whose names say otherwise: one that fails once or for good, one that throws. */
function scripted(): Performer {
  return {
    name: "scripted",
    async perform({ path, attempt }) {
      if (path.includes("crash")) throw new Error("on purpose");
      if (path.includes("refuse") || (path.includes("again") && attempt === 1))
        return { kind: "failed", failure: { code: "PLANNED", message: "on purpose", retryable: true } };
      return { kind: "completed", output: path, confidence: { value: 1, source: "checked" } };
    },
  };
}

/** A run that ends partial; it has all that agents can go through without anybody waiting. */
function mixed(): { readonly plan: Plan; readonly agents: number } {
  const wide = fork("wide", many(400, "w"));
  const row = chain(
    "row",
    Array.from({ length: 50 }, (_, index) =>
      agent(`r${index}`, index === 0 ? {} : { needs: [`r${index - 1}`] }),
    ),
  );
  const again = fork("again", many(20, "x", { attempts: 2, backoff: "none" }));
  const refused = fork("refuse", many(10, "y", { fallback: { output: "instead" } }));
  const crashes = fork("crash", many(10, "z"));
  const skipped = agent("skipped", { needs: ["crash"] });
  return { plan: plan([wide, row, again, refused, crashes, skipped]), agents: 491 };
}

function many(count: number, name: string, options?: Parameters<typeof agent>[1]): Draft[] {
  return Array.from({ length: count }, (_, index) => agent(`${name}${index}`, options));
}

async function growth(engine: Engine, total: number): Promise<Growth> {
  const one = mixed();
  const runsEach = Math.ceil(total / one.agents / SAMPLES);
  const found: { readonly agents: number; readonly values: Readonly<Record<Measure, number>> }[] = [];
  let runs = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (let run = 0; run < runsEach; run++) {
      // Every fifth run is stopped while its agents are at work.
      const handle = engine.start(one.plan, { runId: `r_${runs}`, timeoutMs: 600_000 });
      if (runs++ % 5 === 0) await handle.cancel("on purpose");
      else await handle.ended;
    }
    found.push({ agents: runs * one.agents, values: await standing() });
  }
  const settled = found.slice(SAMPLES * WARM);
  const perAgent = Object.fromEntries(
    (Object.keys(LIMITS) as Measure[]).map((measure) => [
      measure,
      slope(settled.map((point) => [point.agents, point.values[measure]])),
    ]),
  ) as Record<Measure, Line>;
  const grows = (Object.keys(LIMITS) as Measure[]).filter(
    (measure) => perAgent[measure].bound95 > LIMITS[measure],
  );
  return { agents: runs * one.agents, samples: settled.length, perAgent, grows };
}

async function standing(): Promise<Record<Measure, number>> {
  // Whatever the last run has left for the next turn of the event loop is done then.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 2; round++) collect!();
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    listeners,
  };
}

function print(engine: string, { agents, samples, perAgent, grows }: Growth): void {
  console.log(`${engine}: ${agents} agents, ${samples} samples`);
  for (const [measure, { slope: value, bound95 }] of Object.entries(perAgent)) {
    const verdict = grows.includes(measure as Measure) ? "GROWS" : "holds";
    console.log(
      `  ${measure} an agent: ${value.toPrecision(3)}, at most ${bound95.toPrecision(3)} (95%): ${verdict}`,
    );
  }
}
