import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reloaded } from "../../../src/surfaces/http/config-watch.ts";
import { ScriptedPerformer } from "../../support/scripted-performer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { codeOf, server, TEMPLATES } from "./http-harness.ts";

const NEXT = TEMPLATES[0]!
  .replace("version: 1.0.0", "version: 1.1.0")
  .replace("Two steps", "Two other steps");

/** A server whose readings of changed files can be awaited, one after another. */
async function watched(config: string) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "abyssal.config.yaml"), config);
  const outcomes: Reloaded[] = [];
  let told = (): void => {};
  const one = await server({
    folder,
    reloaded: (outcome) => {
      outcomes.push(outcome);
      told();
    },
  });
  return {
    ...one,
    async write(text: string): Promise<Reloaded> {
      const next = new Promise<void>((resolve) => (told = resolve));
      writeFileSync(join(folder, "abyssal.config.yaml"), text);
      await next;
      return outcomes.at(-1)!;
    },
  };
}

test("settings are changed while the server runs, and hold for the next plan (G2)", async () => {
  const { ask } = await server();
  const agents = async (): Promise<number> => {
    const { json } = await ask(`/plan?command=${encodeURIComponent("ABYSSAL[PAIR]()")}`);
    return (json as { plan: { capacity: { agents: number } } }).plan.capacity.agents;
  };
  expect(await agents()).toBe(20);
  const body = { execution: { max_concurrent_agents: 3 } };
  const changed = await ask("/config", { method: "PATCH", body });
  expect(changed.status).toBe(200);
  expect(changed.json).toMatchObject({
    applied: ["execution.max_concurrent_agents"],
    pending: [],
    changed: body,
    config: { execution: { max_concurrent_agents: 3 } },
  });
  expect(await agents()).toBe(3);
  expect((await ask("/config")).json).toMatchObject({ changed: body, pending: [] });
});

test("G1 a change that is not valid is told with its place and changes nothing, not even the part that is valid", async () => {
  const { ask } = await server();
  const before = (await ask("/config")).text;
  for (const [body, place] of [
    [
      { execution: { max_concurrent_agents: 3, max_concurent_agents: 3 } },
      "body.execution.max_concurent_agents",
    ],
    [
      { execution: { max_concurrent_agents: 3 }, server: { max_queued_runs: -1 } },
      "body.server.max_queued_runs",
    ],
    [{ environments: {} }, "body.environments"],
    [{ model: "nobody/x" }, "body.model"],
  ] as const) {
    const refused = await ask("/config", { method: "PATCH", body });
    const code = "model" in body ? "MODEL_UNKNOWN_PROVIDER" : "CONFIG_INVALID";
    expect([refused.status, codeOf(refused)]).toEqual([422, code]);
    expect(refused.json).toMatchObject({ diagnostics: [{ place }] });
  }
  expect((await ask("/config", { method: "PATCH", body: "[1]" })).status).toBe(400);
  expect((await ask("/config")).text).toBe(before);
});

test("G1 a changed file is put in force at once; a bad one is told with its place and the old one goes on", async () => {
  const { ask, write } = await watched("server: { max_queued_runs: 7 }\n");
  const queued = async () =>
    ((await ask("/config")).json as { config: { server: { max_queued_runs: number } } }).config.server
      .max_queued_runs;
  expect(await queued()).toBe(7);
  expect(await write("server: { max_queued_runs: 8 }\n")).toEqual({
    kind: "renewed",
    renewal: { applied: ["server.max_queued_runs"], pending: [] },
  });
  expect(await queued()).toBe(8);
  expect(await write("server: { max_queued_runs: many }\n")).toMatchObject({
    kind: "kept",
    faults: [
      { code: "CONFIG_INVALID", span: { source: "abyssal.config.yaml", start: { line: 1, column: 28 } } },
    ],
  });
  expect(await queued()).toBe(8);
  expect(await write("server: { max_queued_runs: 9 }\nmonitoring: { api_port: 9999 }\n")).toMatchObject({
    renewal: { applied: ["server.max_queued_runs"], pending: ["monitoring.api_port"] },
  });
});

test("G1 a change by hand that only a start could put in force is refused: the server would end with it", async () => {
  const { ask } = await server();
  const before = (await ask("/config")).text;
  const body = {
    execution: { max_concurrent_agents: 3 },
    model: "openai/m",
    secrets: { parameters: ["DB_PASSWORD"] },
    routing: { half_life_days: 3, performers: "learned" },
    templates: { registry_path: "other", version_control: true },
    server: { body_limit: "1MB", drain_seconds: 1 },
    cache: { max_size: "256MB" },
  };
  const refused = await ask("/config", { method: "PATCH", body });
  expect(refused.status).toBe(422);
  const { diagnostics } = refused.json as { diagnostics: { code: string; place: string; hint: string }[] };
  expect(diagnostics.map(({ code, place }) => `${code} ${place}`).sort()).toEqual([
    "CONFIG_AT_START body.model",
    "CONFIG_AT_START body.routing.half_life_days",
    "CONFIG_AT_START body.secrets.parameters",
    "CONFIG_AT_START body.server.body_limit",
    "CONFIG_AT_START body.templates.registry_path",
  ]);
  expect((await ask("/config")).text).toBe(before);
});

test("a file's change that waits for a start hinders no change by hand", async () => {
  const { ask, write } = await watched("");
  await write("logging: { level: warn }\ntemplates: { registry_path: other }\n");
  const changed = await ask("/config", { method: "PATCH", body: { server: { drain_seconds: 1 } } });
  expect(changed.json).toMatchObject({
    applied: ["server.drain_seconds"],
    pending: ["templates.registry_path", "logging.level"],
  });
});

test("changes by hand that come at once all hold", async () => {
  const { ask } = await server();
  const changes = [
    { execution: { max_concurrent_agents: 3 } },
    { server: { max_queued_runs: 5 } },
    { planning: { improve_ms: 7 } },
  ];
  await Promise.all(changes.map((body) => ask("/config", { method: "PATCH", body })));
  expect((await ask("/config")).json).toMatchObject({ changed: Object.assign({}, ...changes) });
});

test("what was changed by hand stays above the file until the server ends", async () => {
  const { ask, write } = await watched("server: { max_queued_runs: 7 }\n");
  await ask("/config", { method: "PATCH", body: { server: { max_queued_runs: 3 } } });
  await write("server: { max_queued_runs: 8, drain_seconds: 1 }\n");
  expect((await ask("/config")).json).toMatchObject({
    config: { server: { max_queued_runs: 3, drain_seconds: 1 } },
  });
});

test("a template is registered over HTTP, versions stand side by side, and programs may use it at once", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "templates"));
  const { ask } = await server({ folder, scripted: new ScriptedPerformer() });
  const post = (source: string) => ask("/templates", { method: "POST", body: { source } });
  const made = await post(NEXT);
  expect([made.status, made.headers.location]).toEqual([201, "/templates/PAIR@1.1.0"]);
  expect(readFileSync(join(folder, "templates", "pair@1.1.0.yaml"), "utf8")).toBe(NEXT);
  expect((await ask("/templates/PAIR@1.1.0")).json).toMatchObject({ description: "Two other steps" });
  expect((await ask("/templates/PAIR@1.0.0")).json).toMatchObject({ description: "Two steps" });
  const run = await ask("/execute?wait=30", { method: "POST", body: { command: "ABYSSAL[PAIR@1.1.0]()" } });
  expect(run.json).toMatchObject({ status: "succeeded" });
  expect((await post(NEXT)).json).toEqual({ name: "PAIR", version: "1.1.0", state: "unchanged" });
  const other = await post(NEXT.replace("other steps", "strange steps"));
  expect([other.status, codeOf(other)]).toEqual([409, "TEMPLATE_DUPLICATE"]);
  const bad = await post(NEXT.replace("steps:", "stages:"));
  expect([bad.status, codeOf(bad)]).toEqual([422, "TEMPLATE_INVALID"]);
});

test("a template whose folder cannot be made is refused, and the server goes on", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const registryPath = existsSync("/proc/self") ? "/proc/abyssal" : join(folder, "file", "templates");
  const { ask } = await server({ folder, config: { templates: { registryPath } } });
  const refused = await ask("/templates", { method: "POST", body: { source: NEXT } });
  expect([refused.status, codeOf(refused)]).toEqual([507, "OUTPUT_UNWRITABLE"]);
  expect((await ask("/healthz")).status).toBe(200);
});

test("of templates that are registered at once the same one is put once, and another one is refused", async () => {
  const { ask } = await server();
  const post = (source: string) => ask("/templates", { method: "POST", body: { source } });
  const other = NEXT.replace("other steps", "strange steps");
  const answers = await Promise.all([post(NEXT), post(NEXT), post(other)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 201, 409]);
  const refused = answers.find(({ status }) => status === 409)!;
  expect(codeOf(refused)).toBe("TEMPLATE_DUPLICATE");
});
