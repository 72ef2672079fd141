import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Diagnostic, diagnosticLine } from "../../src/shared/diagnostic.ts";
import { defaultConfig } from "../../src/surfaces/config/check-config.ts";
import { variableName } from "../../src/surfaces/config/environment.ts";
import { CONFIG_SETTINGS, configJsonSchema } from "../../src/surfaces/config/schema.ts";
import { type ConfigSources, loadConfig } from "../../src/surfaces/config.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

const write = (text: string, name = "abyssal.config.yaml") => writeFile(join(folder, name), text);
const load = (sources: Partial<ConfigSources> = {}) =>
  loadConfig({ workingFolder: folder, env: {}, ...sources });

async function problems(sources: Partial<ConfigSources> = {}): Promise<Diagnostic[]> {
  const result = await load(sources);
  if (result.ok) throw new Error("the configuration was accepted");
  return result.error;
}

test("without a file, variables or overrides the documented defaults hold", async () => {
  expect(await load()).toEqual({ ok: true, value: defaultConfig });
  expect(defaultConfig).toEqual({
    models: { maxOutputTokens: 8192 },
    budgets: {},
    execution: { maxConcurrentAgents: 20, maxRecursiveDepth: 6, defaultTimeoutMinutes: 30, forkThreshold: 3 },
    planning: { improveMs: 10 },
    resources: { memoryLimitGb: 8, cpuLimitCores: 8, gpuEnabled: false },
    templates: { registryPath: "./templates", autoDiscovery: true, versionControl: true },
    monitoring: {
      apiPort: 8084,
      metricsPort: 8085,
      dashboardPort: 8086,
      inspectorPort: 8087,
      inspectorPage: "https://stately.ai/inspect",
    },
    logging: { maxSize: "100MB", maxAgeDays: 1, retentionDays: 30 },
    cache: { enabled: true, maxSize: "256MB" },
    resilience: { enabled: true },
    alerts: {},
    secrets: {},
    routing: { confidence: "calibrated", halfLifeDays: 7, performers: "preferred" },
    server: {
      host: "127.0.0.1",
      bodyLimit: "2MB",
      requestsPerMinute: 6_000,
      maxRunningRuns: 16,
      maxQueuedRuns: 1_000,
      drainSeconds: 10,
      streamStallSeconds: 30,
    },
    auth: { issuer: "abyssal", audience: "abyssal", roleClaim: "role", tenantClaim: "tenant" },
    tools: {
      autonomy: "medium",
      steps: 16,
      approvalDefault: "reject",
      httpTimeoutSeconds: 30,
      httpMaxKb: 2_048,
      folder: "run",
    },
  });
});

test("an empty file and a file of comments change nothing", async () => {
  for (const text of ["", "# nothing yet\n", "{}"]) {
    await write(text);
    expect(await load()).toEqual({ ok: true, value: defaultConfig });
  }
});

test("overrides win over the environment, which wins over the file, which wins over the defaults", async () => {
  await write("execution:\n  max_concurrent_agents: 5\n  fork_threshold: 5\n  max_recursive_depth: 5\n");
  const env = { ABYSSAL_EXECUTION_FORK_THRESHOLD: "6", ABYSSAL_EXECUTION_MAX_RECURSIVE_DEPTH: "6" };
  const result = await load({ env, overrides: { execution: { maxRecursiveDepth: 7 } } });
  expect(result).toMatchObject({
    ok: true,
    value: {
      execution: {
        maxConcurrentAgents: 5,
        forkThreshold: 6,
        maxRecursiveDepth: 7,
        defaultTimeoutMinutes: 30,
      },
    },
  });
});

test("an override of undefined, as a flag that was not given, changes nothing", async () => {
  const overrides = { model: undefined, execution: { maxConcurrentAgents: undefined } };
  expect(await load({ overrides })).toEqual({ ok: true, value: defaultConfig });
});

test("every setting can be given by its variable, in the kind that it takes", async () => {
  const env = {
    ABYSSAL_MODEL: "openai/gpt-9",
    ABYSSAL_EXECUTION_DEFAULT_TIMEOUT_MINUTES: "0.5",
    ABYSSAL_RESOURCES_GPU_ENABLED: "TRUE",
    ABYSSAL_CACHE_ENABLED: "false",
    ABYSSAL_TEMPLATES_REGISTRY_PATH: "42",
    ABYSSAL_LOGGING_LEVEL: "debug",
    ABYSSAL_LOGGING_MAX_SIZE: "",
    ABYSSAL_RUN_ID: "r_1",
    ABYSSAL_HOME: "/opt",
    ABYSSAL_TOKEN: "somebody else's",
  };
  expect(await load({ env })).toMatchObject({
    ok: true,
    value: {
      model: "openai/gpt-9",
      execution: { defaultTimeoutMinutes: 0.5 },
      resources: { gpuEnabled: true },
      cache: { enabled: false },
      templates: { registryPath: "42" },
      logging: { level: "debug", maxSize: "100MB" },
    },
  });
});

test("a wrong value is reported at its line and column, with what was expected and what stood there", async () => {
  await write("execution:\n  max_concurrent_agents: twenty\nresources:\n  gpu_enabled: 1\n");
  const found = await problems();
  expect(found.map(diagnosticLine)).toEqual([
    'CONFIG_INVALID abyssal.config.yaml:2:26: execution.max_concurrent_agents is not valid (expected a whole number from 1 to 10000; got "twenty")',
    "CONFIG_INVALID abyssal.config.yaml:4:16: resources.gpu_enabled is not valid (expected true or false; got 1)",
  ]);
});

test("an unknown key is reported at the key with the nearest name", async () => {
  await write("execution: { max_concurent_agents: 3 }\ntemplate: {}\nzzz: 1\n");
  const found = await problems();
  expect(found.map(({ code, span, hint }) => [code, span?.start.line, span?.start.column, hint])).toEqual([
    ["CONFIG_INVALID", 1, 14, "did you mean max_concurrent_agents?"],
    ["CONFIG_INVALID", 2, 1, "did you mean templates?"],
    [
      "CONFIG_INVALID",
      3,
      1,
      "known here: model, models, budgets, execution, planning, resources, templates, monitoring, logging, cache, resilience, routing, server, alerts, secrets, auth, tools, environments",
    ],
  ]);
});

test("a wrong variable is reported by its name, a misspelt one with the right name", async () => {
  const env = { ABYSSAL_MONITORING_API_PORT: "http", ABYSSAL_MODLE: "a/b", ABYSSAL_EXECUTION_SPEED: "9" };
  const found = await problems({ env });
  expect(found.map(({ code, place, hint, expected }) => [code, place, hint ?? expected])).toEqual([
    ["CONFIG_INVALID", "ABYSSAL_EXECUTION_SPEED", "see `docs/reference/configuration.md` for the names"],
    ["CONFIG_INVALID", "ABYSSAL_MODLE", "did you mean ABYSSAL_MODEL?"],
    ["CONFIG_INVALID", "ABYSSAL_MONITORING_API_PORT", "a whole number from 0 to 65535"],
  ]);
});

test("a wrong override is reported under the caller's own name", async () => {
  const found = await problems({ overrides: { execution: { maxConcurrentAgents: 0 } } });
  expect(found).toMatchObject([
    { code: "CONFIG_INVALID", place: "options.config.execution.maxConcurrentAgents", got: "0" },
  ]);
});

test("faults of the file, the environment and the overrides are reported together", async () => {
  await write("cache: { enabled: maybe }");
  const overrides = { execution: { forkThreshold: 1 } };
  const found = await problems({ env: { ABYSSAL_LOGGING_LEVEL: "loud" }, overrides });
  expect(found.map(({ span, place }) => span?.source ?? place).sort()).toEqual([
    "ABYSSAL_LOGGING_LEVEL",
    "abyssal.config.yaml",
    "options.config.execution.forkThreshold",
  ]);
});

test.each([
  ["a file that is no mapping", "- a\n- b\n", "CONFIG_SYNTAX"],
  ["broken YAML", "execution: {\n", "CONFIG_SYNTAX"],
  ["a key given twice", "model: a/b\nmodel: a/c\n", "CONFIG_SYNTAX"],
  ["an unknown tag", "model: !secret a/b\n", "CONFIG_SYNTAX"],
  ["two documents", "model: a/b\n---\nmodel: a/c\n", "CONFIG_SYNTAX"],
  ["an alias bomb", `a: &a [x]\nb: &b [${"*a,".repeat(99)}]\nc: [${"*b,".repeat(99)}]\n`, "CONFIG_SYNTAX"],
  ["an oversized file", `# ${"x".repeat(300_000)}`, "CONFIG_INVALID"],
  ["a section that is a value", "execution: 5\n", "CONFIG_INVALID"],
  ["a key that could reach a prototype", "__proto__: { model: a/b }\n", "CONFIG_SYNTAX"],
  ["a tab as indentation", "execution:\n\tfork_threshold: 3\n", "CONFIG_SYNTAX"],
  ["a key that is no text", "? [a]\n: 1\n", "CONFIG_SYNTAX"],
  ["a size without a unit", "logging: { max_size: '100' }\n", "CONFIG_INVALID"],
  [
    "a webhook that is no web address",
    "monitoring: { alert_webhook: 'file:///etc/passwd' }\n",
    "CONFIG_INVALID",
  ],
  ["a log file outside the working folder", "logging: { file: ../other.log }\n", "CONFIG_INVALID"],
  ["two services on one port", "monitoring: { api_port: 8085 }\n", "CONFIG_INVALID"],
])("%s is refused with a place", async (_, text, code) => {
  await write(text);
  const found = await problems();
  expect(found[0]?.code).toBe(code);
  if (code === "CONFIG_SYNTAX") expect(found[0]?.hint).toBeTruthy();
  expect(found[0]?.span?.source ?? found[0]?.place).toContain("config");
});

test("a named file that is missing or a folder is CONFIG_UNREADABLE; a missing default file is not", async () => {
  await mkdir(join(folder, "folder.yaml"));
  expect(await problems({ file: "nowhere.yaml" })).toMatchObject([
    { code: "CONFIG_UNREADABLE", place: "nowhere.yaml", got: "ENOENT" },
  ]);
  expect(await problems({ file: "folder.yaml" })).toMatchObject([
    { code: "CONFIG_UNREADABLE", got: "EISDIR" },
  ]);
});

test("a file that is not UTF-8 is CONFIG_UNREADABLE; one with a mark of the byte order is read", async () => {
  await writeFile(join(folder, "abyssal.config.yaml"), Buffer.from([0x6d, 0x3a, 0xff, 0xfe]));
  expect(await problems()).toMatchObject([{ code: "CONFIG_UNREADABLE", got: "text that is not UTF-8" }]);
  await write("\ufeffplanning: { improve_ms: 7 }\n");
  expect(await load()).toMatchObject({ ok: true, value: { planning: { improveMs: 7 } } });
});

test("a named file is read in place of the default one", async () => {
  await write("model: a/default\n");
  await write("model: a/named\n", "other.yaml");
  expect(await load({ file: "other.yaml" })).toMatchObject({ ok: true, value: { model: "a/named" } });
});

test("the JSON Schema for editors is current (update it with `npx vitest run test/surfaces/config.test.ts -u`)", async () => {
  const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../docs/reference/config.schema.json");
});

test("the reference names every setting with its variable and default", async () => {
  const page = await readFile(new URL("../../docs/reference/configuration.md", import.meta.url), "utf8");
  const rows = page.split("\n");
  for (const { path, schema } of CONFIG_SETTINGS) {
    const row = rows.find((line) => line.startsWith(`| \`${path.join(".")}\` |`));
    const standard = schema.safeParse(undefined).data;
    expect(row, path.join(".")).toContain(`\`${variableName(path)}\``);
    expect(row, path.join(".")).toContain(standard === undefined ? "| none |" : `| \`${standard}\` |`);
  }
});

const STAGED = `
execution: { max_concurrent_agents: 4 }
cache: { enabled: false }
environments:
  production:
    execution: { max_concurrent_agents: 64 }
    server: { host: 0.0.0.0 }
  staging: {}
`;

test("the chosen environment stands above the file, and below variables and overrides", async () => {
  await write(STAGED);
  const agents = async (sources: Partial<ConfigSources> = {}): Promise<number> => {
    const result = await load(sources);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    expect(result.value.cache.enabled).toBe(false);
    return result.value.execution.maxConcurrentAgents;
  };
  expect(await agents()).toBe(4);
  expect(await agents({ env: { ABYSSAL_ENV: "staging" } })).toBe(4);
  expect(await agents({ env: { ABYSSAL_ENV: "production" } })).toBe(64);
  const env = { ABYSSAL_ENV: "production", ABYSSAL_EXECUTION_MAX_CONCURRENT_AGENTS: "9" };
  expect(await agents({ env })).toBe(9);
  expect(await agents({ env, overrides: { execution: { maxConcurrentAgents: 2 } } })).toBe(2);
});

test("an environment that does not exist is refused with the nearest name, and all of them are checked, chosen or not", async () => {
  await write(STAGED);
  expect(await problems({ env: { ABYSSAL_ENV: "producton" } })).toMatchObject([
    { code: "CONFIG_INVALID", place: "ABYSSAL_ENV", got: "producton", hint: "did you mean production?" },
  ]);
  await write("environments:\n  production: { execution: { max_concurent_agents: 64 } }\n  staging: 5\n");
  for (const env of [{}, { ABYSSAL_ENV: "production" }])
    expect((await problems({ env })).map(({ span, message }) => [span?.start.line, message]).sort()).toEqual([
      [2, "unknown setting execution.max_concurent_agents"],
      [3, "environments.staging is not valid"],
    ]);
  await write("");
  expect(await problems({ env: { ABYSSAL_ENV: "production" } })).toMatchObject([{ place: "ABYSSAL_ENV" }]);
});
