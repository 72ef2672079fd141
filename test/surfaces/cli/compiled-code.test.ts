import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder } from "../../../src/surfaces/cli/compiled-code.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { MAIN } from "./cli-harness.ts";

/** A command in a process of its own, where caches stand in `cache`; gives how many files were kept below `abyssal/compiled`. */
function keptBy(cache: string, env: Readonly<Record<string, string>> = {}): number {
  const { status, stderr, stdout } = spawnSync(process.execPath, [MAIN, "--version"], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: cache, ...env },
    encoding: "utf8",
    timeout: 20_000,
  });
  expect([status, stderr, stdout]).toEqual([0, "", expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  try {
    return readdirSync(join(cache, "abyssal/compiled"), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    ).length;
  } catch {
    return 0;
  }
}

test("what was compiled is kept for the next process, in the user's cache, and once", () => {
  const cache = temporaryFolder();
  const kept = keptBy(cache);
  expect(kept).toBeGreaterThan(3);
  expect(keptBy(cache)).toBe(kept);
});

test("nothing is kept in, or taken from, a folder that others may write to", () => {
  const cache = temporaryFolder();
  mkdirSync(join(cache, "abyssal/compiled"), { recursive: true });
  chmodSync(join(cache, "abyssal/compiled"), 0o777);
  expect(keptBy(cache)).toBe(0);
});

test("a cache that cannot be made fails no command", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(keptBy(file)).toBe(0);
});

// Node's own way of making folders never returns there.
test.runIf(existsSync("/proc/self"))("a home in a file system that takes no folders hangs no command", () => {
  expect(keptBy("/proc/nowhere")).toBe(0);
});

test("Node's own switch turns it off", () => {
  expect(keptBy(temporaryFolder(), { NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(0);
});

test("caches stand where the system has them, and a relative place is none", () => {
  expect(cacheFolder({ XDG_CACHE_HOME: "/c" }, "linux")).toBe("/c");
  expect(cacheFolder({ XDG_CACHE_HOME: "c" }, "linux")).toMatch(/\/\.cache$/);
  expect(cacheFolder({}, "darwin")).toMatch(/\/Library\/Caches$/);
});
