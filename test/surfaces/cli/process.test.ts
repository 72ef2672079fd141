import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../../src/plan/plan.ts";
import type { RunResult } from "../../../src/surfaces/run-result.ts";
import {
  appears,
  type CliRun,
  cli,
  filesIn,
  folderWith,
  isAlive,
  MAIN,
  scriptTemplate,
  spawned,
} from "./cli-harness.ts";

/** A step that says its process id in a file, then waits for ever. */
const LONG = scriptTemplate("LONG", {
  first: "console.log('first')",
  wait: "require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000)",
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s ends the run, its processes too, prints what was done by then, and exits %i",
  async (signal, exit) => {
    const folder = folderWith({ "templates/long.yaml": LONG });
    const started = appears(folder, "pid");
    const { child, ended } = spawned(folder, ["execute", "ABYSSAL[LONG]()", "--output", "json"]);
    await started;
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(exit);
    expect(isAlive(pid)).toBe(false);
    const result = JSON.parse(stdout) as RunResult;
    expect(result.status).toBe("cancelled");
    expect(result.reasons[0]).toMatchObject({ code: "RUN_CANCELLED", message: `interrupted by ${signal}` });
    expect(stderr).toContain("interrupted: stopping what is under way");
  },
);

test("a second SIGINT ends the process at once, and what it was running with it", async () => {
  const stubborn = LONG.replace("require('node:fs')", "process.on('SIGTERM', () => {}); require('node:fs')");
  const folder = folderWith({ "templates/long.yaml": stubborn });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[LONG]()", "--output", "json"]);
  await started;
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  child.kill("SIGINT");
  await new Promise<void>((resolve) => {
    let said = "";
    child.stderr!.on("data", (text: string) => {
      said += text;
      if (said.includes("once more ends at once")) resolve();
    });
  });
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  expect([code, stdout]).toEqual([130, ""]);
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test("a terminal that goes ends what a run has started, and leaves the run to resume", async () => {
  const folder = folderWith({ "templates/long.yaml": LONG });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[LONG]()"]);
  await started;
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  child.kill("SIGHUP");
  expect((await ended).code).toBe(129);
  await expect.poll(() => isAlive(pid)).toBe(false);
  expect((await cli(folder, ["status"])).stdout).toContain("interrupted");
});

/** A program of nearly 1 MiB, all of which its plan repeats. */
const LARGE = `${"# a long comment\n".repeat(60_000)}ABYSSAL[CODE]('x')`;

test("a program comes from standard input when it is piped, and a large document goes to a pipe whole", async () => {
  const { code, stdout } = await spawned(folderWith(), ["plan", "--output", "json"], { stdin: LARGE }).ended;
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Plan).program === LARGE).toBe(true);
});

test("a reader that goes away before the end is no crash", async () => {
  const { child, ended } = spawned(folderWith(), ["plan", "--output", "json"], { stdin: LARGE });
  child.stdout!.once("data", () => child.stdout!.destroy());
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([0, ""]);
});

test("a run whose events nobody reads any more is stopped at its next event", async () => {
  const gate = "setInterval(() => require('node:fs').existsSync('go') && process.exit(), 20)";
  const folder = folderWith({ "templates/long.yaml": LONG.replace("console.log('first')", gate) });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[LONG]()", "--output", "ndjson", "--quiet"]);
  await started;
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  child.stdout!.destroy();
  writeFileSync(join(folder, "go"), "");
  const { code } = await ended;
  expect(code).toBe(1);
  expect(isAlive(pid)).toBe(false);
});

test("bad input in a process of its own ends with exit code 2 and leaves the folder as it was", async () => {
  const folder = folderWith();
  const { code, stdout, stderr } = await spawned(folder, ["execute", "ABYSSAL[CODER]('x')"]).ended;
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("error TEMPLATE_UNKNOWN: ");
  expect(stderr).not.toContain("\u001b[");
  expect(filesIn(folder)).toEqual([]);
});

test.each(["18.20.0", "24.14.9"])(
  "Node %s is told what is needed, in one line, with exit code 2",
  async (version) => {
    const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" })`;
    const run = await new Promise<CliRun>((resolve) => {
      const child = spawn(process.execPath, [
        "--import",
        `data:text/javascript,${encodeURIComponent(pretend)}`,
        MAIN,
        "runs",
      ]);
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (text) => {
        stdout += text;
      });
      child.stderr.on("data", (text) => {
        stderr += text;
      });
      child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
    expect(run).toEqual({
      code: 2,
      stdout: "",
      stderr: `abyssal needs Node.js 24.15 or newer; this is ${version}\n`,
    });
  },
);

test("a disk that is full before the journal is made is told as that, and nothing is in the way later", () => {
  const folder = folderWith();
  const work = ["execute", "ABYSSAL[AGENT]('x')", "--quiet"];
  // Enough for the file to begin and too little for its tables.
  const small = ["-c", 'ulimit -f 64 && exec "$0" "$@"', process.execPath, MAIN];
  const refused = spawnSync("sh", [...small, ...work], { cwd: folder, encoding: "utf8" });
  expect(refused.stderr).toContain("error JOURNAL_WRITE_FAILED");
  expect(refused.status).toBe(1);
  expect(spawnSync(process.execPath, [MAIN, ...work], { cwd: folder }).status).toBe(0);
});

test("a working folder that was removed is told in one line, not by a stack", () => {
  const folder = folderWith();
  const script = 'rmdir "$PWD" && exec "$0" "$1" list-templates';
  const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, MAIN], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toMatch(/^FOLDER_GONE: the working folder was removed: .*\n$/);
  expect(status).toBe(2);
});
