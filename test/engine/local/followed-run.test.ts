import { describe, expect, onTestFinished, test } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { RunWatch } from "../../support/run-watch.ts";
import { completed, ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { changing } from "./journal-damage.ts";

const OPTIONS = { runId: "r_1", timeoutMs: 3_600_000 };
const IN_A_ROW = plan([agent("a"), agent("b", { needs: ["a"] })]);

/** One engine that drives a run until `b` is at work, and another, as of another process, that only reads. */
async function driven() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const work = new ScriptedPerformer().script("b", "hold");
  const driver = new LocalEngine({ folder, clock, performers: new Map([[work.name, work]]) });
  const reader = new LocalEngine({ folder, clock, performers: new Map() });
  onTestFinished(() => {
    driver.close();
    reader.close();
  });
  const handle = driver.start(IN_A_ROW, OPTIONS);
  const call = await work.called("b");
  return { folder, driver, reader, handle, call };
}

describe("a run that is followed while another engine drives it", () => {
  test("is told from its beginning, each event with the record that brought it about (Y2)", async () => {
    const { reader } = await driven();
    const told: string[] = [];
    const followed = reader.follow("r_1", (event, seq) => {
      if ("path" in event && event.path !== "") told.push(`${seq} ${event.type} ${event.path}`);
    });
    expect(told).toEqual([
      "1 agent.ready a",
      "1 agent.running a",
      "2 agent.ended a",
      "2 agent.ready b",
      "2 agent.running b",
    ]);
    expect([followed.facts.length, followed.ended, followed.run.active]).toEqual([2, null, true]);
    expect(followed.pending.tasks.map(({ path }) => path)).toEqual(["b"]);
  });

  test("catches up with what is new, once, and knows when it has ended (Y1)", async () => {
    const { reader, handle, call } = await driven();
    const events: string[] = [];
    const followed = reader.follow("r_1", ({ type }) => events.push(type));
    expect(followed.catchUp()).toBe(false);
    const seen = events.length;
    call.end(completed());
    await handle.ended;
    expect(followed.catchUp()).toBe(true);
    expect(events.slice(seen)).toEqual(["agent.ended", "group.ended", "run.ended"]);
    expect(followed.ended).toMatchObject({ status: "succeeded" });
    expect(followed.run.answer).toEqual((await handle.ended).answer);
    expect(followed.catchUp()).toBe(false);
  });

  test("goes on under its driver, who hears nothing of it, and is cancelled and resumed as any other", async () => {
    const { driver, reader, handle } = await driven();
    const watch = new RunWatch(handle);
    const followed = reader.follow("r_1");
    expect(reader.list()).toMatchObject([{ status: "running" }]);
    expect(watch.events).toEqual([]);
    driver.close();
    await handle.ended.catch(() => {});
    expect(followed.catchUp()).toBe(false);
    const end = reader.resume("r_1");
    await end.cancel("enough");
    expect(followed.catchUp()).toBe(true);
    expect(followed.ended).toMatchObject({ status: "cancelled" });
  });

  test("is refused where its new records do not go on from those that were read (Y1)", async () => {
    const { folder, reader, handle, call } = await driven();
    const followed = reader.follow("r_1");
    call.end(completed());
    await handle.ended;
    changing(folder, "UPDATE records SET body = replace(body, 'done', 'gone') WHERE id & 4294967295 = 3");
    expect(() => followed.catchUp()).toThrow(/JOURNAL_CORRUPT.*record 3 was changed/);
    changing(folder, "DELETE FROM records WHERE id & 4294967295 >= 3");
    expect(() => followed.catchUp()).toThrow(/JOURNAL_CORRUPT.*2 of 5 records are missing at the end/);
    expect(followed.facts).toHaveLength(2);
  });
});
