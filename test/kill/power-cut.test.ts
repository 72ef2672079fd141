import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { buildShim, mixed, PowerDisk } from "./power-cut.ts";

const lucky = (): boolean => true;
const unlucky = (): boolean => false;

/** A disk with one durable file, after which nothing was synced: the shim, which would note it, is away. */
function diskWithUnsyncedChanges(): PowerDisk {
  const disk = new PowerDisk(temporaryFolder(), "");
  mkdirSync(join(disk.folder, "old"));
  writeFileSync(join(disk.folder, "old", "kept"), "before");
  disk.settle();
  writeFileSync(join(disk.folder, "old", "kept"), "after");
  writeFileSync(join(disk.folder, "made"), "new");
  mkdirSync(join(disk.folder, "folder"));
  writeFileSync(join(disk.folder, "folder", "inner"), "new");
  return disk;
}

describe("a disk that loses power", () => {
  test("P1 holds what was synced, and nothing of what was not", () => {
    const disk = diskWithUnsyncedChanges();
    disk.cut(null);
    expect(readdirSync(disk.folder, { recursive: true }).sort()).toEqual(["old", "old/kept"]);
    expect(readFileSync(join(disk.folder, "old", "kept"), "utf8")).toBe("before");
  });

  test("P1 with luck it holds what was not synced as well", () => {
    const disk = diskWithUnsyncedChanges();
    disk.cut(lucky);
    expect(readdirSync(disk.folder, { recursive: true }).sort()).toEqual([
      "folder",
      "folder/inner",
      "made",
      "old",
      "old/kept",
    ]);
    expect(readFileSync(join(disk.folder, "old", "kept"), "utf8")).toBe("after");
  });

  test("what it holds after a cut is durable at the next one", () => {
    const disk = diskWithUnsyncedChanges();
    disk.cut(lucky);
    writeFileSync(join(disk.folder, "made"), "newer");
    disk.cut(null);
    expect(readFileSync(join(disk.folder, "made"), "utf8")).toBe("new");
  });

  test("a file is torn by sectors, never within one", () => {
    const before = Buffer.alloc(2_048, "b");
    const after = Buffer.alloc(3_000, "a");
    let turn = 0;
    const torn = mixed(before, after, () => turn++ % 2 === 0).toString();
    // What is new in length and was not saved are zeros.
    const sectors = ["b", "a", "b", "a", "\0"].map((byte) => byte.repeat(512));
    expect(torn).toBe(`${sectors.join("")}${"a".repeat(440)}`);
    expect(mixed(before, after, unlucky).equals(before)).toBe(true);
    expect(mixed(before, after, lucky).equals(after)).toBe(true);
  });
});

test("without a C compiler the power test says what to install", () => {
  expect(() => buildShim(temporaryFolder(), "no-such-compiler")).toThrow(/install one|on Linux only/);
});
