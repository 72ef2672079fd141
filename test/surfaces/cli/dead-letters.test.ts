import { join } from "node:path";
import { expect, test } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { cli, folderWith } from "./cli-harness.ts";

test("facts that found nobody are listed with their reasons", async () => {
  const folder = folderWith();
  const engine = new LocalEngine({
    folder: join(folder, ".abyssal"),
    clock: systemClock,
    performers: new Map([["scripted", new ScriptedPerformer()]]),
  });
  const handle = engine.start(plan([agent("a")]), { runId: "r_letters", timeoutMs: 60_000 });
  handle.decide("a", { approved: true });
  await handle.ended;
  engine.close();
  const json = await cli(folder, ["dead-letters", "r_letters", "--output", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    runId: "r_letters",
    count: 1,
    letters: [{ type: "approval.decided", reason: "decision.unasked", path: "a" }],
  });
  const text = await cli(folder, ["dead-letters", "r_letters"]);
  expect(text.stdout).toMatch(/1 dead letter\n {2}\S+ {2}approval\.decided a: nobody had asked\n$/);
  const unknown = await cli(folder, ["dead-letters", "r_nowhere"]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("RUN_UNKNOWN")]);
});
