import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BatchResult } from "../../../src/surfaces/batch.ts";
import { cli, faultsOf, filesIn, folderWith, scriptTemplate, spawned } from "./cli-harness.ts";

const note = (name: string): string => `require('node:fs').appendFileSync('effects', '${name}\\n');`;
const QUICK = scriptTemplate("QUICK", { only: `${note("quick")} console.log('quick')` });
const BAD = scriptTemplate("BAD", { only: "console.error('no luck'); process.exit(4)" });
const ASKS = scriptTemplate("ASKS", { late: `${note("late")} console.log('late')` }).replace(
  "late: {",
  "late: { approve: true,",
);
const COMMANDS = ["ABYSSAL[QUICK]()", "ABYSSAL[ASKS]()", "ABYSSAL[BAD]()"];

/** A folder with a batch of which one command is done, one waits for a person and one has failed. */
async function suspendedBatch() {
  const folder = folderWith({
    "templates/quick.yaml": QUICK,
    "templates/asks.yaml": ASKS,
    "templates/bad.yaml": BAD,
    "jobs.json": JSON.stringify(COMMANDS),
  });
  const { code, stdout } = await spawned(folder, ["batch", "execute", "jobs.json", "--output", "json"]).ended;
  expect(code).toBe(6);
  return { folder, runId: (JSON.parse(stdout) as { runId: string }).runId };
}

const effects = (folder: string): readonly string[] =>
  readFileSync(join(folder, "effects"), "utf8").trimEnd().split("\n");

describe("a batch", () => {
  test("that fails in part says how each command ended and why, and exits 4", async () => {
    const files = {
      "templates/quick.yaml": QUICK,
      "templates/bad.yaml": BAD,
      "jobs.json": JSON.stringify([COMMANDS[0], COMMANDS[2]]),
    };
    const run = await cli(folderWith(files), ["batch", "execute", "jobs.json"]);
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/^batch +2 commands: 1 succeeded, 0 partial, 1 failed$/m);
    expect(run.stderr).toMatch(/^ +1\. succeeded {2}ABYSSAL\[QUICK\]\(\)$/m);
    expect(run.stderr).toMatch(/^ +2\. failed {5}ABYSSAL\[BAD\]\(\) {2}COMMAND_EXIT bad\/only: /m);
  });

  test("is gone on with by its file, and gives its summary by command again", async () => {
    const { folder, runId } = await suspendedBatch();
    const waiting = await spawned(folder, ["batch", "execute", "./jobs.json", "--resume"]).ended;
    expect(waiting.code).toBe(6);
    expect(waiting.stderr).toContain(`abyssal approve ${runId} asks/late --yes`);
    const { code, stdout } = await cli(folder, ["approve", runId, "asks/late", "--yes", "--output", "json"]);
    expect(code).toBe(4);
    const result = JSON.parse(stdout) as BatchResult;
    expect(result.items.map(({ command, status }) => [command, status])).toEqual([
      ["ABYSSAL[QUICK]()", "succeeded"],
      ["ABYSSAL[ASKS]()", "succeeded"],
      ["ABYSSAL[BAD]()", "failed"],
    ]);
    expect(result.items[2]!.reasons).toMatchObject([{ path: "bad/only", code: "COMMAND_EXIT" }]);
    expect(effects(folder)).toEqual(["quick", "late"]);
    const over = await cli(folder, ["batch", "execute", "jobs.json", "--resume", "--output", "json"]);
    expect([over.code, faultsOf(over)[0]!.code]).toEqual([2, "BATCH_UNKNOWN"]);
  });

  test("answers as a batch when it is resumed like any run", async () => {
    const { folder, runId } = await suspendedBatch();
    expect((await spawned(folder, ["resume", "--output", "json"]).ended).code).toBe(6);
    const { stdout } = await cli(folder, ["approve", runId, "asks/late", "--no", "--output", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "partial",
      summary: { total: 3, succeeded: 1, partial: 0, failed: 2 },
    });
  });

  test("keeps its recorded commands when its file has changed, and says so", async () => {
    const { folder, runId } = await suspendedBatch();
    writeFileSync(join(folder, "jobs.json"), '["ABYSSAL[QUICK]()"]');
    const waiting = await spawned(folder, ["batch", "execute", "jobs.json", "--resume", runId]).ended;
    expect(waiting.code).toBe(6);
    expect(waiting.stderr).toContain("warning BATCH_CHANGED: ");
    expect(effects(folder)).toEqual(["quick"]);
  });

  test("is not made of a run that was none, nor of another file's", async () => {
    const { folder } = await suspendedBatch();
    writeFileSync(join(folder, "other.json"), '["ABYSSAL[QUICK]()"]');
    const other = await cli(folder, ["batch", "execute", "other.json", "--resume", "--output", "json"]);
    expect([other.code, faultsOf(other)[0]!.code]).toEqual([2, "BATCH_UNKNOWN"]);
    const empty = folderWith({ "jobs.json": "[]" });
    const none = await cli(empty, ["batch", "execute", "jobs.json", "--resume", "--output", "json"]);
    expect([none.code, faultsOf(none)[0]!.code]).toEqual([2, "BATCH_UNKNOWN"]);
    expect(filesIn(empty)).toEqual(["jobs.json"]);
    const { stdout } = await cli(folder, ["execute", "ABYSSAL[QUICK]()", "--output", "json"]);
    const { runId } = JSON.parse(stdout) as { runId: string };
    const plain = await cli(folder, ["batch", "execute", "jobs.json", "--resume", runId, "--output", "json"]);
    expect([plain.code, faultsOf(plain)[0]!.code]).toEqual([2, "BATCH_UNKNOWN"]);
  });
});
