import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { runCli } from "../../../src/surfaces/cli/cli.ts";
import { boardText } from "../../../src/surfaces/cli/monitor/board-text.ts";
import type { BoardRow } from "../../../src/surfaces/cli/monitor/run-board.ts";
import { paintFor, widthOf } from "../../../src/surfaces/cli/style.ts";
import { appears, cli, filesIn, folderWith, scriptTemplate, spawned } from "./cli-harness.ts";

/** Three steps in a row; the second one goes on only once there is a file `go`, and fails then. */
const SLOW = scriptTemplate("SLOW", {
  first: "console.log('one')",
  second:
    "const { existsSync, writeFileSync } = require('node:fs'); writeFileSync('pid', String(process.pid)); setInterval(() => existsSync('go') && process.exit(7), 20)",
  third: "1",
})
  .replace("second: {", "second: { needs: [first],")
  .replace("third: {", "third: { needs: [second],");

const ASKS = scriptTemplate("ASKS", { early: "1", late: "1" }).replace(
  "late: {",
  "late: { needs: [early], approve: true,",
);

/** A folder with a run that another process drives, its second step at work. */
async function slowRun() {
  const folder = folderWith({ "templates/slow.yaml": SLOW });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[SLOW]()", "--quiet"]);
  await started;
  const { stdout } = await cli(folder, ["runs", "--output", "json"]);
  const { runId } = (JSON.parse(stdout) as { readonly runId: string }[])[0]!;
  return { folder, runId, child, ended, go: () => writeFileSync(join(folder, "go"), "") };
}

const lastLineOf = (text: string): unknown => JSON.parse(text.trimEnd().split("\n").at(-1)!);

describe("abyssal monitor", () => {
  test("shows how all runs stand, wherever they are driven, and disturbs none", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const once = await cli(folder, ["monitor", "--once"]);
    expect([once.code, once.stderr]).toEqual([0, ""]);
    expect(once.stdout).toMatch(/^RUN +STATUS +AGENTS +RUNNING +FAILED +TIME +WAITS FOR +PROGRAM\n/);
    expect(once.stdout).toMatch(new RegExp(`^${runId} {2}running +1/3 +1 .* ABYSSAL\\[SLOW\\]\\(\\)$`, "m"));
    // Nothing to redraw on: the same.
    expect((await cli(folder, ["monitor"])).stdout).toMatch(new RegExp(`^${runId} {2}running +1/3 +1 `, "m"));
    go();
    expect((await ended).code).toBe(4);
    const after = await cli(folder, ["monitor", "--once", "--output", "ndjson"]);
    expect(lastLineOf(after.stdout)).toMatchObject({
      type: "runs",
      runs: [{ runId, status: "partial", pid: null }],
    });
  });

  test("says which runs wait for a person, and that there are none", async () => {
    const folder = folderWith({ "templates/asks.yaml": ASKS });
    expect((await cli(folder, ["monitor", "--once"])).stdout).toBe("no runs yet in this folder\n");
    expect(filesIn(folder)).toEqual(["templates/asks.yaml"]);
    await spawned(folder, ["execute", "ABYSSAL[ASKS]()", "--quiet"]).ended;
    expect((await cli(folder, ["monitor"])).stdout).toMatch(
      / suspended +1\/2 .* asks\/late +ABYSSAL\[ASKS\]\(\)$/m,
    );
  });

  test("as ndjson tells all runs again whenever something has changed, until its reader goes", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const { child, ended: left } = spawned(folder, ["monitor", "--output", "ndjson", "--interval", "20ms"]);
    const [first] = (await once(child.stdout!, "data")) as [string];
    expect(JSON.parse(first)).toMatchObject({
      runs: [{ runId, status: "running", ended: 1, running: 1, agents: 3 }],
    });
    go();
    let told = "";
    for await (const text of child.stdout!) {
      told += text as string;
      if (told.includes('"status":"partial"')) break;
    }
    child.kill("SIGINT");
    expect((await left).code).toBe(130);
    expect((await ended).code).toBe(4);
  });

  test("refuses an interval that it cannot keep", async () => {
    const folder = folderWith();
    for (const interval of ["0s", "soon", "1ms"]) {
      const run = await cli(folder, ["monitor", "--interval", interval, "--output", "ndjson"]);
      expect([run.code, run.stdout]).toEqual([2, expect.stringContaining('"code":"OPTION_INVALID"')]);
    }
  });
});

describe("abyssal monitor RUN", () => {
  test("tells the run from its start until it ends, and exits as the run does", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const { child, ended: watched } = spawned(folder, ["monitor", runId, "--interval", "20ms"]);
    let told = "";
    for await (const text of child.stdout!) {
      told += text as string;
      if (told.includes("succeeded slow/first")) go();
      if (told.includes(" partial in ")) break;
    }
    expect((await watched).code).toBe(4);
    expect((await ended).code).toBe(4);
    expect(told).toMatch(new RegExp(`^run ${runId} started: 3 agents`));
    expect(told).toMatch(/^failed slow\/second .* \(COMMAND_EXIT: .* exit code 7\)$/m);
  });

  test("as ndjson tells its events and then how it stands, also of one that has ended", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const standing = await cli(folder, ["monitor", runId, "--once", "--output", "ndjson"]);
    expect(standing.code).toBe(0);
    expect(JSON.parse(standing.stdout)).toMatchObject({
      type: "status",
      runId,
      status: "running",
      ended: 1,
      running: 1,
      total: 3,
    });
    go();
    await ended;
    const { code, stdout } = await cli(folder, ["monitor", runId, "--output", "ndjson"]);
    expect(code).toBe(4);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(lines[0]).toMatchObject({ type: "run.started", runId });
    expect(lines.at(-2)).toMatchObject({ type: "run.ended", status: "partial" });
    expect(lines.at(-1)).toMatchObject({ type: "status", status: "partial", failed: 1, running: 0 });
  });

  test("shows a tree once, and of an interrupted run how to go on", async () => {
    const { folder, runId, child, ended } = await slowRun();
    child.kill("SIGKILL");
    await ended;
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    const { code, stdout } = await cli(folder, ["monitor", runId, "--once"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${runId} {2}1 of 3 agents, 1 running`));
    expect(stdout).toMatch(/✔ first/);
    expect(stdout).toContain(`interrupted: nobody drives it; abyssal resume ${runId}\n`);
  });

  test("is left by Ctrl-C with the run as it was", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const { child, ended: left } = spawned(folder, ["monitor", runId, "--interval", "1h"]);
    await once(child.stdout!, "data");
    child.kill("SIGINT");
    expect((await left).code).toBe(130);
    go();
    expect((await ended).code).toBe(4);
  });

  test("of a run that is unknown is refused, and makes nothing", async () => {
    const folder = folderWith();
    const run = await cli(folder, ["monitor", "r_0000000000000000", "--output", "ndjson"]);
    expect([run.code, run.stdout, filesIn(folder)]).toEqual([2, expect.stringContaining("RUN_UNKNOWN"), []]);
  });
});

describe("on a terminal", () => {
  /** Runs a command with a terminal on standard output and a keyboard; `watch` sees what was drawn so far, and may strike keys. */
  async function onTerminal(
    folder: string,
    args: readonly string[],
    watch: (drawn: string, strike: (keys: string) => void) => void,
  ) {
    const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 20 });
    const raw: boolean[] = [];
    const keyboard = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (on: boolean) => void raw.push(on),
    });
    let drawn = "";
    screen.setEncoding("utf8").on("data", (text: string) => {
      drawn += text;
      watch(drawn, (keys) => void keyboard.write(keys));
    });
    const stdout = {
      write: (text: string) => void screen.write(text),
      isTTY: true,
      closed: false,
      stream: screen as unknown as NodeJS.WriteStream,
      onClosed: () => {},
    };
    const code = await runCli(args, {
      cwd: folder,
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
      stdin: keyboard,
      stdout,
      stderr: stdout,
      onInterrupt: () => () => {},
      exit: (status) => {
        throw new Error(`exit ${status}`);
      },
    });
    return { code, drawn, raw };
  }

  test("the board redraws itself until q, and gives the keyboard back", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const { code, drawn, raw } = await onTerminal(
      folder,
      ["monitor", "--interval", "20ms"],
      (shown, strike) => {
        if (shown.includes("running")) go();
        if (shown.includes("partial")) strike("q");
      },
    );
    expect([code, raw]).toEqual([0, [true, false]]);
    expect(drawn).toContain(runId);
    expect((await ended).code).toBe(4);
  });

  test("the tree redraws itself until the run ends; Ctrl-C leaves before, with exit code 130", async () => {
    const { folder, runId, ended, go } = await slowRun();
    const left = await onTerminal(folder, ["monitor", runId], (_, strike) => strike("\u0003"));
    expect([left.code, left.raw]).toEqual([130, [true, false]]);
    const stayed = await onTerminal(folder, ["monitor", runId, "--interval", "20ms"], (shown) => {
      if (shown.includes("second")) go();
    });
    expect(stayed.code).toBe(4);
    expect(stayed.drawn).toMatch(/✖ .*second .*COMMAND_EXIT/);
    expect(stayed.drawn).toContain(`${runId} partial in `);
    expect((await ended).code).toBe(4);
  });
});

describe("the board", () => {
  const row = (runId: string, more: Partial<BoardRow> = {}): BoardRow => ({
    runId,
    status: "running",
    agents: 10,
    ended: 4,
    running: 2,
    failed: 0,
    startedAtMs: 0,
    endedAtMs: null,
    lastMs: 3_000,
    waitingFor: [],
    pid: 1,
    program: "ABYSSAL[CODE]('x')",
    ...more,
  });
  const draw = (rows: readonly BoardRow[], columns = 200, lines = 24): readonly string[] =>
    boardText(rows, { nowMs: 10_000, columns, rows: lines, paint: paintFor(false) }).split("\n");

  test("puts what has not ended first, and keeps the rest newest first", () => {
    const board = [
      row("r_3", { status: "succeeded", endedAtMs: 2_000, ended: null, running: null }),
      row("r_2"),
      row("r_1", {
        status: "suspended",
        waitingFor: [
          { path: "a/b", asks: "approval", question: "?" },
          { path: "c", asks: "approval", question: "?" },
        ],
      }),
    ];
    expect(
      draw(board)
        .slice(1)
        .map((line) => line.replace(/ +/g, " ")),
    ).toEqual([
      "r_2 running 4/10 2 10.0 s ABYSSAL[CODE]('x')",
      "r_1 suspended 4/10 2 10.0 s a/b +1 ABYSSAL[CODE]('x')",
      "r_3 succeeded 10 2.0 s ABYSSAL[CODE]('x')",
    ]);
  });

  test("lets the time of a run stand still on which nobody works", () => {
    expect(draw([row("r_1", { status: "interrupted" })])[1]).toContain(" 3.0 s ");
  });

  test("never goes beyond its lines and columns, and counts what it leaves out", () => {
    const many = Array.from({ length: 50 }, (_, index) => row(`r_${index}`, { program: "検索".repeat(40) }));
    const lines = draw(many, 60, 12);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("and 40 more");
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(60);
  });
});
