import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const KILL = fileURLToPath(new URL("./kill.ts", import.meta.url));
const FLIPS = fileURLToPath(new URL("./flips.ts", import.meta.url));

test("a process that is killed at a commit loses no result, and its run does no recorded work again", () => {
  const tally = JSON.parse(
    execFileSync(process.execPath, [KILL, "--runs", "2"], { encoding: "utf8" }),
  ) as object;
  const none = { lost: 0, rerun: 0, early: 0, beyond: 0, refused: 0, unfinished: 0, stops: 0 };
  expect(tally).toMatchObject({ runs: 2, crashes: 4, ...none });
}, 60_000);

test("the script that flips bits finds no flip that goes unnoticed", () => {
  const text = execFileSync(process.execPath, [FLIPS, "--flips", "40", "--seed", "7"], { encoding: "utf8" });
  expect(JSON.parse(text)).toMatchObject({ flips: 40, missed: 0 });
}, 60_000);
