import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/shared/clock.ts";
import { AuditLog } from "../../../src/surfaces/http/audit/audit-log.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const ENTRY = {
  phase: "asked",
  atMs: 1,
  correlationId: "c",
  tenant: "default",
  subject: "olga",
  role: "operator",
  action: "run.execute",
  target: null,
  status: null,
} as const;

function open(folder: string): AuditLog {
  const log = new AuditLog(folder, systemClock);
  onTestFinished(() => log.close());
  return log;
}

test("Z1 two processes write into one chain, and what was written is there for the next one", async () => {
  const folder = temporaryFolder();
  const [one, two] = [open(folder), open(folder)];
  for (let turn = 0; turn < 10; turn++)
    for (const log of [one, two]) await log.append({ ...ENTRY, atMs: turn });
  one.close();
  const three = open(folder);
  expect(await three.verify()).toMatchObject({ entries: 20, problem: null });
  const page = await three.read("default", { after: 5, limit: 3, unknown: false });
  expect(page.map(({ seq, atMs }) => [seq, atMs])).toEqual([
    [6, 2],
    [7, 3],
    [8, 3],
  ]);
});

test.each([
  ["changed", "UPDATE audit SET body = replace(body, 'olga', 'otto') WHERE seq = 3", "entry 3 was changed"],
  ["left out", "DELETE FROM audit WHERE seq = 3", "entry 3 is missing"],
  ["rehashed alone", "UPDATE audit SET hash = 'f00' WHERE seq = 3", "entry 3 was changed"],
  ["put in between", "UPDATE audit SET seq = seq + 100 WHERE seq > 2", "entry 3 is missing"],
])("Z2 an entry that was %s is noticed", async (_, change, problem) => {
  const folder = temporaryFolder();
  const log = open(folder);
  await Promise.all([0, 1, 2, 3, 4].map((atMs) => log.append({ ...ENTRY, atMs })));
  expect((await log.read("default", { after: 0, limit: 9, unknown: false })).map(({ atMs }) => atMs)).toEqual(
    [0, 1, 2, 3, 4],
  );
  const { head } = await log.verify();
  expect(head).toMatch(/^[0-9a-f]{64}$/);
  const db = new DatabaseSync(join(folder, "audit.db"));
  expect(() => db.exec(change)).toThrow("append only");
  db.exec("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;");
  db.exec(change);
  db.close();
  expect(await log.verify()).toMatchObject({ problem });
});

test("Z3 entries stand in the order in which they came, and closing leaves none behind", async () => {
  const folder = temporaryFolder();
  const log = open(folder);
  const appended = Array.from({ length: 30 }, (_, atMs) => log.append({ ...ENTRY, atMs }));
  log.close();
  await Promise.all(appended);
  const page = await open(folder).read("default", { after: 0, limit: 50, unknown: false });
  expect(page.map(({ atMs }) => atMs)).toEqual([...appended.keys()]);
});

test("is checked by a thread of its own, once for all who ask at the same time, and closing leaves no check without an answer", async () => {
  const log = open(temporaryFolder());
  await log.append(ENTRY);
  const [one, two] = await Promise.all([log.verify(), log.verify()]);
  expect(one).toMatchObject({ entries: 1, problem: null });
  expect(two).toBe(one);
  const last = log.verify();
  await Promise.resolve();
  log.close();
  expect(await last).toEqual(one);
  await expect(log.verify()).rejects.toThrow("AUDIT_UNWRITABLE");
});

describe("while another process writes there (Z4)", () => {
  const locked = () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const log = new AuditLog(folder, clock);
    onTestFinished(() => log.close());
    const other = new DatabaseSync(join(folder, "audit.db"));
    onTestFinished(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    const walBytes = (): number => statSync(join(folder, "audit.db-wal")).size;
    /** An entry that waits for two seconds, and is refused then. */
    const refusal = async (appended: Promise<void>): Promise<void> => {
      const refused = expect(appended).rejects.toThrow("AUDIT_UNWRITABLE");
      await clock.nextArmed();
      clock.advance(2_000);
      await refused;
    };
    return { log, clock, other, appended: log.append(ENTRY), refusal, walBytes };
  };

  test("entries wait, and nothing else does", async () => {
    const { log, clock, other, appended } = locked();
    const later = log.append({ ...ENTRY, atMs: 2 });
    await clock.nextArmed();
    clock.advance(5);
    other.exec("ROLLBACK");
    clock.advance(5);
    await Promise.all([appended, later]);
    expect(await log.verify()).toMatchObject({ entries: 2, problem: null });
  });

  test("they are refused after two seconds, and those after them are not", async () => {
    const { log, other, appended, refusal } = locked();
    await refusal(appended);
    other.exec("ROLLBACK");
    await log.append({ ...ENTRY, atMs: 2 });
    expect(await log.read("default", { after: 0, limit: 9, unknown: false })).toMatchObject([{ atMs: 2 }]);
  });

  test("Z5 whether entries are taken is known from the last write, and found out again though there is none to write", async () => {
    const { log, clock, other, appended, refusal, walBytes } = locked();
    expect(log.takesEntries).toBe(true);
    await refusal(appended);
    expect(log.takesEntries).toBe(false);
    clock.advance(10_000);
    expect(log.takesEntries).toBe(false);
    other.exec("ROLLBACK");
    const before = walBytes();
    clock.advance(1_000);
    expect(log.takesEntries).toBe(true);
    // A disk that is full may have a page left: there must be room for more than an entry.
    expect(walBytes()).toBeGreaterThan(before + 65_536);
    expect(clock.pending).toBe(0);
    expect(await log.verify()).toMatchObject({ entries: 0, problem: null });
  });

  test("Z5 an entry that is taken says so, and closing leaves nothing to find out", async () => {
    const { log, clock, other, appended, refusal } = locked();
    await refusal(appended);
    other.exec("ROLLBACK");
    await log.append(ENTRY);
    expect([log.takesEntries, clock.pending]).toEqual([true, 0]);
    other.exec("BEGIN IMMEDIATE");
    await refusal(log.append(ENTRY));
    log.close();
    expect(clock.pending).toBe(0);
  });
});

test("Z4 the log is begun anew once it is long, and no entry is lost meanwhile", async () => {
  const folder = temporaryFolder();
  const log = open(folder);
  const append = async (characters: number): Promise<number> => {
    await log.append({ ...ENTRY, target: "x".repeat(characters) });
    return statSync(join(folder, "audit.db-wal")).size;
  };
  let entries = 100;
  for (let entry = 0; entry < entries; entry++) await append(700_000);
  for (let before = -1, size = 0; before !== size; entries++) [before, size] = [size, await append(10_000)];
  expect(await log.verify()).toMatchObject({ entries, problem: null });
});

test("what cannot be written is refused, so that nothing is done unaudited", async () => {
  const log = open(temporaryFolder());
  log.close();
  await expect(log.append(ENTRY)).rejects.toThrow("AUDIT_UNWRITABLE");
});
