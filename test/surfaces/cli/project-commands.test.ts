import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { abyssalVersion } from "../../../src/surfaces/cli/version.ts";
import { defaultConfig } from "../../../src/surfaces/config/check-config.ts";
import { CONFIG_SETTINGS } from "../../../src/surfaces/config/schema.ts";
import { loadConfig } from "../../../src/surfaces/config.ts";
import { cli, filesIn, folderWith } from "./cli-harness.ts";

const INIT_FILES = ["abyssal.config.yaml", "example.abyssal", "templates/briefing.yaml"];

describe("init", () => {
  test("writes a configuration, an example that runs, and a template of one's own", async () => {
    const folder = folderWith();
    expect((await cli(folder, ["init"])).code).toBe(0);
    expect(filesIn(folder)).toEqual(INIT_FILES);
    const run = await cli(folder, ["execute", "--file", "example.abyssal", "--output", "json"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ status: "succeeded" });
    expect((await cli(folder, ["fmt", "--check", "--file", "example.abyssal"])).code).toBe(0);
  });

  test("the configuration shows every setting; uncommented it is the defaults", async () => {
    const folder = folderWith();
    await cli(folder, ["init"]);
    const text = readFileSync(join(folder, "abyssal.config.yaml"), "utf8");
    expect(await loadConfig({ workingFolder: folder, env: {} })).toEqual({ ok: true, value: defaultConfig });
    const bare = text
      .split("\n")
      .filter(
        (line) =>
          /^# +?\w+:|^# \w+:|^# {3}\w+:/.test(line) && !/: *$/.test(line.replace(/^# \w+:$/, "section")),
      )
      .map((line) => line.slice(2));
    const settings = parse(bare.join("\n")) as Record<string, Record<string, unknown>>;
    for (const { path, schema } of CONFIG_SETTINGS) {
      const [section, key] = path;
      const usual = schema.safeParse(undefined);
      if (key === undefined || !usual.success || usual.data === undefined)
        expect(text).toContain(`${key ?? section}:`);
      else expect([path, settings[section]![key]]).toEqual([path, usual.data]);
    }
  });

  test("refuses to replace what is there, all or nothing, unless forced", async () => {
    const folder = folderWith({ "example.abyssal": "mine" });
    const refused = await cli(folder, ["init"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("error OUTPUT_EXISTS: ");
    expect(filesIn(folder)).toEqual(["example.abyssal"]);
    expect((await cli(folder, ["init", "--force"])).code).toBe(0);
    expect(readFileSync(join(folder, "example.abyssal"), "utf8")).not.toBe("mine");
  });
});

describe("doctor", () => {
  test("passes in a folder that has nothing, and writes nothing", async () => {
    const folder = folderWith();
    const { code, stdout } = await cli(folder, ["doctor"]);
    expect(code).toBe(0);
    expect(stdout.match(/^PASS {2}\w+/gm)?.slice(0, 5)).toEqual(
      ["node", "folder", "configuration", "templates", "performers"].map((name) => `PASS  ${name}`),
    );
    expect(filesIn(folder)).toEqual([]);
  });

  test("fails with exit code 1 and a hint on a configuration and a template that are wrong", async () => {
    const folder = folderWith({
      "abyssal.config.yaml": "execution: { fork_treshold: 3 }",
      "templates/a.yaml": "name: 7\n",
    });
    const { code, stdout } = await cli(folder, ["doctor", "--output", "json"]);
    expect(code).toBe(1);
    const { healthy, checks } = JSON.parse(stdout) as {
      healthy: boolean;
      checks: { name: string; state: string; found: string }[];
    };
    expect(healthy).toBe(false);
    const failing = checks.filter(({ state }) => state === "FAIL");
    expect(failing.map(({ name }) => name)).toEqual(["configuration", "templates"]);
    expect(failing[0]!.found).toContain("CONFIG_INVALID abyssal.config.yaml:1:");
  });

  test("warns without npm and git, which only AUDIT needs", async () => {
    const { code, stdout } = await cli(folderWith(), ["doctor"], { env: { PATH: "" } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WARN {2}npm +not on the PATH$/m);
    expect(stdout).toMatch(/^WARN {2}git +not on the PATH$/m);
  });
});

describe("runs and status", () => {
  test("list what was run here, the newest first, and show one of them", async () => {
    const folder = folderWith();
    expect((await cli(folder, ["runs"])).stdout).toBe("no runs yet in this folder\n");
    expect(filesIn(folder)).toEqual([]);
    await cli(folder, ["execute", "ABYSSAL[CODE]('first')"]);
    await cli(folder, ["execute", "ABYSSAL[CODE]('second')"]);
    const lines = (await cli(folder, ["runs"])).stdout.trimEnd().split("\n");
    expect(lines[1]).toMatch(/^r_\w+ {2}succeeded .* 5 {2}ABYSSAL\[CODE\]\('second'\)$/);
    expect(lines[2]).toContain("'first'");
    const { stdout } = await cli(folder, ["status"]);
    expect(stdout).toContain("ABYSSAL[CODE]('second')");
    expect(stdout).toMatch(/^status {6}succeeded, 5 agents, /m);
  });
});

describe("help and version", () => {
  test("the version is that of the package", async () => {
    expect(await cli(folderWith(), ["--version"])).toEqual({
      code: 0,
      stdout: `${abyssalVersion()}\n`,
      stderr: "",
    });
  });

  test("help names every command, and none that does not exist yet", async () => {
    const { code, stdout } = await cli(folderWith(), []);
    expect(code).toBe(0);
    for (const name of [
      "execute",
      "batch",
      "plan",
      "check",
      "fmt",
      "diagram",
      "list-templates",
      "show-template",
      "register-template",
      "status",
      "runs",
      "resume",
      "approve",
      "cancel",
      "replay",
      "explain",
      "monitor",
      "cache",
      "serve",
      "token",
      "init",
      "doctor",
    ])
      expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    for (const name of ["weave", "mcp"]) expect(stdout).not.toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    expect((await cli(folderWith(), ["execute", "--help"])).stdout).toContain("--no-cache");
  });
});
