import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { Checkpoints, COMMITS_BETWEEN, checkpointed, WAL_PAGES_MAX } from "../../src/shared/checkpoints.ts";
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
  return { file, db, sizes, write: (pages: number) => void insert.run(pages * PAGE_BYTES) };
}

describe("the log of a database that many commits are made to", () => {
  test("is brought into the file by the thread, and by nobody before there were so many", () => {
    const { file, sizes, write } = database();
    const checkpoints = new Checkpoints(file, async () => {});
    for (let commit = 0; commit < COMMITS_BETWEEN - 1; commit++) {
      write(1);
      checkpoints.committed();
    }
    const before = sizes();
    write(1);
    checkpoints.committed();
    checkpoints.close();
    const after = sizes();
    expect(before.file).toBeLessThan(5 * PAGE_BYTES);
    expect(after.file).toBeGreaterThan(COMMITS_BETWEEN * PAGE_BYTES);
  });

  test("is begun anew once it is long, by its writer, though that never stops", async () => {
    const { file, db, sizes, write } = database();
    const asked = Promise.withResolvers<void>();
    const checkpoints = new Checkpoints(file, async () => {
      // What came while the thread was at it: only the writer knows that nothing comes after.
      write(200);
      checkpointed(db);
      asked.resolve();
    });
    for (let commit = 0; commit < 100; commit++) write(200);
    // The thread begins at the last of these, when all of it is there.
    for (let commit = 0; commit < COMMITS_BETWEEN; commit++) checkpoints.committed();
    await asked.promise;
    const { log } = sizes();
    expect(log).toBeGreaterThan(16_000 * PAGE_BYTES);
    for (let commit = 0; commit < 50; commit++) write(50);
    expect(sizes().log).toBe(log);
    checkpoints.close();
  });

  test("is no matter for its writer while it is short", () => {
    const { file, write } = database();
    let asked = 0;
    const checkpoints = new Checkpoints(file, async () => void asked++);
    for (let commit = 0; commit < 100; commit++) {
      write(10);
      checkpoints.committed();
    }
    checkpoints.close();
    expect(asked).toBe(0);
  });

  test("keeps nobody from writing when the thread cannot do it", () => {
    const { write } = database();
    const checkpoints = new Checkpoints(join(temporaryFolder(), "no folder", "test.db"), async () => {});
    for (let commit = 0; commit < 100; commit++) {
      write(1);
      checkpoints.committed();
    }
    checkpoints.close();
    expect(() => write(1)).not.toThrow();
  });
});
