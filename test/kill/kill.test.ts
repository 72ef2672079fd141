import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { crashRun } from "./crash-run.ts";

const KILL = fileURLToPath(new URL("./kill.ts", import.meta.url));
const FLIPS = fileURLToPath(new URL("./flips.ts", import.meta.url));

const NONE = { lost: 0, rerun: 0, early: 0, beyond: 0, refused: 0, unfinished: 0 };

test("a process that is killed at a commit loses no result, and its run does no recorded work again", () => {
  const tally = JSON.parse(
    execFileSync(process.execPath, [KILL, "--runs", "2"], {
      encoding: "utf8",
      // `npm run test:kill` starts a program for each of 200 agents; here they work in the process that is killed.
      env: { ...process.env, KILL_WORK: "append" },
    }),
  ) as object;
  expect(tally).toMatchObject({ ...NONE, runs: 2, crashes: 4, stops: 0 });
}, 60_000);

test("a disk that takes no more stops the process with JOURNAL_WRITE_FAILED; nothing acknowledged is lost, and the run is resumed", async () => {
  const folder = temporaryFolder();
  const world = join(folder, "world");
  mkdirSync(world);
  const tally = await crashRun({
    state: join(folder, "state"),
    world,
    // In blocks of 512 bytes: enough for the acceptance and some facts.
    deaths: [{ KILL_WORK: "append", KILL_FILE_BLOCKS: "1000" }],
    rest: { KILL_WORK: "append" },
  });
  const refused = JSON.parse(readFileSync(join(world, "refused.json"), "utf8")) as object;
  expect(refused).toMatchObject({ code: "JOURNAL_WRITE_FAILED", place: join(folder, "state", "journal.db") });
  expect(tally).toMatchObject({ ...NONE, crashes: 0, stops: 1 });
}, 60_000);

test("the script that flips bits finds no flip that goes unnoticed", () => {
  const text = execFileSync(process.execPath, [FLIPS, "--flips", "40", "--seed", "7"], { encoding: "utf8" });
  expect(JSON.parse(text)).toMatchObject({ flips: 40, missed: 0 });
}, 60_000);
