/**
 * What durability costs: `node test/bench/durable.ts [--output json] [--quick]`. 1000 no-op agents, 20 at once, on the
 * in-memory and on the local engine; an intent with an fsync of its own for comparison; resume of 10,000 agents.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Performer } from "../../src/actors/ports.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Journal } from "../../src/engine/journal.ts";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../src/engine/local/sqlite-journal.ts";
import { MemoryEngine } from "../../src/engine/memory/memory-engine.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { agent, fork, plan } from "../support/plans.ts";
import { median, timeMs } from "./support/statistics.ts";

const noop: Performer = {
  name: "scripted",
  perform: async () => ({ kind: "completed", output: "", confidence: { value: 1, source: "checked" } }),
};
const never: Performer = { name: "scripted", perform: () => new Promise(() => {}) };
const quick = process.argv.includes("--quick");
const repeats = quick ? 3 : 9;
const folder = mkdtempSync(join(tmpdir(), "abyssal-bench-"));
let runs = 0;
let commits = 0;

try {
  const wide = widePlan(1_000);
  const memory = new MemoryEngine({ clock: systemClock, performers: new Map([[noop.name, noop]]) });
  const local = localEngine("one", noop);
  const twice = localEngine("two", noop, (journal) => twiceCommitted(journal));
  const speed = await fanOuts({ memory, local, intentsToo: twice }, wide);
  local.close();
  twice.close();
  const commitsPerRun = Math.round(commits / (repeats + 1));
  const figures = { agentsPerSecond: speed, commitsPerRun, resume10000Seconds: await resume() };
  console.log(process.argv.includes("json") ? JSON.stringify(figures) : figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function widePlan(agents: number): Plan {
  const names = Array.from({ length: agents }, (_, index) => agent(`a${index}`));
  return plan([fork("f", names), agent("last", { needs: ["f"] })], { agents: 20 });
}

function localEngine(name: string, performer: Performer, wrap = (journal: Journal) => journal): LocalEngine {
  const place = join(folder, name);
  return new LocalEngine({
    folder: place,
    clock: systemClock,
    performers: new Map([[performer.name, performer]]),
    openJournal: () => wrap(new SqliteJournal(place, systemClock)),
  });
}

/** What recording every intent would add at least: a second transaction for each group of facts. */
function twiceCommitted(journal: Journal): Journal {
  const commit = journal.commit.bind(journal);
  return Object.assign(journal, {
    commit: (...args: Parameters<Journal["commit"]>) => {
      commits++;
      const lost = commit(...args);
      for (const { runId } of args[0].slice(0, 1)) journal.renew([runId]);
      return lost;
    },
  });
}

/** Agents a second of each engine, by the median of its runs; the engines take turns, so that none has a quieter machine. */
async function fanOuts(
  engines: Readonly<Record<string, Engine>>,
  wide: Plan,
): Promise<Readonly<Record<string, number>>> {
  const times = new Map<string, number[]>(Object.keys(engines).map((name) => [name, []]));
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const [name, engine] of Object.entries(engines)) {
      const ms = await timeMs(async () => {
        const { status } = await engine.start(wide, { runId: `r_${runs++}`, timeoutMs: 600_000 }).ended;
        if (status !== "succeeded") throw new Error(`the run ended ${status}`);
      });
      // The first round warms up.
      if (repeat > 0) times.get(name)!.push(ms);
    }
  }
  return Object.fromEntries(
    [...times].map(([name, all]) => [name, Math.round((wide.nodes.length * 1_000) / median(all))]),
  );
}

/** A run of 10,000 agents whose last one is still at work when the process goes; then the time until it is again. */
async function resume(): Promise<number> {
  const big = widePlan(10_000);
  const choosy: Performer = {
    name: "scripted",
    perform: (task, context) => (task.path === "last" ? never : noop).perform(task, context),
  };
  const before = localEngine("big", choosy);
  const handle = before.start(big, { runId: "r_big", timeoutMs: 600_000 });
  await new Promise<void>((resolve) => {
    handle.events$.subscribe((event) => {
      if (event.type === "agent.running" && event.path === "last") setImmediate(resolve);
    });
  });
  before.close();
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const after = localEngine("big", never);
    times.push(await timeMs(async () => void after.resume("r_big")));
    after.close();
  }
  return Math.round(median(times)) / 1_000;
}
