import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../../src/shared/make-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("a folder", () => {
  test("is made with all that are above it, once or again", () => {
    const folder = join(temporaryFolder(), "a", "b", "c");
    makeFolder(folder);
    makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test("is not made in place of a file, nor below one", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "kept");
    expect(() => makeFolder(file)).toThrow("EEXIST");
    expect(() => makeFolder(join(file, "a", "b"))).toThrow("ENOTDIR");
  });

  test("where the file system takes none, is refused: it is not asked again for ever", () => {
    // What has no `/proc` has no such file system; there the name itself is free, and must stay so.
    const folder = existsSync("/proc/self") ? "/proc/abyssal/a/b" : join(temporaryFolder(), "\0");
    expect(() => makeFolder(folder)).toThrow();
  });
});
