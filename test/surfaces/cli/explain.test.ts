import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createAbyssal, type RunExplanation } from "../../../src/index.ts";
import { appears, cli, faultsOf, filesIn, folderWith, scriptTemplate, spawned } from "./cli-harness.ts";

/** `design` is done, `build` fails twice, `ship` needs it, `notes` is left out. */
const BROKEN = scriptTemplate("BROKEN", {
  design: "console.log('ok')",
  build: "console.error('no luck'); process.exit(3)",
  ship: "1",
  notes: "1",
})
  .replace("retry: { attempts: 1", "retry: { attempts: 2")
  .replace("build: {", "build: { needs: [design],")
  .replace("ship: {", "ship: { needs: [build],")
  .replace("notes: {", `notes: { needs: [design], when: "steps.design.output == 'no'",`);

const SLOW = scriptTemplate("SLOW", {
  first: "console.log('one')",
  second:
    "const { existsSync, writeFileSync } = require('node:fs'); writeFileSync('pid', String(process.pid)); setInterval(() => existsSync('go') && process.exit(), 20)",
  third: "1",
})
  .replace("second: {", "second: { needs: [first],")
  .replace("third: {", "third: { needs: [second],");

const runIdIn = async (folder: string): Promise<string> =>
  (JSON.parse((await cli(folder, ["runs", "--output", "json"])).stdout) as { runId: string }[])[0]!.runId;

async function brokenRun(): Promise<{ readonly folder: string; readonly runId: string }> {
  const folder = folderWith({ "templates/broken.yaml": BROKEN });
  expect((await cli(folder, ["execute", "ABYSSAL[BROKEN]()", "--quiet"])).code).toBe(4);
  return { folder, runId: await runIdIn(folder) };
}

describe("abyssal explain, of a run that has ended", () => {
  test("says what failed, what could not start because of it, and where the time went", async () => {
    const { folder, runId } = await brokenRun();
    const { code, stdout, stderr } = await cli(folder, ["explain", runId]);
    expect([code, stderr]).toEqual([0, ""]);
    expect((await cli(folder, ["status"])).stdout).toMatch(
      new RegExp(`^why +abyssal explain ${runId}$`, "m"),
    );
    expect(stdout).toMatch(new RegExp(`^${runId} {2}partial\n`));
    expect(stdout).toMatch(/^agents +1 succeeded, 1 failed, 2 skipped$/m);
    expect(stdout).toMatch(
      /^Because\n {2}broken\/build failed: COMMAND_EXIT: .* ended with exit code 3 \(\+.*, #5\); 1 agent could not start because of it$/m,
    );
    expect(stdout).toMatch(/ broken\/build {3}work +when what it needed had settled$/m);
    expect(stdout).toMatch(/ broken\/build {3}attempt 2 +when it might be tried again$/m);
  });

  test("of one agent tells each need, wait, attempt and outcome with its record", async () => {
    const { folder, runId } = await brokenRun();
    const words = (text: string): string =>
      text
        .replace(/\+?[\d.]+ m?s/g, "T")
        .replace(/`[^`]+`/g, "it")
        .replace(/ +/g, " ");
    expect(words((await cli(folder, ["explain", runId, "broken/build"])).stdout)).toContain(
      [
        "broken/build tester, failed",
        " T #2 broken/design succeeded",
        " T #2 ready: all that it needs has settled",
        " T #2 attempt 1 failed after T: COMMAND_EXIT: it ended with exit code 3",
        " T #3 waits T before the next attempt",
        " T #4 ready: its wait is over",
        " T #4 attempt 2 failed after T: COMMAND_EXIT: it ended with exit code 3",
        " T #5 failed: COMMAND_EXIT: it ended with exit code 3",
      ].join("\n"),
    );
    const ship = (await cli(folder, ["explain", runId, "broken/ship"])).stdout;
    expect(ship).toContain("broken/ship  tester, skipped\n");
    expect(ship).toMatch(/^Because\n {2}broken\/build failed: COMMAND_EXIT/m);
    const notes = (await cli(folder, ["explain", runId, "broken/notes"])).stdout;
    expect(notes).toContain("skipped: its condition is false: steps.design.output == 'no'");
    const group = (await cli(folder, ["explain", runId, "broken"])).stdout;
    expect(group).toContain("broken  chain of BROKEN@1.0.0, failed\n");
    expect(group).toMatch(/^ {2}decided by +broken\/build: failed/m);
  });

  test("is one document as JSON, the same that the library gives", async () => {
    const { folder, runId } = await brokenRun();
    const { stdout } = await cli(folder, ["explain", runId, "--output", "json"]);
    const document = JSON.parse(stdout) as RunExplanation;
    expect(document).toMatchObject({
      kind: "run",
      runId,
      status: "partial",
      causes: [{ path: "broken/build" }],
      affected: [1],
    });
    const abyssal = await createAbyssal({ workingFolder: folder, env: {}, durable: true });
    expect(abyssal.explain(runId)).toEqual(document);
    expect(abyssal.explain(runId, "broken/ship")).toMatchObject({ kind: "agent", state: "skipped" });
    expect(() => abyssal.explain(runId, "broken/buld")).toThrow('did you mean "broken/build"?');
    abyssal.close();
  });

  test("refuses a node that is not there, and a run that is not", async () => {
    const { folder, runId } = await brokenRun();
    const wrong = await cli(folder, ["explain", runId, "build", "--output", "json"]);
    expect(wrong.code).toBe(2);
    expect(faultsOf(wrong)).toMatchObject([
      { code: "RUN_NODE_UNKNOWN", got: '"build"', hint: 'did you mean "broken/build"?' },
    ]);
    const nowhere = folderWith();
    const unknown = await cli(nowhere, ["explain", "r_0000000000000000", "--output", "json"]);
    expect([unknown.code, faultsOf(unknown)[0]!.code, filesIn(nowhere)]).toEqual([2, "RUN_UNKNOWN", []]);
  });
});

test("abyssal explain leaves a run that another process drives as it is, and says what it waits for; cancelled, it says by whom", async () => {
  const folder = folderWith({ "templates/slow.yaml": SLOW });
  const started = appears(folder, "pid");
  const { ended } = spawned(folder, ["execute", "ABYSSAL[SLOW]()", "--quiet"]);
  await started;
  const runId = await runIdIn(folder);
  const { stdout } = await cli(folder, ["explain", runId, "slow/third"]);
  expect(stdout).toMatch(/^slow\/third {2}tester, waits for what it needs\n {2,}waits for slow\/second$/m);
  expect(stdout).toMatch(/^Waits for\n {2}slow\/second {2}at work, for /m);
  expect((await cli(folder, ["explain", runId])).stdout).toMatch(new RegExp(`^${runId} {2}running\n`));
  await cli(folder, ["cancel", runId, "--reason", "not needed"]);
  expect((await ended).code).toBe(1);
  writeFileSync(join(folder, "go"), "");
  const cancelled = (await cli(folder, ["explain", runId, "slow/third"])).stdout;
  expect(cancelled).toContain("cancelled: cancelled: not needed");
  expect((await cli(folder, ["explain", runId])).stdout).toMatch(/^stopped +cancelled: not needed \(/m);
});
