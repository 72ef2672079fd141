import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { Checkpoints, WAL_PAGES_MAX } from "../../src/shared/checkpoints.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PAGE_BYTES = 4_096;

/** A database whose writer leaves its log to the thread; it never waits for the disk, which is not what is tested. */
function database() {
  const file = join(temporaryFolder(), "test.db");
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = ${WAL_PAGES_MAX};
    CREATE TABLE t(body BLOB)`);
  const insert = db.prepare("INSERT INTO t VALUES (zeroblob(?))");
  onTestFinished(() => db.close());
  const sizes = () => ({ file: statSync(file).size, log: statSync(`${file}-wal`).size });
  return { file, sizes, write: (pages: number) => void insert.run(pages * PAGE_BYTES) };
}

describe("the log of a database that many commits are made to", () => {
  test("is brought into the file by the thread, and by nobody before there were so many", () => {
    const { file, sizes, write } = database();
    const checkpoints = new Checkpoints(file);
    for (let commit = 0; commit < 99; commit++) {
      write(1);
      checkpoints.committed();
    }
    const before = sizes();
    write(1);
    checkpoints.committed();
    checkpoints.close();
    const after = sizes();
    expect(before.file).toBeLessThan(50 * PAGE_BYTES);
    expect(after.file).toBeGreaterThan(100 * PAGE_BYTES);
  });

  test("is begun anew once it is long, though its writer never stops", () => {
    const { file, sizes, write } = database();
    const checkpoints = new Checkpoints(file);
    for (let commit = 0; commit < 100; commit++) {
      write(200);
      checkpoints.committed();
    }
    checkpoints.close();
    const { log } = sizes();
    expect(log).toBeGreaterThan(16_000 * PAGE_BYTES);
    for (let commit = 0; commit < 50; commit++) write(50);
    expect(sizes().log).toBe(log);
  });

  test("keeps nobody from writing when the thread cannot do it", () => {
    const { write } = database();
    const checkpoints = new Checkpoints(join(temporaryFolder(), "no folder", "test.db"));
    for (let commit = 0; commit < 100; commit++) {
      write(1);
      checkpoints.committed();
    }
    checkpoints.close();
    expect(() => write(1)).not.toThrow();
  });
});
