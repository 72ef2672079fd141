import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Performer } from "../../../../src/actors/ports.ts";
import type { Engine } from "../../../../src/engine/engine.ts";
import { LocalEngine } from "../../../../src/engine/local/local-engine.ts";
import { MemoryEngine } from "../../../../src/engine/memory/memory-engine.ts";
import type { CompletedOutcome } from "../../../../src/plan/outcome.ts";
import type { Plan } from "../../../../src/plan/plan.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { agent as agentOf, chain, fork, plan } from "../../../support/plans.ts";
import { type Agent, type Contender, numbers, type Work } from "../work.ts";

const DONE: CompletedOutcome = { kind: "completed", output: "", confidence: { value: 1, source: "checked" } };
const HOUR_MS = 3_600_000;

/** Abyssal in memory. */
export const abyssal: Contender = (work, agent) => {
  const engine = new MemoryEngine({ clock: systemClock, performers: performersOf(agent) });
  return { run: runsOf(engine, planOf(work)) };
};

/** Abyssal with its journal on the disk: every fact committed, with fsync, before it counts. */
export const abyssalDurable: Contender = (work, agent) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-abyssal-"));
  const engine = new LocalEngine({ folder, clock: systemClock, performers: performersOf(agent) });
  return {
    run: runsOf(engine, planOf(work)),
    close: () => {
      engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

function performersOf(agent: Agent): ReadonlyMap<string, Performer> {
  const performer: Performer = {
    name: "scripted",
    perform: async () => {
      await agent();
      return DONE;
    },
  };
  return new Map([[performer.name, performer]]);
}

function runsOf(engine: Engine, prepared: Plan): () => Promise<unknown> {
  let runs = 0;
  return async () => {
    const end = await engine.start(prepared, { runId: `r_${runs++}`, timeoutMs: HOUR_MS }).ended;
    if (end.status !== "succeeded") throw new Error(`Abyssal's run ended ${end.status}`);
    return end;
  };
}

/** The plan is made before the clock starts, as the peers' graphs and workflows are. */
function planOf(work: Work): Plan {
  switch (work.shape) {
    case "fanOut":
    case "fanOutThenOne": {
      const wide = fork(
        "f",
        numbers(work.agents).map((index) => agentOf(`a${index}`)),
      );
      const last = work.shape === "fanOut" ? [] : [agentOf("last", { needs: ["f"] })];
      return plan([wide, ...last], { agents: work.atOnce });
    }
    case "chain":
      return plan([
        chain(
          "c",
          numbers(work.agents).map((index) =>
            agentOf(`a${index}`, index === 0 ? {} : { needs: [`a${index - 1}`] }),
          ),
        ),
      ]);
    case "graph":
      return plan(
        [
          chain(
            "g",
            work.needs.map((needs, index) =>
              agentOf(`a${index}`, { needs: needs.map((need) => `a${need}`) }),
            ),
          ),
        ],
        { agents: work.atOnce },
      );
  }
}
