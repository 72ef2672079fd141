import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { agent, fork, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { changing } from "./journal-damage.ts";
import { scriptedEngine } from "./scripted-engine.ts";

/** Long enough to be kept apart. */
function widePlan(agents = 60): Plan {
  const names = Array.from({ length: agents }, (_, index) => agent(`a${index}`));
  return plan([fork("f", names)]);
}

const open = (folder: string): LocalEngine => scriptedEngine(folder).engine;

const run = (engine: LocalEngine, of: Plan, runId: string) =>
  engine.start(of, { runId, timeoutMs: 60_000 }).ended;

function rows(folder: string, query: string): readonly unknown[] {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(join(folder, "journal.db"), { readOnly: true });
  const all = db.prepare(query).all();
  db.close();
  return all.map((row) => Object.values(row)[0]);
}

describe("a long plan", () => {
  test("is kept once for all runs that have it, and each run has it whole (U1)", async () => {
    const folder = temporaryFolder();
    const engine = open(folder);
    const wide = widePlan();
    await run(engine, wide, "r_1");
    // The same object, the same again from another process, one that was taken on by a thread, and another plan.
    await run(engine, wide, "r_2");
    await run(open(folder), widePlan(), "r_3");
    expect(await engine.accept(widePlan(), { runId: "r_4", timeoutMs: 60_000 })).toBe(true);
    await run(engine, widePlan(61), "r_5");
    expect(rows(folder, "SELECT count(*) FROM plans")).toEqual([2]);
    expect(rows(folder, "SELECT max(length(body)) FROM records WHERE kind = 'accepted'")[0]).toBeLessThan(
      1_000,
    );
    const later = open(folder);
    for (const runId of ["r_1", "r_2", "r_3"]) {
      expect(later.ended(runId)).toMatchObject({ faithful: true, plan: wide });
      expect(later.summary(runId)).toMatchObject({ program: wide.program, planHash: wide.hash });
    }
    expect((await later.resume("r_4").ended).plan).toEqual(wide);
    expect(later.ended("r_5").plan.nodes).toHaveLength(62);
    expect(later.verify()).toMatchObject({ runs: 5, problems: [] });
  });

  test.each([
    { what: "lost", damage: "DELETE FROM plans" },
    { what: "changed", damage: `UPDATE plans SET body = replace(body, '"f/a7"', '"f/a8"')` },
    { what: "exchanged", damage: `UPDATE plans SET hash = '${"0".repeat(64)}'` },
    {
      what: "named otherwise in the first record",
      damage: `UPDATE records SET body = replace(body, '{"text":"', '{"text":"0') WHERE kind = 'accepted'`,
    },
  ])("that was $what is missed (J2, U1)", async ({ damage }) => {
    const folder = temporaryFolder();
    const engine = open(folder);
    await run(engine, widePlan(), "r_1");
    changing(folder, damage);
    expect(engine.verify().problems).toMatchObject([{ code: "JOURNAL_CORRUPT", place: "r_1" }]);
    expect(() => engine.ended("r_1")).toThrow(/JOURNAL_CORRUPT r_1/);
  });

  test("stands in the journals of all folders that its runs are in", async () => {
    const wide = widePlan();
    for (const folder of [temporaryFolder(), temporaryFolder()]) {
      const engine = open(folder);
      await run(engine, wide, "r_1");
      expect(engine.verify().problems).toEqual([]);
    }
  });
});

test("a short plan stands in the first record of its run", async () => {
  const folder = temporaryFolder();
  await run(open(folder), plan([agent("a")]), "r_1");
  expect(rows(folder, "SELECT count(*) FROM plans")).toEqual([0]);
  expect(rows(folder, "SELECT json_extract(body, '$.plan.nodes[0].path') FROM records LIMIT 1")).toEqual([
    "a",
  ]);
});
