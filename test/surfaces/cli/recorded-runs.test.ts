import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { abyssalVersion } from "../../../src/surfaces/cli/version.ts";
import {
  appears,
  cli,
  faultsOf,
  filesIn,
  folderWith,
  isAlive,
  scriptTemplate,
  spawned,
} from "./cli-harness.ts";

/** A script that writes down that it ran. */
const note = (name: string): string => `require('node:fs').appendFileSync('effects', '${name}\\n');`;

/** Three steps in a row; the second one goes on only once there is a file `go`. */
const SLOW = scriptTemplate("SLOW", {
  first: `${note("first")} console.log('one')`,
  second: `${note("second")} const { existsSync, writeFileSync } = require('node:fs'); writeFileSync('pid', String(process.pid)); setInterval(() => existsSync('go') && process.exit(), 20)`,
  third: `${note("third")} console.log('three')`,
})
  .replace("second: {", "second: { needs: [first],")
  .replace("third: {", "third: { needs: [second],");

/** One step, a person's word, another step. */
const ASKS = scriptTemplate("ASKS", {
  early: `${note("early")} console.log('early')`,
  late: `${note("late")} console.log('late')`,
}).replace("late: {", "late: { needs: [early], approve: true,");

/** A person's word on where to go, and the way there. */
const WHERE = scriptTemplate("WHERE", { go: "console.log('gone {{ steps.to.output }}')" })
  .replace(
    "steps:\n",
    "steps:\n  to: { run: { performer: human, question: 'Where to?', choices: [here, there] } }\n",
  )
  .replace("go: {", "go: { needs: [to],");

const effects = (folder: string): readonly string[] =>
  readFileSync(join(folder, "effects"), "utf8").trimEnd().split("\n");

const pidIn = (folder: string): number => Number(readFileSync(join(folder, "pid"), "utf8"));

type Document = { readonly runId: string; readonly status: string };

/** A folder with a run whose process was killed while its second step was at work. */
async function killedRun(): Promise<{ readonly folder: string; readonly runId: string }> {
  const folder = folderWith({ "templates/slow.yaml": SLOW });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[SLOW]()"]);
  await started;
  const running = await cli(folder, ["runs", "--output", "json"]);
  expect(JSON.parse(running.stdout)).toMatchObject([
    { status: "running", program: "ABYSSAL[SLOW]()", pid: child.pid },
  ]);
  child.kill("SIGKILL");
  await ended;
  process.kill(pidIn(folder), "SIGKILL");
  const { runId } = (JSON.parse(running.stdout) as readonly Document[])[0]!;
  return { folder, runId };
}

async function suspendedRun(): Promise<{ readonly folder: string; readonly runId: string }> {
  const folder = folderWith({ "templates/asks.yaml": ASKS });
  const { code, stdout } = await spawned(folder, ["execute", "ABYSSAL[ASKS]()", "--output", "json"]).ended;
  expect(code).toBe(6);
  const waiting = JSON.parse(stdout) as Document;
  expect(waiting).toMatchObject({
    status: "suspended",
    waitingFor: [{ path: "asks/late", question: "May tester run asks/late?" }],
  });
  return { folder, runId: waiting.runId };
}

describe("a run whose process was killed", () => {
  test("is shown as interrupted, and resumed to its end without doing recorded work again", async () => {
    const { folder, runId } = await killedRun();
    expect((await cli(folder, ["runs"])).stdout).toContain(`${runId}  interrupted  `);
    expect((await cli(folder, ["status"])).stdout).toMatch(/^go on +abyssal resume r_/m);
    writeFileSync(join(folder, "go"), "");
    const { code, stdout, stderr } = await spawned(folder, ["resume", "--output", "json", "--out", "out"])
      .ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runId, status: "succeeded" });
    expect(stderr).toContain(`run ${runId} resumed: 1 of 3 agents ended before\n`);
    expect(effects(folder)).toEqual(["first", "second", "second", "third"]);
    expect(filesIn(join(folder, "out"))).toContain("report.md");
    const replay = await cli(folder, ["replay", runId, "--output", "json"]);
    expect(replay.code).toBe(0);
    expect(JSON.parse(replay.stdout)).toMatchObject({ runId, faithful: true, startedBy: abyssalVersion() });
    const status = await cli(folder, ["status", runId, "--output", "json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ result: JSON.parse(stdout) });
  });

  test("is resumed by one process at a time", async () => {
    const { folder, runId } = await killedRun();
    const started = appears(folder, "pid");
    const first = spawned(folder, ["resume", runId, "--quiet"]);
    await started;
    const second = await spawned(folder, ["resume", runId, "--output", "json"]).ended;
    expect(second.code).toBe(2);
    expect(faultsOf(second)).toMatchObject([
      { code: "RUN_OWNED", message: `process ${first.child.pid} drives this run` },
    ]);
    writeFileSync(join(folder, "go"), "");
    expect((await first.ended).code).toBe(0);
    const again = await cli(folder, ["resume", runId, "--output", "json"]);
    expect([again.code, faultsOf(again)[0]!.code]).toEqual([2, "RUN_ENDED"]);
  });

  test("is cancelled without any work being begun again", async () => {
    const { folder, runId } = await killedRun();
    const { code, stdout } = await cli(folder, ["cancel", runId, "--reason", "not needed"]);
    expect([code, stdout]).toEqual([0, `${runId} has ended: cancelled\n`]);
    expect(effects(folder)).toEqual(["first", "second"]);
    const { stdout: status } = await cli(folder, ["status", runId]);
    expect(status).toMatch(/^reason +RUN_CANCELLED: not needed/m);
  });
});

test("a run under way that another process has taken over ends its command with exit code 1: that was no bad usage", async () => {
  const folder = folderWith({ "templates/slow.yaml": SLOW });
  const started = appears(folder, "pid");
  const { ended } = spawned(folder, ["execute", "ABYSSAL[SLOW]()", "--output", "json"]);
  await started;
  // As it stands where a process was too slow to renew its lease.
  const journal = new DatabaseSync(join(folder, ".abyssal", "journal.db"), { timeout: 5_000 });
  journal.exec("UPDATE leases SET owner = 'elsewhere/1/o', expires_at_ms = expires_at_ms + 3600000");
  journal.close();
  writeFileSync(join(folder, "go"), "");
  const lost = await ended;
  expect([lost.code, faultsOf(lost).map(({ code }) => code)]).toEqual([1, ["RUN_OWNED"]]);
  expect(lost.stderr).toMatch(/^error RUN_OWNED: another process has taken it over$/m);
});

test("a run is cancelled from another process, and its commands with it", async () => {
  const folder = folderWith({ "templates/slow.yaml": SLOW });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[SLOW]()", "--output", "json"]);
  await started;
  const pid = pidIn(folder);
  const { stdout: list } = await cli(folder, ["runs", "--output", "json"]);
  const { runId } = (JSON.parse(list) as readonly Document[])[0]!;
  expect(isAlive(pid)).toBe(true);
  const cancel = await spawned(folder, ["cancel", runId, "--output", "json"]).ended;
  expect(cancel.code).toBe(0);
  expect(JSON.parse(cancel.stdout)).toEqual({ runId, status: "cancelled", hasEnded: true });
  const { code, stdout } = await ended;
  expect([code, child.signalCode]).toEqual([1, null]);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "cancelled",
    reasons: [{ code: "RUN_CANCELLED", message: "cancelled by the command line" }, {}, {}],
  });
  expect(isAlive(pid)).toBe(false);
});

/** Starts a process of its own that ignores SIGTERM, then waits with it for ever. */
const FAMILY = scriptTemplate("FAMILY", {
  parent: [
    "const child = require('node:child_process').spawn(process.execPath, ['-e',",
    "  `process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000)`",
    "]); setInterval(() => {}, 1000)",
  ].join(" "),
});

test.each([
  ["another process", "cancel"],
  ["SIGINT", "interrupt"],
] as const)("a run that is stopped by %s leaves no process of its commands' own behind", async (_, how) => {
  const folder = folderWith({ "templates/family.yaml": FAMILY });
  const started = appears(folder, "pid");
  const { child, ended } = spawned(folder, ["execute", "ABYSSAL[FAMILY]()", "--output", "json"]);
  await started;
  const grandchild = pidIn(folder);
  expect(isAlive(grandchild)).toBe(true);
  if (how === "interrupt") child.kill("SIGINT");
  else {
    const { stdout } = await cli(folder, ["runs", "--output", "json"]);
    const { runId } = (JSON.parse(stdout) as readonly Document[])[0]!;
    expect((await spawned(folder, ["cancel", runId]).ended).code).toBe(0);
  }
  const { stdout } = await ended;
  expect((JSON.parse(stdout) as Document).status).toBe("cancelled");
  expect(isAlive(grandchild)).toBe(false);
});

describe("a run that waits for a person", () => {
  test("outlives its process, says so again when it is resumed, and goes on with the decision", async () => {
    const { folder, runId } = await suspendedRun();
    expect((await cli(folder, ["runs"])).stdout).toContain(`${runId}  suspended  `);
    const resumed = await spawned(folder, ["resume"]).ended;
    expect([resumed.code, resumed.stdout]).toEqual([6, ""]);
    expect(resumed.stderr).toContain(`abyssal approve ${runId} asks/late --yes`);
    expect(effects(folder)).toEqual(["early"]);
    const approve = ["approve", runId, "asks/late", "--yes", "--output", "json"];
    const { code, stdout } = await spawned(folder, approve).ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runId, status: "succeeded" });
    expect(effects(folder)).toEqual(["early", "late"]);
  });

  test("is not decided by a word on another question of the same agent", async () => {
    const { folder, runId } = await suspendedRun();
    for (const [askedBy, code] of [
      ["1", "APPROVAL_UNKNOWN"],
      ["first", "OPTION_INVALID"],
    ]) {
      const args = ["approve", runId, "asks/late", "--yes", "--asked-by", askedBy!, "--output", "json"];
      const refused = await cli(folder, args);
      expect([refused.code, faultsOf(refused)[0]?.code]).toEqual([2, code]);
    }
    expect(effects(folder)).toEqual(["early"]);
  });

  test("ends without the step that was refused", async () => {
    const { folder, runId } = await suspendedRun();
    const decision = ["--no", "--asked-by", "0"];
    const { code, stdout } = await cli(folder, [
      "approve",
      runId,
      "asks/late",
      ...decision,
      "--output",
      "json",
    ]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ status: "partial" });
    expect(effects(folder)).toEqual(["early"]);
  });

  test("takes an answer that is one of the choices, and says what they are", async () => {
    const folder = folderWith({ "templates/where.yaml": WHERE });
    const asked = await spawned(folder, ["execute", "ABYSSAL[WHERE]()", "--output", "json"]).ended;
    expect(asked.code).toBe(6);
    const { runId } = JSON.parse(asked.stdout) as Document;
    expect(JSON.parse(asked.stdout)).toMatchObject({
      waitingFor: [{ path: "where/to", asks: "answer", question: "Where to?", choices: ["here", "there"] }],
    });
    expect(asked.stderr).toContain(`abyssal approve ${runId} where/to --answer here | there (or --no)\n`);
    for (const [decision, got] of [
      [["--yes"], "none"],
      [["--answer", "ther"], '"ther"'],
    ] as const) {
      const wrong = await cli(folder, ["approve", runId, "where/to", ...decision, "--output", "json"]);
      expect([wrong.code, faultsOf(wrong)[0]]).toMatchObject([
        2,
        { code: "APPROVAL_INVALID", expected: 'one of "here", "there"', got },
      ]);
    }
    const approve = ["approve", runId, "where/to", "--answer", "there", "--output", "json"];
    const { code, stdout } = await spawned(folder, approve, { env: { USER: "ann" } }).ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        { path: "where/to", status: "succeeded", decided: { by: "ann", answer: "there" } },
        { path: "where/go", status: "succeeded" },
      ],
    });
    expect((JSON.parse(stdout) as { output: string }).output).toContain("gone there");
  });

  test("is asked for a decision on what it waits for, and for one", async () => {
    const { folder, runId } = await suspendedRun();
    const wrong = await cli(folder, ["approve", runId, "asks/lat", "--yes", "--output", "json"]);
    expect(wrong.code).toBe(2);
    expect(faultsOf(wrong)).toMatchObject([
      { code: "APPROVAL_UNKNOWN", expected: "asks/late", hint: 'did you mean "asks/late"?' },
    ]);
    const none = await cli(folder, ["approve", runId, "asks/late"]);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("error USAGE: the decision is missing"),
    ]);
    const both = await cli(folder, ["approve", runId, "asks/late", "--yes", "--no"]);
    expect(both.code).toBe(2);
    expect((await cli(folder, ["runs"])).stdout).toContain(`${runId}  suspended  `);
  });
});

test.each([["resume"], ["cancel"], ["replay"], ["approve", "a/b", "--yes"]])(
  "%s of a run that is unknown is refused, and makes nothing",
  async (name, ...rest) => {
    const folder = folderWith();
    const run = await cli(folder, [name, "r_0000000000000000", ...rest, "--output", "json"]);
    expect(run.code).toBe(2);
    expect(faultsOf(run)).toMatchObject([{ code: "RUN_UNKNOWN" }]);
    expect(filesIn(folder)).toEqual([]);
  },
);

describe("doctor --journal", () => {
  test("passes over whole records, and fails with exit code 1 where they are not", async () => {
    const folder = folderWith();
    expect((await cli(folder, ["doctor", "--journal"])).stdout).toMatch(/^PASS {2}journal +0 runs, /m);
    expect(filesIn(folder)).toEqual([]);
    const { stdout } = await cli(folder, ["execute", "ABYSSAL[CODE]('x')", "--output", "json"]);
    const { runId } = JSON.parse(stdout) as Document;
    expect((await cli(folder, ["doctor", "--journal"])).code).toBe(0);
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const db = new DatabaseSync(join(folder, ".abyssal/journal.db"));
    db.exec("UPDATE records SET body = replace(body, 'CODE', 'MODE') WHERE kind = 'accepted'");
    db.close();
    const damaged = await cli(folder, ["doctor", "--journal"]);
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(
      new RegExp(`^FAIL {2}journal +JOURNAL_CORRUPT ${runId}: record 0 was changed$`, "m"),
    );
  });
});

test("planning loads no database, running does", async () => {
  const loads =
    "process.on('exit', () => console.error(process.moduleLoadList.includes('NativeModule sqlite')))";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(loads)}` };
  const lastWord = async (command: string): Promise<string | undefined> => {
    const { ended } = spawned(folderWith(), [command, "ABYSSAL[CODE]('x')"], { env });
    return (await ended).stderr.trimEnd().split("\n").at(-1);
  };
  expect([await lastWord("plan"), await lastWord("execute")]).toEqual(["false", "true"]);
});
