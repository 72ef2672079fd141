import { describe, expect, onTestFinished, test } from "vitest";
import type { Draft } from "../../../src/engine/journal.ts";
import { SqliteJournal } from "../../../src/engine/local/sqlite-journal.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { agent, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { changing } from "./journal-damage.ts";

const ACCEPTED = JSON.stringify({ plan: plan([agent("a")]), timeoutMs: 1_000, atMs: 0 });
const ENDED = JSON.stringify({ status: "succeeded", atMs: 1, resultHash: "0" });

const fact = (runId: string, n: number): Draft => ({ runId, kind: "fact", body: `{"n":${n}}` });

function open(folder = temporaryFolder()) {
  const journal = new SqliteJournal(folder, new ManualClock());
  onTestFinished(() => journal.close());
  for (const runId of ["r_1", "r_2"]) journal.accept({ runId, kind: "accepted", body: ACCEPTED });
  const facts = (runId: string) =>
    journal
      .read(runId)
      .filter(({ kind }) => kind === "fact")
      .map(({ seq, body }) => `${seq} ${body}`);
  return { folder, journal, facts };
}

describe("facts that are committed together", () => {
  test("are records of their own to whoever reads them, in the order in which they were added (J2)", () => {
    const { journal, facts } = open();
    journal.commit([fact("r_1", 0)], []);
    journal.commit([fact("r_1", 1), fact("r_2", 0), fact("r_1", 2), fact("r_2", 1), fact("r_1", 3)], []);
    const middle = journal.read("r_1").at(-1)!;
    journal.commit([fact("r_1", 4), fact("r_1", 5), { runId: "r_1", kind: "ended", body: ENDED }], []);
    expect(facts("r_1")).toEqual(["1", "2", "3", "4", "5", "6"].map((seq, n) => `${seq} {"n":${n}}`));
    expect(facts("r_2")).toEqual(['1 {"n":0}', '2 {"n":1}']);
    const later = journal.read("r_1", { count: middle.seq + 1, hash: middle.hash });
    expect(later.map(({ seq, kind }) => [seq, kind])).toEqual([
      [5, "fact"],
      [6, "fact"],
      [7, "ended"],
    ]);
    expect(journal.verify()).toMatchObject({ runs: 2, records: 11, problems: [] });
  });

  test("say together what their run waits for, and no longer once there are more", () => {
    const { journal } = open();
    const questions = [{ path: "a", asks: "go on?" }] as never;
    journal.commit([fact("r_1", 0), fact("r_1", 1)], [], [{ runId: "r_1", records: 3, questions }]);
    expect(journal.edges("r_1")).toMatchObject({ waitingFor: questions });
    journal.commit([fact("r_1", 2)], []);
    expect(journal.edges("r_1")!.waitingFor).toBeUndefined();
  });

  test.each([
    { what: "one is taken out", damage: `replace(body, '{"n":1}' || char(10), '')` },
    {
      what: "two are exchanged",
      damage: `replace(body, '{"n":1}' || char(10) || '{"n":2}', '{"n":2}' || char(10) || '{"n":1}')`,
    },
    { what: "one is added", damage: `body || char(10) || '{"n":3}'` },
    { what: "two become one", damage: `replace(body, char(10), ' ')` },
  ])("are missed where $what (J2)", ({ damage }) => {
    const { folder, journal } = open();
    journal.commit([fact("r_1", 0), fact("r_1", 1), fact("r_1", 2)], []);
    changing(folder, `UPDATE records SET body = ${damage} WHERE kind = 'fact'`);
    expect(() => journal.read("r_1")).toThrow(/JOURNAL_CORRUPT r_1.*record 1 was changed/);
  });

  test("are missed where they are gone, and where their run went on with others (H1)", () => {
    const { folder, journal } = open();
    journal.commit([fact("r_1", 0), fact("r_1", 1)], []);
    changing(folder, "DELETE FROM records WHERE kind = 'fact'");
    expect(() => journal.read("r_1")).toThrow("2 of 3 records are missing at the end");
    const other = open();
    other.journal.commit([fact("r_1", 0), fact("r_1", 2)], []);
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(`${folder}/journal.db`);
    db.exec(`ATTACH '${other.folder}/journal.db' AS other;
      INSERT INTO records SELECT * FROM other.records WHERE kind = 'fact'`);
    db.close();
    expect(() => journal.read("r_1")).toThrow("the records are not those that were committed");
  });
});
