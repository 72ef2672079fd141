import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bundle } from "../../src/surfaces/bundle.ts";
import { createAbyssal } from "../../src/surfaces/runtime.ts";
import { workOut } from "../../src/surfaces/work-out.ts";
import { WORKED_OUT_FILE } from "../../src/surfaces/worked-out.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = "ABYSSAL[CODE]('authentication service')";
const LIST_LOADED = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      if (url.startsWith("file:")) writeSync(2, "loaded " + url + "\\n");
      return next(url, context);
    },
  });`)}`;

/** A package as a build leaves it: its bundled files, and what was worked out for them. */
let folder: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "abyssal-built-")));
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const name of ["templates", "node_modules"]) symlinkSync(join(ROOT, name), join(folder, name), "dir");
  await bundle(ROOT, join(folder, "dist"));
  writeFileSync(join(folder, WORKED_OUT_FILE), JSON.stringify(await workOut(ROOT)));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** Runs a file of the package in a process of its own; `loaded`: what it read, packages from `node_modules` on. */
function run(args: readonly string[], cwd = temporaryFolder()) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", LIST_LOADED, ...args], {
    cwd,
    env: { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: "1" },
    encoding: "utf8",
  });
  const lines = stderr.split("\n");
  const loaded = lines
    .filter((line) => line.startsWith("loaded "))
    .map((line) => line.replace(/^.*?(\/node_modules\/|\/dist\/)/, "$1"));
  return { status, stdout, stderr: lines.filter((line) => !line.startsWith("loaded ")).join("\n"), loaded };
}

const abyssal = (args: readonly string[], cwd?: string) =>
  run([join(folder, "dist/surfaces/cli/main.js"), ...args], cwd);

test("the built command line plans as the sources do, to the last byte", async () => {
  const { status, stdout, stderr } = abyssal(["plan", PROGRAM, "--output", "json"]);
  expect([status, stderr]).toEqual([0, ""]);
  const sources = await createAbyssal({ workingFolder: temporaryFolder(), env: {} });
  expect(stdout).toBe(`${JSON.stringify(sources.plan(PROGRAM))}\n`);
});

test("a cold plan and --help load a handful of files, and of packages none that only runs, files of one's own or models need", () => {
  const plan = abyssal(["plan", PROGRAM]);
  expect([plan.status, plan.stderr]).toEqual([0, ""]);
  expect(plan.loaded.length).toBeLessThanOrEqual(14);
  const help = abyssal(["--help"]);
  expect(help.stdout).toContain("Usage: abyssal");
  expect(help.loaded.length).toBeLessThanOrEqual(6);
  for (const { loaded } of [plan, help]) {
    expect(loaded.filter((url) => url.includes("/node_modules/"))).toEqual([]);
    expect(
      loaded.filter((url) =>
        /engine|check-config|load-template|local-engine|sqlite-cache|model|mcp/.test(url),
      ),
    ).toEqual([]);
  }
});

test("a built run ends as one from the sources, and loads neither a model's SDK nor MCP nor A2A", () => {
  const ran = abyssal(["execute", PROGRAM, "--output", "json"]);
  expect([ran.status, JSON.parse(ran.stdout).status]).toEqual([0, "succeeded"]);
  expect(ran.loaded.filter((url) => /@ai-sdk|\/ai\/|modelcontextprotocol|a2a-js/.test(url))).toEqual([]);
});

test("a configuration and templates of one's own are read and checked by the built command line too", () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "abyssal.config.yaml"), "execution: { max_concurrent_agents: 3, mux: 1 }\n");
  const { status, stderr } = abyssal(["plan", PROGRAM], cwd);
  expect(status).toBe(2);
  expect(stderr).toContain("CONFIG_INVALID");
  expect(stderr).toContain("execution.mux");
  const unknown = spawnSync(process.execPath, [join(folder, "dist/surfaces/cli/main.js"), "plan", PROGRAM], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, ABYSSAL_EXECUTION_MUX: "1" },
    encoding: "utf8",
  });
  expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining("ABYSSAL_EXECUTION_MUX")]);
});

test("the built library runs, its machines load without the rest, and neither loads a model's SDK nor MCP", () => {
  const script = (text: string) => run(["--input-type=module", "--eval", text], folder);
  const library = script(`
    import { createAbyssal } from "abyssal-runtime";
    const abyssal = await createAbyssal({ workingFolder: ${JSON.stringify(temporaryFolder())}, env: {} });
    console.log((await abyssal.execute(${JSON.stringify(PROGRAM)})).status);`);
  expect([library.stdout, library.stderr]).toEqual(["succeeded\n", ""]);
  expect(library.loaded.filter((url) => /@ai-sdk|\/ai\/|modelcontextprotocol|a2a-js/.test(url))).toEqual([]);
  const machines = script(`
    import * as machines from "abyssal-runtime/machines";
    console.log(Object.keys(machines).length > 5);`);
  expect([machines.stdout, machines.stderr]).toEqual(["true\n", ""]);
  expect(machines.loaded.filter((url) => !/node_modules\/xstate\//.test(url)).length).toBeLessThanOrEqual(3);
});

test("the built machines are machines of the XState that is installed, so that its tools know them", () => {
  const { stdout, stderr } = run(
    [
      "--input-type=module",
      "--eval",
      `import { toDirectedGraph } from "@xstate/graph";
      import { StateMachine } from "xstate";
      import * as machines from "abyssal-runtime/machines";
      console.log(Object.values(machines).every((one) => one instanceof StateMachine && toDirectedGraph(one).children.length > 2));`,
    ],
    folder,
  );
  expect([stdout, stderr]).toEqual(["true\n", ""]);
});

test("the licences of all packages whose code is in the bundle go along", () => {
  const parts = readdirSync(join(folder, "dist/parts")).map((name) =>
    readFileSync(join(folder, "dist/parts", name), "utf8"),
  );
  const inside = new Set(
    parts.flatMap((text) =>
      [...text.matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name!),
    ),
  );
  expect(inside.size).toBeGreaterThan(5);
  const licences = readFileSync(join(folder, "dist/licences.txt"), "utf8");
  expect([...inside].filter((name) => !new RegExp(`^${name} \\d`, "m").test(licences))).toEqual([]);
});
