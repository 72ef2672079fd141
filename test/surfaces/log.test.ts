import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Clock } from "../../src/shared/clock.ts";
import { defaultConfig } from "../../src/surfaces/config/check-config.ts";
import type { Config } from "../../src/surfaces/config.ts";
import { createLog } from "../../src/surfaces/log.ts";

const NOW = Date.UTC(2026, 10, 21, 1, 2, 3, 4);
const clock: Clock = { nowMs: () => NOW, at: () => () => undefined, nextTurn: () => () => undefined };
const MESSAGE = "agent failed";

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "abyssal-log-"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (logging: Partial<Config["logging"]>) =>
  createLog(
    { ...defaultConfig.logging, ...logging },
    { stderr: { write: (text) => said.push(text) }, workingFolder: folder, clock },
  );
const lines = (name: string): Record<string, unknown>[] =>
  readFileSync(join(folder, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const pinoIsLoaded = () =>
  Object.keys(createRequire(import.meta.url).cache ?? {}).some((path) =>
    /[\\/]node_modules[\\/]pino[\\/]/.test(path),
  );

// First in the file: later tests load pino.
test("a log that nobody asked for says nothing and does not even load pino", () => {
  const log = open({});
  log.child({ runId: "r_1" }).error({ event: "agent.failed" }, MESSAGE);
  expect(said).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(pinoIsLoaded()).toBe(false);
});

test("with a level, lines go to stderr as objects with a constant message and the child's fields", () => {
  const log = open({ level: "info" }).child({ runId: "r_1" });
  log.debug({ event: "agent.started", path: "code" }, "agent started");
  log.warn(
    { event: "agent.failed", path: "code", err: new Error("boom", { cause: new Error("root") }) },
    MESSAGE,
  );
  expect(said).toHaveLength(1);
  expect(pinoIsLoaded()).toBe(true);
  expect(JSON.parse(said[0]!)).toMatchObject({
    level: 40,
    time: NOW,
    pid: process.pid,
    runId: "r_1",
    event: "agent.failed",
    path: "code",
    err: { type: "Error", message: expect.stringContaining("boom"), stack: expect.stringContaining("root") },
    msg: MESSAGE,
  });
});

test("a plain failure is logged as it is", () => {
  open({ level: "error" }).error(
    { event: "agent.failed", err: { code: "TIMEOUT", message: "late" } },
    MESSAGE,
  );
  expect(JSON.parse(said[0]!)).toMatchObject({ err: { code: "TIMEOUT", message: "late" } });
});

test("with a file alone the level is info, its folder is made, and each line is there at once", () => {
  const log = open({ file: "logs/abyssal.log" });
  log.info({ event: "run.started" }, "run started");
  expect(lines("logs/abyssal.log")).toMatchObject([{ level: 30, event: "run.started", msg: "run started" }]);
  log.debug({ event: "agent.started" }, "agent started");
  expect(lines("logs/abyssal.log")).toHaveLength(1);
  expect(said).toEqual([]);
});

test("a log that is opened again goes on where it stood", () => {
  open({ file: "a.log" }).info({ event: "run.started", n: 1 }, "run started");
  open({ file: "a.log" }).info({ event: "run.started", n: 2 }, "run started");
  expect(lines("a.log").map(({ n }) => n)).toEqual([1, 2]);
});

test("a full file is renamed; no line is lost, split or out of order, and no file exceeds the size (I1, I2)", () => {
  const log = open({ file: "a.log", maxSize: "1KB" });
  for (let n = 0; n < 100; n++)
    log.info({ event: "agent.completed", n, text: "ü".repeat(20) }, "agent completed");
  const names = readdirSync(folder).sort();
  expect(names.slice(0, 3)).toEqual(["a.log", "a.log.20261121T010203004Z", "a.log.20261121T010203005Z"]);
  const inOrder = [...names.slice(1), "a.log"];
  expect(inOrder.flatMap((name) => lines(name).map(({ n }) => n))).toEqual(
    Array.from({ length: 100 }, (_, n) => n),
  );
  for (const name of names) expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(1024);
});

test("a line longer than the size stands whole in a file of its own", () => {
  const log = open({ file: "a.log", maxSize: "1KB" });
  log.info({ event: "a.b", text: "x" }, "short");
  log.info({ event: "a.b", text: "x".repeat(5_000) }, "long");
  log.info({ event: "a.b", text: "x" }, "short");
  expect(readdirSync(folder)).toHaveLength(3);
  expect(lines("a.log.20261121T010203005Z")).toMatchObject([{ msg: "long" }]);
});

test("a file whose first line is too old takes no more lines, whoever began it (I2)", () => {
  const line = (atMs: number) => `{"level":30,"time":${atMs},"msg":"old"}\n`;
  writeFileSync(join(folder, "a.log"), line(NOW - 86_400_000) + line(NOW - 1));
  writeFileSync(join(folder, "b.log"), line(NOW - 86_399_999));
  for (const file of ["a.log", "b.log"]) open({ file }).info({ event: "a.b" }, "new");
  expect(readdirSync(folder).sort()).toEqual(["a.log", "a.log.20261121T010203004Z", "b.log"]);
  expect(lines("a.log")).toMatchObject([{ msg: "new" }]);
  expect(lines("b.log")).toMatchObject([{ msg: "old" }, { msg: "new" }]);
});

test("a file that another process has moved aside is left there, and a new one is begun", () => {
  const log = open({ file: "a.log", maxSize: "1KB" });
  log.info({ event: "a.b", text: "x".repeat(900) }, "before");
  renameSync(join(folder, "a.log"), join(folder, "a.log.20261121T000000000Z"));
  log.info({ event: "a.b", text: "x".repeat(900) }, "after");
  expect(readdirSync(folder).sort()).toEqual(["a.log", "a.log.20261121T000000000Z"]);
  expect(lines("a.log")).toMatchObject([{ msg: "after" }]);
});

test("rotated files older than the retention are deleted, younger ones and strangers are kept (I3)", () => {
  const aged = (name: string, days: number) => {
    writeFileSync(join(folder, name), "{}\n");
    const at = (NOW - days * 86_400_000) / 1000;
    utimesSync(join(folder, name), at, at);
  };
  aged("a.log.20261001T000000000Z", 31);
  aged("a.log.20261101T000000000Z", 29);
  aged("a.log.notes", 99);
  aged("b.log.20261001T000000000Z", 99);
  open({ file: "a.log", retentionDays: 30 });
  expect(readdirSync(folder).sort()).toEqual([
    "a.log",
    "a.log.20261101T000000000Z",
    "a.log.notes",
    "b.log.20261001T000000000Z",
  ]);
});

test("a log file that cannot be written is reported once and stops nothing (I4)", () => {
  mkdirSync(join(folder, "a.log"));
  const log = open({ file: "a.log" });
  log.info({ event: "a.b" }, "one");
  log.info({ event: "a.b" }, "two");
  expect(said).toEqual([expect.stringMatching(/^LOG_UNWRITABLE a\.log: EISDIR.*; logging stops\n$/)]);
});
