import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { AbyssalError, type Diagnostic } from "../../../shared/diagnostic.ts";
import { isInside, pathFrom } from "../../../shared/folder-path.ts";
import { discoverTemplates } from "../../../templates/discover.ts";
import { CONFIG_FILE_NAME, type Config, loadConfig } from "../../config.ts";
import { shippedTemplates } from "../../gather-templates.ts";
import { createAbyssal, modelBarrier } from "../../runtime.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { alignedRows, counted, paintFor } from "../style.ts";
import { printJson, type Terminal, wantsColour, widthFor } from "../terminal.ts";
import { hitsText, keptText, readCacheStats } from "./cache.ts";

type Check = {
  readonly name: string;
  readonly state: "PASS" | "WARN" | "FAIL";
  readonly found: string;
  readonly hint?: string;
};

/** `abyssal doctor`: whether everything that runs need is in order; writes nothing. */
export async function doctorCommand(
  flags: { readonly output: "text" | "json"; readonly config?: string; readonly journal?: boolean },
  context: CliContext,
): Promise<number> {
  const { terminal } = context;
  const { stdout, env } = terminal;
  const { check: configuration, config } = await configCheck(flags.config, context);
  const checks: readonly Check[] = [
    { name: "node", state: "PASS", found: process.versions.node },
    await folderCheck(terminal.cwd),
    configuration,
    await templatesCheck(config, terminal),
    configuration.state === "FAIL"
      ? { name: "performers", state: "WARN", found: "not checked: the configuration is wrong" }
      : await performersCheck(config, terminal),
    await cacheCheck(config, terminal),
    await programCheck("npm", "AUDIT runs the tests of a project with it", terminal),
    await programCheck("git", "AUDIT looks at the files that git knows", terminal),
    ...(flags.journal ? await journalChecks(terminal) : []),
  ];
  const failed = checks.some(({ state }) => state === "FAIL");
  if (flags.output === "json") {
    printJson(stdout, { healthy: !failed, checks });
    return failed ? EXIT.failed : EXIT.succeeded;
  }
  const paint = paintFor(wantsColour(stdout, env));
  const rows = alignedRows(
    checks.map(({ state, name, found }) => [state, name, found]),
    { width: widthFor(stdout) },
  );
  checks.forEach(({ state, hint }, index) => {
    const tone = state === "PASS" ? "green" : state === "WARN" ? "yellow" : "red";
    stdout.write(`${paint(tone, state)}${rows[index]!.slice(state.length)}\n`);
    if (hint !== undefined) stdout.write(`      ${hint}\n`);
  });
  return failed ? EXIT.failed : EXIT.succeeded;
}

async function folderCheck(cwd: string): Promise<Check> {
  const name = "folder";
  try {
    await access(cwd, constants.R_OK | constants.W_OK);
    return { name, state: "PASS", found: `${cwd} can be written` };
  } catch (error) {
    const found = `${cwd}: ${(error as NodeJS.ErrnoException).code}`;
    return {
      name,
      state: "FAIL",
      found,
      hint: "runs are remembered in .abyssal/ here; give yourself permission to write",
    };
  }
}

/** What is wrong with the cache costs time, never a run. */
async function cacheCheck(config: Config, terminal: Terminal): Promise<Check> {
  const name = "cache";
  if (!config.cache.enabled) return { name, state: "PASS", found: "off: cache.enabled is false" };
  try {
    const stats = await readCacheStats(config, terminal);
    return { name, state: "PASS", found: `${keptText(stats)}; hits: ${hitsText(stats)}` };
  } catch (error) {
    if (error instanceof AbyssalError) return { ...failing(name, error.diagnostics), state: "WARN" };
    throw error;
  }
}

/** Reads every record of every run; one line for each run whose records are not what was written. */
async function journalChecks(terminal: Terminal): Promise<readonly Check[]> {
  const name = "journal";
  try {
    const { runs, records, problems } = await withRecords(terminal, (engine) => engine.verify());
    if (problems.length > 0) return problems.map((problem) => failing(name, [problem]));
    return [
      { name, state: "PASS", found: `${counted(runs, "run")}, ${counted(records, "record")}, all whole` },
    ];
  } catch (error) {
    if (error instanceof AbyssalError) return [failing(name, error.diagnostics)];
    throw error;
  }
}

async function configCheck(
  file: string | undefined,
  { terminal, environmentAt }: CliContext,
): Promise<{ readonly check: Check; readonly config: Config }> {
  const name = "configuration";
  const { cwd, env } = terminal;
  const loaded = await loadConfig({ workingFolder: cwd, file, env, environmentAt });
  if (!loaded.ok) {
    const { defaultConfig } = await import("../../config/check-config.ts");
    return { config: defaultConfig, check: failing(name, loaded.error) };
  }
  const there = await access(join(cwd, file ?? CONFIG_FILE_NAME)).then(
    () => true,
    () => false,
  );
  const found = there
    ? `${file ?? CONFIG_FILE_NAME} is valid`
    : "defaults; there is no file, and none is needed";
  return { config: loaded.value, check: { name, state: "PASS", found } };
}

async function templatesCheck({ templates }: Config, { cwd }: Terminal): Promise<Check> {
  const name = "templates";
  const own = resolve(cwd, templates.registryPath);
  const registry = await discoverTemplates([shippedTemplates(), own], {
    named: (path) => pathFrom(cwd, path),
    isVersioned: templates.versionControl,
  });
  if (!registry.ok) return failing(name, registry.error);
  const list = registry.value.list();
  const mine = list.filter(({ source }) => isInside(resolve(cwd, source), own)).length;
  const found = `${counted(list.length, "template")}, ${mine} of this folder`;
  return templates.autoDiscovery || mine === 0
    ? { name, state: "PASS", found }
    : {
        name,
        state: "WARN",
        found,
        hint: "templates.auto_discovery is off: those of this folder are not used",
      };
}

/** Whether the agents that templates name have somebody to do their work. */
async function performersCheck(config: Config, { cwd, env }: Terminal): Promise<Check> {
  const name = "performers";
  try {
    const abyssal = await createAbyssal({
      workingFolder: cwd,
      env,
      config: { templates: { autoDiscovery: false } },
    });
    const plan = abyssal.plan('ABYSSAL[CODE]("a service")');
    const ofKinds = abyssal.templates.agentKinds().flatMap(({ model }) => model ?? []);
    for (const model of new Set([...(config.model === undefined ? [] : [config.model]), ...ofKinds])) {
      const barrier = modelBarrier(model, config, env);
      if (!barrier) continue;
      const found = `${model}: ${barrier.code}: ${barrier.message}`;
      return { name, state: "FAIL", found, hint: barrier.hint ?? "" };
    }
    const used = new Set(plan.nodes.flatMap((node) => (node.kind === "agent" ? [node.performer] : [])));
    return {
      name,
      state: "PASS",
      found: `agents work by ${[...used].join(", ")}; commands and functions can be run`,
    };
  } catch (error) {
    if (error instanceof AbyssalError) return failing(name, error.diagnostics);
    throw error;
  }
}

/** A program on the PATH; what looks for it there is not run. */
async function programCheck(program: string, use: string, { env }: Terminal): Promise<Check> {
  const endings = process.platform === "win32" ? [".cmd", ".exe", ""] : [""];
  for (const folder of (env.PATH ?? "").split(delimiter).filter((part) => part !== "")) {
    for (const ending of endings) {
      const path = join(folder, `${program}${ending}`);
      const found = await access(path, constants.X_OK).then(
        () => path,
        () => undefined,
      );
      if (found !== undefined) return { name: program, state: "PASS", found };
    }
  }
  return { name: program, state: "WARN", found: "not on the PATH", hint: use };
}

function failing(name: string, diagnostics: readonly Diagnostic[]): Check {
  const { code, message, span, place, hint } = diagnostics[0]!;
  const where = span ? `${span.source}:${span.start.line}:${span.start.column}` : (place ?? "");
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
  return {
    name,
    state: "FAIL",
    found: `${code} ${where}: ${message}${more}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
