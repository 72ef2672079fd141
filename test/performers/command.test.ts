import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Signal } from "../../src/actors/ports.ts";
import { createCommandPerformer } from "../../src/performers/command.ts";
import type { Outcome } from "../../src/plan/outcome.ts";
import { isJsonObject, type Json, type JsonObject } from "../../src/shared/json.ts";
import { NO_BOARD } from "../support/no-board.ts";
import { taskFor } from "../support/task-for.ts";

const NODE = process.execPath;
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "abyssal-command-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Run = { outcome: Outcome; signals: Signal[] };
async function run(options: JsonObject, signal?: AbortSignal, onSignal?: (s: Signal) => void): Promise<Run> {
  const signals: Signal[] = [];
  const performer = createCommandPerformer({ workingFolder: folder });
  const task = taskFor({ path: "lint/eslint", attempt: 2, performer: "command", options });
  const outcome = await performer.perform(task, {
    signal: signal ?? new AbortController().signal,
    idempotencyKey: task.idempotencyKey,
    board: NO_BOARD,
    emit: (s) => {
      signals.push(s);
      onSignal?.(s);
    },
  });
  return { outcome, signals };
}
const script = (code: string, more: JsonObject = {}): JsonObject => ({
  command: NODE,
  args: ["-e", code],
  ...more,
});
function dataOf(outcome: Outcome): JsonObject {
  if (outcome.kind !== "completed" || !isJsonObject(outcome.data)) throw new Error(JSON.stringify(outcome));
  return outcome.data;
}
function failureOf(outcome: Outcome) {
  if (outcome.kind !== "failed") throw new Error(JSON.stringify(outcome));
  return outcome.failure;
}
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where process 1 does not reap, an ended orphan stays as a zombie: it runs no more.
  if (process.platform !== "linux") return true;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return !/\) [ZX] /.test(stat);
}

describe("a command that ends well", () => {
  test("gives its exit code and both outputs, checked", async () => {
    const { outcome } = await run(script("console.log('out'); console.error('err')"));
    expect(dataOf(outcome)).toMatchObject({ exitCode: 0, stdout: "out\n", stderr: "err\n" });
    expect(outcome).toMatchObject({
      output: "```text\nout\n```",
      confidence: { value: 1, source: "checked" },
    });
  });

  test("sees its arguments as they are: no shell expands them", async () => {
    const args = [
      "-e",
      "console.log(JSON.stringify(process.argv.slice(1)))",
      "$(id)",
      "`id`",
      "a b",
      "*",
      ";",
    ];
    const { outcome } = await run({ command: NODE, args });
    expect(JSON.parse(String(dataOf(outcome).stdout))).toEqual(args.slice(2));
  });

  test("gets operands after --, so that a leading dash is no option", async () => {
    const { outcome } = await run(
      script("console.log(JSON.stringify(process.argv.slice(1)))", { operands: ["--version", 7, true] }),
    );
    expect(JSON.parse(String(dataOf(outcome).stdout))).toEqual(["--version", "7", "true"]);
  });

  test("knows its run, path, attempt and idempotency key, whatever env says", async () => {
    const code =
      "const {ABYSSAL_RUN_ID:r,ABYSSAL_PATH:p,ABYSSAL_ATTEMPT:a,ABYSSAL_IDEMPOTENCY_KEY:k,MINE:m}=process.env;console.log([r,p,a,k,m].join('|'))";
    const { outcome } = await run(script(code, { env: { ABYSSAL_RUN_ID: "forged", MINE: 5 } }));
    expect(dataOf(outcome).stdout).toBe("r_1|lint/eslint|2|r_1/lint/eslint#2|5\n");
  });

  test("sees of this process's environment what is harmless and what its step names, and no key beside that", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-secret");
    vi.stubEnv("NPM_TOKEN", "npm-secret");
    vi.stubEnv("LANG", "C.UTF-8");
    onTestFinished(() => void vi.unstubAllEnvs());
    const code = "console.log(JSON.stringify(process.env))";
    const seen = async (env?: Json) =>
      JSON.parse(String(dataOf((await run(script(code, env === undefined ? {} : { env }))).outcome).stdout));
    const own = ["ABYSSAL_ATTEMPT", "ABYSSAL_IDEMPOTENCY_KEY", "ABYSSAL_PATH", "ABYSSAL_RUN_ID"];
    const plain = await seen();
    expect(plain).toMatchObject({ PATH: process.env.PATH, LANG: "C.UTF-8" });
    expect(Object.values(plain).filter((value) => String(value).includes("secret"))).toEqual([]);
    expect(await seen({ CI: "1" })).toEqual({ ...plain, CI: "1" });
    expect(await seen(["NPM_TOKEN", "CI=a=b", "NOT_THERE"])).toEqual({
      ...plain,
      NPM_TOKEN: "npm-secret",
      CI: "a=b",
    });
    expect(
      Object.keys(plain)
        .filter((name) => name.startsWith("ABYSSAL_"))
        .sort(),
    ).toEqual(own);
  });

  test("reads the text given as stdin, and finds it closed otherwise", async () => {
    const echo = "process.stdin.on('data',d=>process.stdout.write(d)).on('end',()=>console.log('END'))";
    expect(dataOf((await run(script(echo, { stdin: "hello " }))).outcome).stdout).toBe("hello END\n");
    expect(dataOf((await run(script(echo))).outcome).stdout).toBe("END\n");
  });

  test("survives not reading a long stdin", async () => {
    const { outcome } = await run(script("process.exit(0)", { stdin: "x".repeat(1_000_000) }));
    expect(outcome.kind).toBe("completed");
  });

  test("may end with another accepted exit code", async () => {
    const { outcome } = await run(script("process.exit(3)", { okExitCodes: [0, 3] }));
    expect(dataOf(outcome).exitCode).toBe(3);
  });

  test("gives parsed JSON without keys that reach a prototype", async () => {
    const code = `console.log('{"a":[1],"__proto__":{"x":1}}')`;
    const json = dataOf((await run(script(code, { parse: "json" }))).outcome).json;
    expect(json).toEqual({ a: [1] });
    expect(Object.hasOwn(json as object, "__proto__")).toBe(false);
  });

  test("is fenced by more backticks than it printed", async () => {
    const { outcome } = await run(script("console.log('`'.repeat(4))"));
    expect(outcome).toMatchObject({ output: "`````text\n````\n`````" });
  });

  test("reports a bounded number of progress lines", async () => {
    const { signals } = await run(script("for (let i = 0; i < 5000; i++) console.log('line', i)"));
    expect(signals).toHaveLength(200);
    expect(signals[0]).toEqual({ type: "progress", message: "line 0" });
  });
});

describe("a command that ends badly", () => {
  test("fails with its exit code and the tail of its standard error", async () => {
    const failure = failureOf((await run(script("console.error('broken'); process.exit(4)"))).outcome);
    expect(failure).toMatchObject({ code: "COMMAND_EXIT", detail: { exitCode: 4, stderr: "broken\n" } });
  });

  test("names a program that does not exist, with a hint", async () => {
    const failure = failureOf((await run({ command: "no-such-program-abyssal" })).outcome);
    expect(failure.code).toBe("COMMAND_NOT_FOUND");
    expect(failure.hint).toBeDefined();
  });

  test("tells a file that may not be executed from one that is missing", async () => {
    writeFileSync(join(folder, "plain.txt"), "x", { mode: 0o644 });
    const failure = failureOf((await run({ command: join(folder, "plain.txt") })).outcome);
    expect(failure.code).toBe("COMMAND_NOT_EXECUTABLE");
  });

  test("is killed when it writes more than its limit, and keeps no more than the limit", async () => {
    const code = "process.on('SIGTERM',()=>process.exit(0));setInterval(()=>console.log('x'.repeat(1000)),1)";
    const failure = failureOf((await run(script(code, { maxOutputBytes: 5_000 }))).outcome);
    expect(failure.code).toBe("COMMAND_OUTPUT_LIMIT");
    expect(String(failure.detail?.stdout).length).toBeLessThanOrEqual(5_000);
  });

  test("fails when parse: json meets other text", async () => {
    expect(failureOf((await run(script("console.log('hi')", { parse: "json" }))).outcome).code).toBe(
      "COMMAND_OUTPUT_JSON",
    );
  });
});

describe("the process group", () => {
  const family = (ignore: boolean): string => `
    ${ignore ? "process.on('SIGTERM', () => {});" : ""}
    const child = require('node:child_process').spawn(process.execPath, ['-e',
      ${JSON.stringify(`${ignore ? "process.on('SIGTERM', () => {});" : ""} console.log('ready'); setInterval(() => {}, 1000)`)}
    ], { stdio: 'inherit' });
    console.log('pids ' + process.pid + ' ' + child.pid);
    setInterval(() => {}, 1000);`;

  for (const stubborn of [false, true]) {
    const how = stubborn ? "is killed by force when it ignores the signal" : "ends when asked";
    test(`of a cancelled command ${how}, grandchild included, before perform answers`, async () => {
      const abort = new AbortController();
      let pids: number[] = [];
      let ready = false;
      const { outcome } = await run(script(family(stubborn)), abort.signal, (signal) => {
        if (signal.type !== "progress") return;
        if (signal.message.startsWith("pids ")) pids = signal.message.split(" ").slice(1).map(Number);
        if (signal.message === "ready") ready = true;
        if (ready && pids.length === 2) abort.abort();
      });
      expect(failureOf(outcome).code).toBe("COMMAND_CANCELLED");
      expect(pids).toHaveLength(2);
      const durationMs = Number(failureOf(outcome).detail?.durationMs);
      if (stubborn) expect(durationMs).toBeGreaterThanOrEqual(2_000);
      expect(pids.filter(isRunning)).toEqual([]);
    });
  }

  test("does not outlive its leader: a background child is ended when the command exits", async () => {
    const code = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'],
        { stdio: 'inherit' });
      child.unref(); console.log(child.pid); process.exit(0)`;
    const { outcome } = await run(script(code));
    expect(dataOf(outcome).exitCode).toBe(0);
    expect(isRunning(Number(dataOf(outcome).stdout))).toBe(false);
  });

  test("is never started for a task that was cancelled before", async () => {
    const { outcome } = await run(script(`require('fs').writeFileSync('made', '')`), AbortSignal.abort());
    expect(failureOf(outcome).code).toBe("COMMAND_CANCELLED");
    expect((await run(script("console.log(require('fs').existsSync('made'))"))).outcome).toMatchObject({
      output: "```text\nfalse\n```",
    });
  });
});

describe("what is refused before anything starts", () => {
  const refused: [string, JsonObject, string][] = [
    ["no command", {}, "COMMAND_ARGUMENTS"],
    ["a NUL byte in an argument", { command: NODE, args: ["a\0b"] }, "COMMAND_ARGUMENTS"],
    ["an object as an argument", { command: NODE, args: [{ a: 1 }] }, "COMMAND_ARGUMENTS"],
    ["null as an argument", { command: NODE, args: [null] }, "COMMAND_ARGUMENTS"],
    ["arguments that are no list", { command: NODE, args: "-e 1" }, "COMMAND_ARGUMENTS"],
    ["a bad variable name", { command: NODE, env: { "A=B": "1" } }, "COMMAND_ARGUMENTS"],
    ["a bad name in a list", { command: NODE, env: ["A B"] }, "COMMAND_ARGUMENTS"],
    ["a list of variables that holds no text", { command: NODE, env: [null] }, "COMMAND_ARGUMENTS"],
    ["variables that are no list and no object", { command: NODE, env: "CI" }, "COMMAND_ARGUMENTS"],
    ["a misspelt option", { command: NODE, argz: [] }, "COMMAND_ARGUMENTS"],
    ["an output limit above the system's", { command: NODE, maxOutputBytes: 1e12 }, "COMMAND_ARGUMENTS"],
    ["no accepted exit code", { command: NODE, okExitCodes: [] }, "COMMAND_ARGUMENTS"],
    ["a folder above", { command: NODE, cwd: ".." }, "COMMAND_FOLDER"],
    ["an absolute folder elsewhere", { command: NODE, cwd: "/" }, "COMMAND_FOLDER"],
    ["a missing folder", { command: NODE, cwd: "nowhere" }, "COMMAND_FOLDER"],
  ];
  for (const [what, options, code] of refused) {
    test(what, async () => {
      expect(failureOf((await run(options)).outcome)).toMatchObject({ code, retryable: false });
    });
  }

  test("a link that leads out of the working folder", async () => {
    symlinkSync(tmpdir(), join(folder, "out"));
    expect(failureOf((await run({ command: NODE, cwd: "out" })).outcome).code).toBe("COMMAND_FOLDER");
  });

  test("a folder inside is accepted, and is where the program stands", async () => {
    mkdirSync(join(folder, "in/deep"), { recursive: true });
    const { outcome } = await run(script("console.log(process.cwd())", { cwd: "in/deep" }));
    expect(dataOf(outcome).stdout).toBe(`${join(folder, "in/deep")}\n`);
  });
});
