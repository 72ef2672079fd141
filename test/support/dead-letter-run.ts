import { join } from "node:path";
import { LocalEngine } from "../../src/engine/local/local-engine.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { agent, plan } from "./plans.ts";
import { ScriptedPerformer } from "./scripted-performer.ts";

/** Records the run `r_letters` in a folder, with a decision that nobody had asked for. */
export async function recordDeadLetter(folder: string): Promise<void> {
  const engine = new LocalEngine({
    folder: join(folder, ".abyssal"),
    clock: systemClock,
    performers: new Map([["scripted", new ScriptedPerformer()]]),
  });
  const handle = engine.start(plan([agent("a")]), { runId: "r_letters", timeoutMs: 60_000 });
  handle.decide("a", { approved: true });
  await handle.ended;
  engine.close();
}
