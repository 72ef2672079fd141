import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, plan } from "../../support/plans.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import {
  changing,
  type Damage,
  draws,
  engineOn,
  judge,
  judgeFlip,
  recordedJournal,
} from "./journal-damage.ts";

const FLIPS = 1_000;

describe("a damaged journal", () => {
  test.each([
    { state: "live", files: ["journal.db"] },
    { state: "killed", files: ["journal.db", "journal.db-wal", "heads/r_one"] },
  ])("a flipped bit is noticed, or has changed nothing ($state) (J2)", async ({ state, files }) => {
    const folder = temporaryFolder();
    const original = await recordedJournal(folder);
    const source = join(folder, state);
    const scratch = join(folder, "scratch");
    const draw = draws(20260101);
    const seen = { detected: 0, harmless: 0 };
    for (let flips = 0; flips < FLIPS / 2; flips++) {
      const file = files[flips % files.length]!;
      const byte = Math.floor(draw() * statSync(join(source, file)).size);
      const flip: Damage = { file, byte, bit: Math.floor(draw() * 8) };
      const verdict = judgeFlip(source, scratch, flip, original);
      if (verdict.kind === "missed") expect({ flip, verdict }).toEqual("noticed");
      else seen[verdict.kind]++;
    }
    expect(seen.detected).toBeGreaterThan(FLIPS / 20);
  });

  test.each(["journal.db", "journal.db-wal"])(
    "%s cut short anywhere is noticed, or has lost nothing",
    async (file) => {
      const folder = temporaryFolder();
      const original = await recordedJournal(folder);
      const source = join(folder, file === "journal.db" ? "live" : "killed");
      const scratch = join(folder, "scratch");
      const { size } = statSync(join(source, file));
      let detected = 0;
      for (let part = 0; part < 40; part++) {
        rmSync(scratch, { recursive: true, force: true });
        cpSync(source, scratch, { recursive: true });
        truncateSync(join(scratch, file), Math.floor((size * part) / 40));
        const verdict = judge(scratch, original);
        expect(verdict.kind, `cut to ${part}/40`).not.toBe("missed");
        if (verdict.kind === "detected") detected++;
      }
      expect(detected).toBeGreaterThan(20);
    },
  );

  test("without the heads beside the database, a tail that was cut off would not be noticed (H1)", async () => {
    const folder = temporaryFolder();
    const original = await recordedJournal(folder);
    const killed = join(folder, "killed");
    truncateSync(
      join(killed, "journal.db-wal"),
      Math.floor(statSync(join(killed, "journal.db-wal")).size * 0.8),
    );
    const unguarded = join(folder, "unguarded");
    cpSync(killed, unguarded, { recursive: true });
    rmSync(join(unguarded, "heads"), { recursive: true });
    expect(judge(unguarded, original).kind).toBe("missed");
    expect(judge(killed, original)).toEqual({ kind: "detected", code: "JOURNAL_CORRUPT" });
  });

  test("a run that was taken out whole is missed", async () => {
    const folder = temporaryFolder();
    await recordedJournal(folder);
    changing(
      join(folder, "live"),
      "DELETE FROM records WHERE id >> 32 = (SELECT seq FROM runs WHERE run_id = 'r_one')",
    );
    const engine = engineOn(join(folder, "live"));
    expect(engine.verify().problems).toMatchObject([{ code: "JOURNAL_CORRUPT", place: "r_one" }]);
    expect(() => engine.ended("r_one")).toThrow(/JOURNAL_CORRUPT r_one/);
    expect(engine.ended("r_two").faithful).toBe(true);
    engine.close();
  });

  test("records of a run that the list of runs does not name are noticed", async () => {
    const folder = temporaryFolder();
    await recordedJournal(folder);
    changing(join(folder, "live"), "DELETE FROM runs WHERE run_id = 'r_one'");
    const engine = engineOn(join(folder, "live"));
    const { problems } = engine.verify();
    expect(problems.map(({ code, message }) => [code, message])).toContainEqual([
      "JOURNAL_CORRUPT",
      "run number 1 is missing in the list of runs",
    ]);
    expect(() => engine.ended("r_one")).toThrow(/JOURNAL_CORRUPT/);
    engine.close();
  });

  test("a journal from a newer version is refused and left as it is", async () => {
    const folder = temporaryFolder();
    await recordedJournal(folder);
    const file = join(folder, "live", "journal.db");
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(file);
    db.exec("PRAGMA user_version = 99");
    db.close();
    const before = readFileSync(file);
    expect(() => engineOn(join(folder, "live")).list()).toThrow(/JOURNAL_NEWER .*version 99/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a file that is no database, and a database of something else, are refused and left as they are", () => {
    const folder = temporaryFolder();
    const file = join(folder, "journal.db");
    writeFileSync(file, "dear diary, ".repeat(100));
    expect(() => engineOn(folder).resume("r_1")).toThrow(/JOURNAL_CORRUPT/);
    expect(readFileSync(file, "utf8")).toBe("dear diary, ".repeat(100));
    rmSync(file);
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(file);
    db.exec("CREATE TABLE diary(day TEXT)");
    db.close();
    const before = readFileSync(file);
    expect(() => engineOn(folder).resume("r_1")).toThrow(/JOURNAL_CORRUPT/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a folder that cannot be made or written is refused", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    const start = (place: string) => () =>
      engineOn(place).start(plan([agent("a")]), { runId: "r_1", timeoutMs: 60_000 });
    expect(start(join(folder, "file"))).toThrow(/JOURNAL_UNWRITABLE/);
    mkdirSync(join(folder, "taken", "journal.db"), { recursive: true });
    expect(start(join(folder, "taken"))).toThrow(/JOURNAL_UNWRITABLE/);
  });

  test("an unknown run is named, and asking for it makes no journal", () => {
    const folder = temporaryFolder();
    const engine = engineOn(join(folder, "none"));
    expect(() => engine.resume("r_9")).toThrow(/RUN_UNKNOWN r_9/);
    expect(() => engine.signal("r_9", { type: "cancel", reason: "x" })).toThrow(/RUN_UNKNOWN r_9/);
    expect(() => engine.ended("r_9")).toThrow(/RUN_UNKNOWN r_9/);
    expect(engine.list()).toEqual([]);
    expect(engine.verify()).toEqual({ runs: 0, records: 0, problems: [] });
    expect(() => statSync(join(folder, "none"))).toThrow();
  });
});
