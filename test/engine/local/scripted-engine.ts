import { onTestFinished } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** An engine whose work is scripted; it is closed with the test. */
export function scriptedEngine(folder = temporaryFolder(), clock = new ManualClock()) {
  const work = new ScriptedPerformer();
  const engine = new LocalEngine({ folder, clock, performers: new Map([[work.name, work]]) });
  onTestFinished(() => engine.close());
  return { folder, work, engine };
}
