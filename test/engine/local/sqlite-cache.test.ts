import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { SqliteCache } from "../../../src/engine/local/sqlite-cache.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { completed } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const MAX_BYTES = 1024 * 1024;
const KEY = "a".repeat(64);
const OTHER = "b".repeat(64);

function open(folder: string, clock = new ManualClock(), maxBytes = MAX_BYTES): SqliteCache {
  return new SqliteCache({ folder, maxBytes, clock });
}

/** A folder whose cache holds `KEY`. */
function filled(): string {
  const folder = temporaryFolder();
  const cache = open(folder);
  cache.put(KEY, completed("kept"));
  cache.close();
  return folder;
}

function change(folder: string, work: (db: DatabaseSync) => void): void {
  const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
  const db = new Database(join(folder, "cache.db"));
  work(db);
  db.close();
}

describe("the cache file", () => {
  test("is not made by asking how it stands, nor by clearing it", () => {
    const folder = temporaryFolder();
    const cache = open(folder);
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, maxBytes: MAX_BYTES });
    expect(cache.clear()).toEqual({ entries: 0, bytes: 0 });
    cache.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps entries and counts for later processes", () => {
    const folder = filled();
    const later = open(folder);
    expect(later.get(KEY, "A@1")!.output).toBe("kept");
    later.close();
    const last = open(folder);
    expect(last.stats()).toMatchObject({ entries: 1, hits: 1, misses: 0 });
    last.close();
    expect(readdirSync(folder)).toEqual(["cache.db"]);
  });

  test("is written once for all that came within a tenth of a second", () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const cache = open(folder, clock);
    const reader = open(folder);
    cache.put(KEY, completed());
    cache.put(OTHER, completed());
    cache.get(KEY, "A@1");
    expect(clock.pending).toBe(1);
    expect(reader.get(KEY, "A@1")).toBeNull();
    clock.advance(100);
    expect(clock.pending).toBe(0);
    expect(reader.get(KEY, "A@1")).not.toBeNull();
    expect(reader.get(OTHER, "A@1")).not.toBeNull();
    cache.close();
    reader.close();
  });

  test("stays within its size on the disk, whatever is put (S4)", () => {
    const folder = temporaryFolder();
    const clock = new ManualClock();
    const cache = open(folder, clock);
    for (let index = 0; index < 400; index++) {
      cache.put(index.toString(16).padStart(64, "0"), completed("x".repeat(100 + ((index * 7919) % 30_000))));
      clock.advance(100);
    }
    expect(cache.stats().evictions).toBeGreaterThan(100);
    cache.close();
    expect(statSync(join(folder, "cache.db")).size).toBeLessThanOrEqual(MAX_BYTES * 1.1);
  });

  test("makes room when it may take less than before", () => {
    const folder = temporaryFolder();
    const large = open(folder);
    for (let index = 0; index < 50; index++)
      large.put(index.toString(16).padStart(64, "0"), completed("x".repeat(10_000)));
    large.close();
    const small = open(folder, new ManualClock(), 128 * 1024);
    small.put(KEY, completed());
    small.close();
    const after = open(folder, new ManualClock(), 128 * 1024);
    expect(after.stats().bytes).toBeLessThanOrEqual(128 * 1024);
    expect(after.get(KEY, "A@1")).not.toBeNull();
    after.close();
  });

  test("gives its room back to the disk when it is cleared", () => {
    const folder = temporaryFolder();
    const cache = open(folder);
    for (let index = 0; index < 50; index++)
      cache.put(index.toString(16).padStart(64, "0"), completed("x".repeat(10_000)));
    cache.close();
    const next = open(folder);
    expect(next.clear()).toMatchObject({ entries: 50 });
    next.close();
    expect(statSync(join(folder, "cache.db")).size).toBeLessThan(64 * 1024);
  });
});

describe("several processes with one cache", () => {
  test("see each other's entries, and their uses count for both", () => {
    const folder = temporaryFolder();
    const [one, other] = [open(folder), open(folder)];
    one.put(KEY, completed("of one"));
    one.close();
    expect(other.get(KEY, "A@1")!.output).toBe("of one");
    other.close();
  });

  test("miss while another one has locked the file, and write when it is free (S1)", () => {
    const folder = filled();
    const clock = new ManualClock();
    const cache = open(folder, clock);
    expect(cache.get(KEY, "A@1")).not.toBeNull();
    change(folder, (db) => {
      db.exec("BEGIN IMMEDIATE");
      cache.put(OTHER, completed("waits"));
      clock.advance(100);
      expect(cache.get(OTHER, "A@1")!.output).toBe("waits");
      expect(cache.get(KEY, "A@1")!.output).toBe("kept");
      db.exec("ROLLBACK");
    });
    clock.advance(100);
    const reader = open(folder);
    expect(reader.get(OTHER, "A@1")!.output).toBe("waits");
    reader.close();
    cache.close();
  });

  test("go on without a cache that they cannot even open for a lock (S1)", () => {
    const folder = filled();
    change(folder, (db) => {
      db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
      const cache = open(folder);
      expect(cache.get(KEY, "A@1")).toBeNull();
      cache.put(OTHER, completed());
      cache.close();
      db.exec("ROLLBACK");
    });
    const after = open(folder);
    expect(after.get(KEY, "A@1")!.output).toBe("kept");
    after.close();
  });

  test("forget what waits when the lock is never given up", () => {
    const folder = filled();
    const clock = new ManualClock();
    const cache = open(folder, clock);
    change(folder, (db) => {
      db.exec("BEGIN IMMEDIATE");
      cache.put(OTHER, completed());
      clock.advance(60_000);
      expect(clock.pending).toBe(0);
      expect(cache.get(OTHER, "A@1")).toBeNull();
      db.exec("ROLLBACK");
    });
    cache.close();
  });
});

describe("a damaged cache", () => {
  test.each([
    ["a changed text", "UPDATE bodies SET body = replace(body, 'kept', 'fake')"],
    ["a changed check sum", "UPDATE entries SET sum = 'x'"],
    ["another entry's text", `UPDATE entries SET key = '${OTHER}'`],
  ])("%s is a miss, and the entry is removed (S2)", (_, sql) => {
    const folder = filled();
    change(folder, (db) => db.exec(sql));
    const cache = open(folder);
    expect([cache.get(KEY, "A@1"), cache.get(OTHER, "A@1")]).toEqual([null, null]);
    cache.put(KEY, completed("new"));
    expect(cache.get(KEY, "A@1")!.output).toBe("new");
    cache.close();
    const after = open(folder);
    expect(after.stats().entries).toBe(1);
    after.close();
  });

  test.each([
    [
      "no database",
      (file: string) => writeFileSync(file, "no database at all, but long enough to be read as one"),
    ],
    [
      "a database of something else",
      (file: string) => {
        const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
        writeFileSync(file, "");
        const db = new Database(file);
        db.exec("CREATE TABLE theirs(a); PRAGMA user_version = 1");
        db.close();
      },
    ],
    ["cut short", (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 9_000))],
    [
      "of a newer form",
      (file: string) => {
        const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
        const db = new Database(file);
        db.exec("PRAGMA user_version = 99");
        db.close();
      },
    ],
    [
      "without its tables",
      (file: string) => {
        const { DatabaseSync: Database } = process.getBuiltinModule("node:sqlite");
        const db = new Database(file);
        db.exec("DROP TABLE bodies");
        db.close();
      },
    ],
  ])("a file that is %s is reported when asked, set aside by a run, and a new one begun (S3)", (_, spoil) => {
    const folder = filled();
    spoil(join(folder, "cache.db"));
    const spoilt = readFileSync(join(folder, "cache.db"));
    const asking = open(folder);
    expect(() => asking.stats()).toThrow(/^CACHE_DAMAGED .*cache\.db: /);
    asking.close();
    expect(readFileSync(join(folder, "cache.db"))).toEqual(spoilt);
    const cache = open(folder);
    expect(cache.get(KEY, "A@1")).toBeNull();
    cache.put(KEY, completed("new"));
    cache.close();
    expect(readFileSync(join(folder, "cache.db.aside"))).toEqual(spoilt);
    const after = open(folder);
    expect(after.get(KEY, "A@1")!.output).toBe("new");
    after.close();
  });

  test("is removed by clearing it, with what was set aside", () => {
    const folder = filled();
    writeFileSync(join(folder, "cache.db"), "no database at all, but long enough to be read as one");
    const cache = open(folder);
    expect(cache.clear()).toEqual({ entries: 0, bytes: 0 });
    cache.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("with a bit flipped somewhere never gives a wrong outcome and never throws (S1, S2)", () => {
    const folder = filled();
    const file = join(folder, "cache.db");
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 397) {
      const bytes = Buffer.from(whole);
      bytes[at] = bytes[at]! ^ (1 << (at % 8));
      for (const name of readdirSync(folder)) if (name !== "cache.db") writeFileSync(join(folder, name), "");
      writeFileSync(file, bytes);
      const cache = open(folder);
      const found = cache.get(KEY, "A@1");
      if (found !== null) expect(found).toEqual(completed("kept"));
      cache.put(OTHER, completed("new"));
      cache.close();
    }
  });
});

test("a folder that cannot be written costs the cache, not the run (S1)", () => {
  const folder = join(temporaryFolder(), "state");
  writeFileSync(folder, "a file where a folder should be");
  const cache = open(folder);
  expect(cache.get(KEY, "A@1")).toBeNull();
  cache.put(KEY, completed());
  cache.close();
  expect(existsSync(join(folder, "cache.db"))).toBe(false);
});
