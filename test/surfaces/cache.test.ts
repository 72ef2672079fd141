import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Abyssal, type AbyssalOptions, createAbyssal, type RunResult } from "../../src/index.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { WORKLOAD } from "../support/workload.ts";

const NOON_MS = Date.UTC(2026, 0, 14, 12);

/** A clock that is always the same noon, moved on by whole spans; alarms ring as they should. */
const noon = (laterMs = 0): Clock => ({
  nowMs: () => NOON_MS + laterMs,
  at: (atMs, wake) => systemClock.at(systemClock.nowMs() + atMs - NOON_MS - laterMs, wake),
  nextTurn: (wake) => systemClock.nextTurn(wake),
});

async function open(options: AbyssalOptions): Promise<Abyssal> {
  const abyssal = await createAbyssal({ env: {}, clock: noon(), ...options });
  onTestFinished(() => abyssal.close());
  return abyssal;
}

/** What a run answers, byte for byte. */
const answerOf = ({
  status,
  output,
  data,
  artifacts,
  confidence,
  quality,
  parts,
  conflicts,
}: RunResult): string =>
  JSON.stringify({ status, output, data, artifacts, confidence, quality, parts, conflicts });

async function pass(
  abyssal: Abyssal,
): Promise<{ readonly answers: readonly string[]; readonly results: RunResult[] }> {
  const results: RunResult[] = [];
  for (const command of WORKLOAD) results.push(await abyssal.execute(command));
  return { answers: results.map(answerOf), results };
}

/** What CHAIN computes of its agents' results takes less time than to look it up. */
const SUMS = /(chain[^/]*|review)\/(actions|plan|projection)$/;

describe.each([
  ["in memory", false],
  ["on the disk, by another process", true],
])("a workload of twenty commands that is repeated %s", (_, durable) => {
  test("is answered byte for byte from the cache, above 95% of it", async () => {
    const workingFolder = temporaryFolder();
    const first = await open({ workingFolder, durable });
    const before = await pass(first);
    const misses = first.cacheStats().misses;
    expect(misses).toBeGreaterThan(60);
    if (durable) first.close();
    const second = durable ? await open({ workingFolder, durable }) : first;
    const known = second.cacheStats();
    const after = await pass(second);
    expect(after.answers).toEqual(before.answers);
    const { hits, misses: all } = second.cacheStats();
    const asked = hits - known.hits + all - known.misses;
    expect((hits - known.hits) / asked).toBeGreaterThan(0.95);
    const again = after.results.flatMap(({ results }) =>
      results.filter(({ cached, status }) => !cached && status !== "skipped"),
    );
    expect(again.filter(({ path }) => !SUMS.test(path))).toEqual([]);
    expect(after.results.every(({ usage }) => usage.calls === 0)).toBe(true);
  });
});

describe("drafts", () => {
  test("are as the performer makes them, whether from the cache or not", async () => {
    const cached = await open({ workingFolder: temporaryFolder() });
    const plain = await open({ workingFolder: temporaryFolder(), config: { cache: { enabled: false } } });
    for (const command of WORKLOAD) await cached.execute(command);
    for (const command of WORKLOAD)
      expect(answerOf(await cached.execute(command))).toBe(answerOf(await plain.execute(command)));
    expect(plain.cacheStats()).toMatchObject({ entries: 0, hits: 0, misses: 0, maxBytes: 0 });
  });

  test("are found again wherever in a program the same command stands", async () => {
    const cached = await open({ workingFolder: temporaryFolder() });
    const plain = await open({ workingFolder: temporaryFolder(), config: { cache: { enabled: false } } });
    await cached.execute("ABYSSAL[CODE]('cache')");
    const program = "ABYSSAL[CODE]('queue'); ABYSSAL[CODE]('cache')";
    const run = await cached.execute(program);
    const below = (path: string): readonly boolean[] =>
      run.results.filter((result) => result.path.startsWith(path)).map((result) => result.cached);
    expect([new Set(below("code/")), new Set(below("code.1/"))]).toEqual([new Set([false]), new Set([true])]);
    expect(answerOf(run)).toBe(answerOf(await plain.execute(program)));
  });

  test("of another day are made anew, since they print dates", async () => {
    const workingFolder = temporaryFolder();
    const today = await open({ workingFolder, durable: true });
    const before = await today.execute("ABYSSAL[ROADMAP]('search')");
    today.close();
    const tonight = await open({ workingFolder, durable: true, clock: noon(11 * 3_600_000) });
    const later = await tonight.execute("ABYSSAL[ROADMAP]('search')");
    tonight.close();
    const tomorrow = await open({ workingFolder, durable: true, clock: noon(13 * 3_600_000) });
    const next = await tomorrow.execute("ABYSSAL[ROADMAP]('search')");
    expect(later.results.every(({ cached }) => cached)).toBe(true);
    expect(next.results.some(({ cached }) => cached)).toBe(false);
    expect([before.output === later.output, before.output === next.output]).toEqual([true, false]);
  });
});

const COMMANDS = `
name: ECHO
version: 1.0.0
description: Print the time
category: test
parameters: { text: { type: string, position: 1 }, label: { type: string, default: a } }
steps:
  sure: { run: { performer: command, command: "${process.execPath}", args: [-e, "console.log(process.hrtime.bigint() + process.argv[1])"], operands: ["{{ text }}"] }, cache: true }
  unsure: { run: { performer: command, command: "${process.execPath}", args: [-e, "console.log(process.hrtime.bigint())"] } }
`;

test("a command is run once where its step says so and its options are the same, else every time", async () => {
  const abyssal = await open({ workingFolder: temporaryFolder(), templates: [COMMANDS] });
  const cachedOf = async (program: string): Promise<readonly boolean[]> =>
    (await abyssal.execute(program)).results.map(({ cached }) => cached);
  expect(await cachedOf("ABYSSAL[ECHO]('one')")).toEqual([false, false]);
  expect(await cachedOf("ABYSSAL[ECHO]('one')")).toEqual([true, false]);
  expect(await cachedOf("ABYSSAL[ECHO]('two')")).toEqual([false, false]);
  expect(await cachedOf("ABYSSAL[ECHO]('one', label='b')")).toEqual([true, false]);
});

test("agents on the same work keep their own results", async () => {
  const abyssal = await open({ workingFolder: temporaryFolder() });
  const program = "ABYSSAL[CODE]('task scheduler', complexity='complex')";
  const first = await abyssal.execute(program);
  expect(first.results.filter(({ path }) => path.startsWith("code/generate.")).length).toBeGreaterThan(1);
  expect(first.results.some(({ cached }) => cached)).toBe(false);
});

const kind = (system: string): string => `
name: worker
description: Works
capabilities: []
system: ${system}
performers: [draft]
`;
const WORKED = (prompt: string): string => `
name: WORKED
version: 1.0.0
description: One agent
category: test
parameters: { subject: { type: string, position: 1 } }
steps: { only: { agent: worker, prompt: "${prompt}" } }
`;

test("a template, or a kind of agent, that was changed without a new version is not answered from the old one", async () => {
  const { mkdirSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const workingFolder = temporaryFolder();
  mkdirSync(join(workingFolder, "templates/agents"), { recursive: true });
  const run = async (prompt: string, system: string): Promise<boolean> => {
    writeFileSync(join(workingFolder, "templates/worked.yaml"), WORKED(prompt));
    writeFileSync(join(workingFolder, "templates/agents/worker.yaml"), kind(system));
    const abyssal = await open({ workingFolder, durable: true });
    const { results } = await abyssal.execute("ABYSSAL[WORKED]('x')");
    abyssal.close();
    return results[0]!.cached;
  };
  expect(await run("Do {{ subject }}.", "Be brief.")).toBe(false);
  expect(await run("Do {{ subject }}.", "Be brief.")).toBe(true);
  expect(await run("Do {{ subject }}.", "Be long.")).toBe(false);
  expect(await run("Do it: {{ subject }}.", "Be long.")).toBe(false);
});

test("the cache of a runtime is asked about, passed by and cleared", async () => {
  const abyssal = await open({ workingFolder: temporaryFolder() });
  await abyssal.execute("ABYSSAL[TEST]('x')");
  const fresh = await abyssal.execute("ABYSSAL[TEST]('x')", { cache: false });
  expect(fresh.results.some(({ cached }) => cached)).toBe(false);
  const { entries, bytes } = abyssal.cacheStats();
  expect(abyssal.cacheStats()).toMatchObject({ hits: 0, misses: 2, templates: [{ template: "TEST@1.0.0" }] });
  expect(abyssal.clearCache()).toEqual({ entries, bytes });
  const after = await abyssal.execute("ABYSSAL[TEST]('x')");
  expect(after.results.some(({ cached }) => cached)).toBe(false);
});
