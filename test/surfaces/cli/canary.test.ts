import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { HIDDEN } from "../../../src/shared/secrets.ts";
import { CANARY, GIVEN, secretsIn } from "../../support/canary.ts";
import { cli, folderWith, scriptTemplate, spawned } from "./cli-harness.ts";

const env = { SERVICE_API_KEY: CANARY, ABYSSAL_LOGGING_LEVEL: "trace", ABYSSAL_LOGGING_FILE: "a.log" };

/** Steps that tell it: in their output, in progress, in an error, as JSON and as an address writes it. */
const LEAKY = scriptTemplate("LEAKY", {
  tells: "console.log(JSON.stringify({ k: process.env.SERVICE_API_KEY }))",
  fails:
    "console.error('refused: ' + process.env.SERVICE_API_KEY + ' ' + encodeURIComponent(process.env.SERVICE_API_KEY)); process.exit(3)",
})
  .replace("steps:", "parameters: { what: { type: string, position: 1 }, api_key: { type: string } }\nsteps:")
  .replaceAll("performer: command,", "performer: command, env: [SERVICE_API_KEY],");
const PROGRAM = `ABYSSAL[LEAKY]("with ${CANARY}", api_key="${GIVEN}", note="${GIVEN}")`;

// The commands of a run are given it by name.
beforeEach(() => {
  vi.stubEnv("SERVICE_API_KEY", CANARY);
  return () => vi.unstubAllEnvs();
});

describe("a secret in parameters, the environment, results and errors", () => {
  test("is in no log, no progress, no explanation, and no view of a run, of this process or any other", async () => {
    const folder = folderWith({ "templates/leaky.yaml": LEAKY });
    const ran = await cli(folder, ["execute", PROGRAM, "--output", "json"], { env });
    expect(ran.code).toBe(4);
    const { runId, reasons, results } = JSON.parse(ran.stdout);
    expect(secretsIn(ran.stderr)).toEqual([]);
    expect(secretsIn(JSON.stringify({ reasons, results }))).toEqual([]);
    const log = readFileSync(join(folder, "a.log"), "utf8");
    expect(log).toContain("agent failed");
    expect(secretsIn(log)).toEqual([]);
    const lines = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.every((line) => line.runId === runId)).toBe(true);

    const views = [
      ["status", runId],
      ["runs"],
      ["runs", "--output", "json"],
      ["monitor", "--once"],
      ["monitor", "--once", "--output", "ndjson"],
      ["monitor", runId],
      ["monitor", runId, "--output", "ndjson"],
      ["explain", runId],
      ["explain", runId, "--output", "json"],
      ["explain", runId, "leaky/fails"],
      ["explain", runId, "leaky/fails", "--output", "json"],
      ["dead-letters", runId],
      ["replay", runId],
      ["plan", PROGRAM],
      ["plan", PROGRAM, "--output", "json"],
      ["check", PROGRAM],
      ["diagram", PROGRAM],
    ];
    for (const args of views) {
      const { stdout, stderr } = await cli(folder, args, { env: { SERVICE_API_KEY: CANARY } });
      expect([args, secretsIn(stdout + stderr)]).toEqual([args, []]);
    }
    expect((await cli(folder, ["status", runId], { env })).stdout).toContain(`api_key="${HIDDEN}"`);
  });

  test("is in no event that a script reads, and in no excerpt of a diagnostic", async () => {
    const folder = folderWith({ "templates/leaky.yaml": LEAKY });
    const ran = await cli(folder, ["execute", PROGRAM, "--output", "ndjson"], { env });
    const events = ran.stdout.trimEnd().split("\n").slice(0, -1).join("\n");
    expect(events).toContain("agent.ended");
    expect(secretsIn(events)).toEqual([]);
    const faulty = await cli(
      folder,
      ["check", `ABYSSAL[LEAKY]("${CANARY}", api_key=${CANARY.slice(0, 6)})`],
      { env },
    );
    expect(faulty.code).toBe(2);
    expect(secretsIn(faulty.stdout + faulty.stderr)).toEqual([]);
  });

  test("is not in what a crash leaves behind", async () => {
    const folder = folderWith();
    writeFileSync(join(folder, "crash.mjs"), `setImmediate(() => { throw new Error("in ${CANARY}") });`);
    const node = { NODE_OPTIONS: `--import ${join(folder, "crash.mjs")}`, ABYSSAL_DEBUG: "1", ...env };
    const { ended } = spawned(folder, ["monitor", "--interval", "1h"], { env: node });
    const { code, stderr } = await ended;
    expect(secretsIn(stderr)).toEqual([]);
    expect([code, stderr.includes(HIDDEN)]).toEqual([3, true]);
  });

  test("is still in the answer, which is what the agents made", async () => {
    const folder = folderWith({ "templates/leaky.yaml": LEAKY });
    const { stdout } = await cli(folder, ["execute", PROGRAM, "--output", "json", "--out", "out"], { env });
    expect(JSON.parse(stdout).output).toContain(CANARY);
    expect(readFileSync(join(folder, "out", "report.md"), "utf8")).toContain(CANARY);
  });

  test("fmt gives a program back as it is", async () => {
    const { stdout } = await cli(folderWith(), ["fmt", PROGRAM], { env });
    expect(stdout).toContain(CANARY);
    expect(stdout).toContain(GIVEN);
  });

  test("is in no log of a server, which tells how runs and agents went, and of alerts", async () => {
    const rules = "alerts: { rules: [{ when: failure_rate, above: 0.1, minimum_runs: 1 }] }\n";
    const folder = folderWith({ "templates/leaky.yaml": LEAKY, "abyssal.config.yaml": rules });
    const { child, ended } = spawned(folder, ["serve", "--port", "0"], { env });
    const url = await new Promise<string>((resolve) =>
      child.stdout!.once("data", (text: string) => resolve(text.trim())),
    );
    const started = await fetch(`${url}/execute?wait=60`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ command: PROGRAM }),
    });
    expect(started.status).toBe(200);
    const { runId } = (await started.json()) as { runId: string };
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    const log = readFileSync(join(folder, "a.log"), "utf8");
    expect(secretsIn(log)).toEqual([]);
    const lines = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ofRun = lines.filter((line) => line.runId === runId);
    const told = ofRun.filter(({ level }) => level >= 30).map(({ msg }) => msg);
    expect(told.toSorted()).toEqual(["agent ended", "agent failed", "run ended", "run started"]);
    expect([told[0], told.at(-1)]).toEqual(["run started", "run ended"]);
    expect(lines.map(({ event }) => event)).toContain("alert.firing");
  });
});

describe("a secret parameter", () => {
  const SECRET = "canary/5e1a+deploys";
  const granted = { "abyssal.config.yaml": "secrets: { parameters: [DEPLOY_PASS] }\n" };
  const told = "console.log(process.env.T); console.error(encodeURIComponent(process.env.T));";
  const TEMPLATE = `
name: SENDS
version: 1.0.0
description: Uses a secret, and tells it
category: test
parameters: { pass: { type: string, secret: true, required: true } }
steps:
  tells: { run: { performer: command, command: node, args: [-e, "${told}"], env: { T: "{{ pass }}" } } }
  fails: { run: { performer: command, command: node, args: [-e, "${told} process.exit(3)"], env: { T: "{{ pass }}" } } }
`;
  const files = { "templates/sends.yaml": TEMPLATE, ...granted };
  const variables = { DEPLOY_PASS: SECRET, ABYSSAL_LOGGING_LEVEL: "trace", ABYSSAL_LOGGING_FILE: "a.log" };
  const program = 'ABYSSAL[SENDS](pass="env:DEPLOY_PASS")';
  const formsIn = (text: string): string[] =>
    [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString("base64").replace(/=+$/, "")].filter(
      (form) => text.includes(form),
    );

  test("reaches the work, and is nowhere else: in no output, answer, file, log, record or cache", async () => {
    const folder = folderWith(files);
    const ran = await cli(folder, ["execute", program, "--output", "json", "--out", "out"], {
      env: variables,
    });
    expect(ran.code).toBe(4);
    const { output, results } = JSON.parse(ran.stdout);
    expect(output).toContain(HIDDEN);
    expect(results.map(({ status }: { status: string }) => status).sort()).toEqual(["failed", "succeeded"]);
    expect(formsIn(ran.stdout + ran.stderr)).toEqual([]);
    const written = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(written.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["journal.db", "report.md", "a.log"]),
    );
    for (const { parentPath, name } of written)
      expect([name, formsIn(readFileSync(join(parentPath, name), "latin1"))]).toEqual([name, []]);
  });

  test("is refused when it stands in the program itself, or names what the configuration does not list", async () => {
    const folder = folderWith(files);
    const literal = await cli(folder, ["execute", `ABYSSAL[SENDS](pass="${SECRET}")`, "--output", "json"]);
    expect([literal.code, literal.stderr]).toEqual([2, expect.stringContaining("PARAM_SECRET")]);
    const other = await cli(folder, ["execute", 'ABYSSAL[SENDS](pass="env:HOME")', "--output", "json"]);
    expect(JSON.parse(other.stdout).reasons[0]).toMatchObject({ code: "SECRET_UNAVAILABLE" });
  });
});
