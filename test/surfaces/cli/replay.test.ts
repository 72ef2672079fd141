import { join } from "node:path";
import { expect, test } from "vitest";
import type { Draft, Ended } from "../../../src/engine/journal.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { cli, folderWith } from "./cli-harness.ts";

/** As a version would have recorded it that made another answer of the same results. */
function otherwise(draft: Draft): Draft {
  if (draft.kind !== "ended") return draft;
  const ended: Ended = { ...(JSON.parse(draft.body) as Ended), resultHash: "0".repeat(64) };
  return { ...draft, body: JSON.stringify(ended) };
}

test("replay of a run whose answer another version has made says that, and that the records are whole", async () => {
  const cwd = folderWith();
  const folder = join(cwd, ".abyssal");
  const engine = new LocalEngine({
    folder,
    clock: systemClock,
    performers: new Map([["scripted", new ScriptedPerformer()]]),
    openJournal() {
      const journal = new SqliteJournal(folder, systemClock);
      const commit = journal.commit.bind(journal);
      journal.commit = (drafts, ...others) => commit(drafts.map(otherwise), ...others);
      return journal;
    },
  });
  await engine.start(plan([agent("a")]), { runId: "r_other", timeoutMs: 60_000 }).ended;
  engine.close();
  const text = await cli(cwd, ["replay", "r_other"]);
  expect(text.code).toBe(1);
  expect(text.stdout).toMatch(
    /^r_other: \d facts, succeeded; NOT faithful: the records are whole, and this version makes another answer of them\n$/,
  );
  const json = await cli(cwd, ["replay", "r_other", "--output", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    faithful: false,
    problem: "the records are whole, and this version makes another answer of them",
  });
});
