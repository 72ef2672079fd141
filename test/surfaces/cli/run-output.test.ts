import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/actors/run-events.ts";
import type { BatchResult } from "../../../src/surfaces/batch.ts";
import type { RunResult } from "../../../src/surfaces/run-result.ts";
import { cli, filesIn, folderWith, scriptTemplate } from "./cli-harness.ts";

const CODE = "ABYSSAL[CODE]('parser')";
const FAILS = { "templates/fails.yaml": scriptTemplate("FAILS", { only: "process.exit(3)" }) };
const MIXED = {
  "templates/mixed.yaml": scriptTemplate("MIXED", { good: "console.log('fine')", bad: "process.exit(3)" }),
};
const ASKS = {
  "templates/asks.yaml": scriptTemplate("ASKS", { early: "console.log('early')" }).concat(
    "  late: { needs: [early], agent: tester, approve: true, prompt: 'Go on' }\n",
  ),
};

describe("what is printed", () => {
  test("text: the answer on stdout, progress and summary on stderr", async () => {
    const { code, stdout, stderr } = await cli(folderWith(), ["execute", CODE]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# /);
    expect(stdout).not.toContain("confidence  ");
    expect(stderr).toMatch(/^run r_[0-9a-z]{20} started: 5 agents, planned for /);
    expect(stderr.match(/^succeeded code\//gm)).toHaveLength(5);
    expect(stderr).toMatch(/^status {6}succeeded, 5 agents, /m);
    expect(stderr).toMatch(/^quality {5}0\.\d\d: coverage 1\.00, validity /m);
    expect(stderr).toMatch(/^confidence {2}0\.\d\d, draft: made by rules, no model was asked$/m);
  });

  test("--quiet leaves stderr empty and stdout as it was", async () => {
    const { stdout, stderr } = await cli(folderWith(), ["run", CODE, "--quiet"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^# /);
  });

  test("warnings stand on stderr, rendered like errors", async () => {
    const { code, stderr } = await cli(folderWith(), ["execute", "ABYSSAL[CODE]('x', langage='rust')"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning PARAM_/m);
    expect(stderr).toContain('did you mean "language"?');
  });

  test("json: exactly one document, the result, and what is remembered is the same", async () => {
    const folder = folderWith();
    const { stdout } = await cli(folder, ["execute", CODE, "--output", "json"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const result = JSON.parse(stdout) as RunResult;
    expect(Object.keys(result)).toEqual(
      expect.arrayContaining([
        "runId",
        "status",
        "output",
        "data",
        "artifacts",
        "confidence",
        "quality",
        "conflicts",
        "results",
        "usage",
        "durationMs",
        "planHash",
        "policyHash",
      ]),
    );
    expect(filesIn(folder)).toEqual([
      ".abyssal/cache.db",
      `.abyssal/heads/${result.runId}`,
      ".abyssal/journal.db",
    ]);
    const { stdout: record } = await cli(folder, ["status", result.runId, "--output", "json"]);
    expect(JSON.parse(record)).toMatchObject({ status: "succeeded", result });
  });

  test("ndjson: one event a line from the first to the last, then one line of type result", async () => {
    const { stdout } = await cli(folderWith(), ["execute", CODE, "--output", "ndjson"]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent | (RunResult & { type: "result" }));
    expect(lines[0]).toMatchObject({ type: "run.started" });
    expect(lines.at(-2)).toMatchObject({ type: "run.ended", status: "succeeded" });
    expect(lines.at(-1)).toMatchObject({ type: "result", status: "succeeded" });
    expect(lines.filter(({ type }) => type === "result")).toHaveLength(1);
    expect(lines.filter(({ type }) => type === "agent.ended")).toHaveLength(5);
  });

  test("a batch answers for each of its commands, in json and in the report", async () => {
    const folder = folderWith({
      ...FAILS,
      "b.json": JSON.stringify([CODE, "ABYSSAL[FAILS]()", "ABYSSAL[TEST]('parser')"]),
      "b.abyssal": `review = ${CODE}\n# a comment\nABYSSAL[DOCUMENT]($review)`,
    });
    const list = await cli(folder, ["batch", "execute", "b.json", "--output", "json", "--out", "out"]);
    const batch = JSON.parse(list.stdout) as BatchResult;
    expect(list.code).toBe(4);
    expect(batch.summary).toEqual({ total: 3, succeeded: 2, partial: 0, failed: 1 });
    expect(batch.items.map(({ status, command }) => [status, command])).toEqual([
      ["succeeded", CODE],
      ["failed", "ABYSSAL[FAILS]()"],
      ["succeeded", "ABYSSAL[TEST]('parser')"],
    ]);
    expect(readFileSync(join(folder, "out", "report.md"), "utf8")).toContain(
      "| `ABYSSAL[FAILS]()` | failed | 0 | 1 |",
    );
    const text = await cli(folder, ["batch", "execute", "b.abyssal"]);
    expect(text.code).toBe(0);
    expect(text.stderr).toMatch(/^batch {7}2 commands: 2 succeeded, 0 partial, 0 failed$/m);
  });
});

describe("exit codes and reasons", () => {
  test("1 when nothing ended well, with the reason", async () => {
    const { code, stderr } = await cli(folderWith(FAILS), ["execute", "ABYSSAL[FAILS]()"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^reason {6}COMMAND_EXIT fails\/only: /m);
  });

  test("4 when some of it ended well", async () => {
    const { code, stdout, stderr } = await cli(folderWith(MIXED), ["execute", "ABYSSAL[MIXED]()"]);
    expect(code).toBe(4);
    expect(stdout).toContain("fine");
    expect(stderr).toMatch(/^status {6}partial, 2 agents \(1 failed\)/m);
  });

  test("4 and what was done by then when the run takes longer than --timeout", async () => {
    const folder = folderWith({
      "templates/slow.yaml": scriptTemplate("SLOW", {
        good: "console.log('fine')",
        slow: "setTimeout(() => {}, 60000)",
      }),
    });
    const { code, stderr } = await cli(folder, ["execute", "ABYSSAL[SLOW]()", "--timeout", "700ms"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^reason {6}RUN_TIMEOUT: /m);
  });

  test("6 when a person must approve and there is no terminal; it is said what waits and how to go on", async () => {
    const { code, stdout, stderr } = await cli(folderWith(ASKS), ["execute", "ABYSSAL[ASKS]()"], {
      stdin: "",
    });
    expect(code).toBe(6);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^waits for {3}asks\/late: May tester run asks\/late\? It is asked: Go on$/m);
    expect(stderr).toMatch(/^go on {7}abyssal approve r_\w+ asks\/late --yes /m);
  });
});

describe("--out", () => {
  test("holds the report, the result and the answer's files, and nothing half-written", async () => {
    const folder = folderWith();
    const { code, stderr, stdout } = await cli(folder, [
      "execute",
      CODE,
      "--out",
      "deep/out",
      "--output",
      "json",
    ]);
    const result = JSON.parse(stdout) as RunResult;
    expect(code).toBe(0);
    expect(filesIn(join(folder, "deep/out"))).toEqual(
      [...result.artifacts.map(({ path }) => `artifacts/${path}`), "report.md", "result.json"].sort(),
    );
    expect(JSON.parse(readFileSync(join(folder, "deep/out/result.json"), "utf8"))).toEqual(result);
    for (const { path, content } of result.artifacts)
      expect(readFileSync(join(folder, "deep/out/artifacts", path), "utf8")).toBe(content);
    expect(stderr).toContain("deep/out/report.md");
  });

  test("the report names its status, the answer, and which agents each part rests on", async () => {
    const folder = folderWith(MIXED);
    await cli(folder, ["execute", `ABYSSAL[MIXED]() & ${CODE}`, "--out", "out"]);
    const report = readFileSync(join(folder, "out/report.md"), "utf8");
    expect(report).toMatch(/^# Run r_\w+: partial\n/);
    expect(report).toContain("Why it is not whole:\n\n- `COMMAND_EXIT` at `fork/mixed/bad`: ");
    expect(report).toMatch(/^\| CODE: parser \| `fork\/code` \| `fork\/code\/design`, .* \(draft\) \|$/m);
    expect(report).toMatch(
      /^\| `fork\/mixed\/bad` \| tester \| failed \| 1 \| .* \| none \| COMMAND_EXIT: /m,
    );
    for (const title of ["Provenance", "Results", "Conflicts", "Quality"])
      expect(report).toContain(`\n## ${title}\n`);
  });

  test("replaces its own files in a folder that is there and leaves others alone", async () => {
    const folder = folderWith({
      "out/report.md": "old",
      "out/mine.txt": "mine",
      "out/artifacts/mine.txt": "mine too",
    });
    await cli(folder, ["execute", CODE, "--out", "out"]);
    expect(readFileSync(join(folder, "out/report.md"), "utf8")).toMatch(/^# Run /);
    expect(readFileSync(join(folder, "out/mine.txt"), "utf8")).toBe("mine");
    expect(readFileSync(join(folder, "out/artifacts/mine.txt"), "utf8")).toBe("mine too");
  });

  test("writes through no link: one at artifacts stops the command before it starts", async () => {
    const folder = folderWith({ "elsewhere/keep.txt": "keep" });
    mkdirSync(join(folder, "out"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "out", "artifacts"));
    const { code, stderr } = await cli(folder, ["execute", CODE, "--out", "out"]);
    expect(code).toBe(2);
    expect(stderr).toContain("error OUTPUT_LINK: ");
    expect(filesIn(join(folder, "elsewhere"))).toEqual(["keep.txt"]);
    expect(filesIn(folder)).not.toContain(".abyssal");
  });

  test("writes through no link deeper down either: nothing is written, the answer is printed all the same", async () => {
    const folder = folderWith({ "elsewhere/keep.txt": "keep" });
    const first = JSON.parse((await cli(folder, ["execute", CODE, "--output", "json"])).stdout) as RunResult;
    const target = first.artifacts[0]!.path;
    mkdirSync(join(folder, "out/artifacts"), { recursive: true });
    const top = target.split("/")[0]!;
    symlinkSync(join(folder, "elsewhere"), join(folder, "out/artifacts", top));
    writeFileSync(join(folder, "out/report.md"), "old");
    const { code, stdout, stderr } = await cli(folder, ["execute", CODE, "--out", "out"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^# /);
    expect(stderr).toContain(
      `error OUTPUT_LINK: a link stands where output is to be written\n  at out/artifacts/${top}\n`,
    );
    expect(filesIn(join(folder, "elsewhere"))).toEqual(["keep.txt"]);
    expect(readFileSync(join(folder, "out/report.md"), "utf8")).toBe("old");
  });
});

test("a run is logged as JSON lines where the configuration names a file", async () => {
  const folder = folderWith({ "abyssal.config.yaml": "logging: { file: logs/run.log }", ...FAILS });
  const { stdout } = await cli(folder, ["execute", "ABYSSAL[FAILS]()", "--output", "json"]);
  const { runId } = JSON.parse(stdout) as RunResult;
  const texts = readFileSync(join(folder, "logs/run.log"), "utf8").trimEnd().split("\n");
  expect(texts.map((text) => text.split('"runId":').length - 1)).toEqual([1, 1, 1]);
  const lines = texts.map((text) => JSON.parse(text) as object);
  expect(lines.map((line) => (line as { msg: string }).msg)).toEqual([
    "run started",
    "agent failed",
    "run ended",
  ]);
  expect(lines[1]).toMatchObject({
    runId,
    path: "fails/only",
    event: "agent.ended",
    err: { code: "COMMAND_EXIT" },
  });
});
