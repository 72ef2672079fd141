import { join } from "node:path";
import { expect, test } from "vitest";
import type { Draft, Ended } from "../../../src/engine/journal.ts";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { abyssalVersion } from "../../../src/surfaces/cli/version.ts";
import { agent, plan } from "../../support/plans.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { cli, folderWith } from "./cli-harness.ts";

/** As a version would have recorded it that made another answer of the same results. */
function otherwise(draft: Draft): Draft {
  if (draft.kind !== "ended") return draft;
  const ended: Ended = { ...(JSON.parse(draft.body) as Ended), resultHash: "0".repeat(64) };
  return { ...draft, body: JSON.stringify(ended) };
}

const here = abyssalVersion();

test.each([
  [here, "the records are whole, and this version makes another answer of them"],
  [
    "0.0.1",
    `the records are whole; version 0.0.1 started the run, and this one, ${here}, makes another answer of them`,
  ],
  [
    undefined,
    `the records are whole; an earlier version started the run, and this one, ${here}, makes another answer of them`,
  ],
])(
  "replay of a run that version %s started and answered otherwise says that, and that the records are whole",
  async (version, problem) => {
    const cwd = folderWith();
    const folder = join(cwd, ".abyssal");
    const engine = new LocalEngine({
      folder,
      clock: systemClock,
      version,
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
    expect(text.stdout).toMatch(/^r_other: \d facts, succeeded; NOT faithful: /);
    expect(text.stdout.split("NOT faithful: ")[1]).toBe(`${problem}\n`);
    const json = JSON.parse((await cli(cwd, ["replay", "r_other", "--output", "json"])).stdout);
    expect([json.faithful, json.startedBy, json.problem]).toEqual([false, version, problem]);
  },
);
