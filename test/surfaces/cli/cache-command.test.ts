import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cli, faultsOf, filesIn, folderWith, spawned } from "./cli-harness.ts";

type Result = {
  readonly runId: string;
  readonly output: string;
  readonly artifacts: unknown;
  readonly results: readonly { readonly path: string; readonly cached: boolean }[];
};

const PROGRAM = "ABYSSAL[TEST]('search service')";

async function execute(folder: string, ...flags: readonly string[]): Promise<Result> {
  const { code, stdout } = await cli(folder, ["execute", PROGRAM, "--output", "json", "--quiet", ...flags]);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Result;
}

const cachedIn = ({ results }: Result): readonly boolean[] => results.map(({ cached }) => cached);

describe("the same command again", () => {
  test("is answered from the cache by another process, byte for byte, and says so for every agent", async () => {
    const folder = folderWith();
    const run = ["execute", PROGRAM, "--output", "json"];
    const first = JSON.parse((await spawned(folder, run).ended).stdout) as Result;
    const again = await spawned(folder, run).ended;
    const second = JSON.parse(again.stdout) as Result;
    expect(cachedIn(first)).toEqual([false, false]);
    expect(cachedIn(second)).toEqual([true, true]);
    expect([second.output, second.artifacts]).toEqual([first.output, first.artifacts]);
    expect(again.stderr).toMatch(/^succeeded test\/plan .*, from the cache$/m);
    expect(again.stderr).toMatch(/^status +succeeded, 2 agents \(2 from the cache\), /m);
  });

  test("may be given by several processes at once, which share one cache", async () => {
    const folder = folderWith();
    const run = ["execute", PROGRAM, "--output", "json"];
    const all = await Promise.all([1, 2, 3].map(() => spawned(folder, run).ended));
    const answers = all.map(({ stdout }) => JSON.parse(stdout) as Result);
    expect(new Set(answers.map(({ output }) => output)).size).toBe(1);
    expect(cachedIn(await execute(folder))).toEqual([true, true]);
    const stats = JSON.parse((await cli(folder, ["cache", "stats", "--output", "json"])).stdout);
    expect(stats.entries).toBe(2);
    // What one of them could not write for the others' locks is lost, and nothing is counted twice.
    expect(stats.hits + stats.misses).toBeLessThanOrEqual(8);
    expect(filesIn(folder)).not.toContain(".abyssal/cache.db.aside");
  });

  test("is replayed and shown faithfully after the cache was cleared", async () => {
    const folder = folderWith();
    await execute(folder);
    const { runId, output } = await execute(folder);
    expect((await cli(folder, ["cache", "clear"])).code).toBe(0);
    const replay = await cli(folder, ["replay", runId, "--output", "json"]);
    expect([replay.code, JSON.parse(replay.stdout)]).toMatchObject([0, { faithful: true }]);
    const status = await cli(folder, ["status", runId, "--output", "json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({
      result: { output, results: [{ cached: true }, { cached: true }] },
    });
  });

  test("is done anew with --no-cache, and not even looked up when the cache is turned off", async () => {
    const folder = folderWith();
    await execute(folder);
    expect(cachedIn(await execute(folder, "--no-cache"))).toEqual([false, false]);
    const off = await cli(folder, ["execute", PROGRAM, "--output", "json"], {
      env: { ABYSSAL_CACHE_ENABLED: "false" },
    });
    expect(cachedIn(JSON.parse(off.stdout) as Result)).toEqual([false, false]);
    const { stdout } = await cli(folder, ["cache", "stats", "--output", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ entries: 2, hits: 0, misses: 2 });
    expect(cachedIn(await execute(folder))).toEqual([true, true]);
  });

  test("runs as if there were no cache when the file is damaged", async () => {
    const folder = folderWith();
    const first = await execute(folder);
    writeFileSync(join(folder, ".abyssal/cache.db"), "no database at all, but long enough to be read as one");
    const second = await execute(folder);
    expect([cachedIn(second), second.output]).toEqual([[false, false], first.output]);
    expect(filesIn(folder)).toContain(".abyssal/cache.db.aside");
    expect(cachedIn(await execute(folder))).toEqual([true, true]);
  });
});

describe("abyssal cache", () => {
  test("stats makes nothing, and shows hits and misses by template", async () => {
    const folder = folderWith();
    const none = await cli(folder, ["cache", "stats"]);
    expect([none.code, none.stdout]).toEqual([0, "kept  0 results, 0 KB of 256 MB\nhits  not asked yet\n"]);
    expect(filesIn(folder)).toEqual([]);
    await execute(folder);
    await execute(folder);
    const { stdout } = await cli(folder, ["cache", "stats"]);
    expect(stdout).toMatch(/^kept +2 results, \d+ KB of 256 MB\nhits +50\.0% of 4 questions\n\n/);
    expect(stdout).toMatch(/^TEMPLATE +HITS +MISSES\nTEST@1\.0\.0 +2 +2$/m);
    const json = await cli(folder, ["cache", "stats", "--output", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      enabled: true,
      entries: 2,
      maxBytes: 256 * 1024 * 1024,
      hits: 2,
      misses: 2,
      hitRate: 0.5,
      templates: [{ template: "TEST@1.0.0", hits: 2, misses: 2 }],
    });
  });

  test("clear forgets all of it", async () => {
    const folder = folderWith();
    await execute(folder);
    expect((await cli(folder, ["cache", "clear"])).stdout).toMatch(/^forgot 2 results, \d+ KB\n$/);
    expect(cachedIn(await execute(folder))).toEqual([false, false]);
  });

  test("keeps to the size that is configured", async () => {
    const folder = folderWith({ "abyssal.config.yaml": "cache: { max_size: 64KB }\n" });
    for (const subject of ["a", "b", "c", "d", "e", "f"])
      await cli(folder, ["execute", `ABYSSAL[CODE]('${subject} service')`, "--quiet"]);
    const stats = JSON.parse((await cli(folder, ["cache", "stats", "--output", "json"])).stdout);
    expect(stats).toMatchObject({ maxBytes: 64 * 1024 });
    expect(stats.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(stats.evictions).toBeGreaterThan(0);
    expect(readFileSync(join(folder, ".abyssal/cache.db")).length).toBeLessThan(256 * 1024);
  });

  test("says what is wrong with a damaged file, which doctor warns of, and clear removes it", async () => {
    const folder = folderWith({
      ".abyssal/cache.db": "no database at all, but long enough to be read as one by SQLite",
    });
    const stats = await cli(folder, ["cache", "stats", "--output", "json"]);
    expect([stats.code, faultsOf(stats)[0]!.code]).toEqual([2, "CACHE_DAMAGED"]);
    const doctor = await cli(folder, ["doctor"]);
    expect([doctor.code, doctor.stdout]).toEqual([
      0,
      expect.stringMatching(/^WARN {2}cache +CACHE_DAMAGED /m),
    ]);
    expect((await cli(folder, ["cache", "clear"])).stdout).toBe("forgot 0 results, 0 KB\n");
    expect(filesIn(folder)).toEqual([]);
  });
});
