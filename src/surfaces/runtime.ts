import { join, resolve } from "node:path";
import type { Performer, Task } from "../actors/ports.ts";
import type { DurableEngine } from "../engine/durable-engine.ts";
import type { ExperienceBook } from "../engine/experience-book.ts";
import { MemoryCache } from "../engine/memory/memory-cache.ts";
import type { MemoryEngineOptions } from "../engine/memory/memory-engine.ts";
import { MemoryExperience } from "../engine/memory/memory-experience.ts";
import { Resilience } from "../engine/resilience/resilience.ts";
import type { ResultCache } from "../engine/result-cache.ts";
import { commandResources } from "../performers/command/command-resources.ts";
import type { AgentFunction } from "../performers/function.ts";
import { createFunctionPerformer } from "../performers/function.ts";
import type { ModelSettings } from "../performers/model/dependence.ts";
import { Models } from "../performers/model/models.ts";
import type { Environment } from "../performers/model/provider-access.ts";
import { withSecrets } from "../performers/secret-performer.ts";
import { DeclaredTools } from "../performers/tools/declared-tools.ts";
import type { ToolFunction } from "../performers/tools/function-tools.ts";
import {
  TOOL_PERFORMERS,
  type ToolPerformerName,
  toolResources,
} from "../performers/tools/tool-resources.ts";
import type { Failure } from "../plan/outcome.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
import { randomIds } from "../shared/ids.ts";
import { LIMITS } from "../shared/limits.ts";
import { parseMemoryMb } from "../shared/quantity.ts";
import type { TemplateRegistry } from "../templates/registry.ts";
import { HUMAN } from "../templates/template.ts";
import { Abyssal } from "./abyssal.ts";
import type { AbyssalOptions } from "./abyssal-options.ts";
import type { AbyssalParts } from "./abyssal-parts.ts";
import { checkTemplateBudgets } from "./budget-settings.ts";
import { abyssalVersion } from "./cli/version.ts";
import {
  CONFIG_FILE_NAME,
  type Config,
  loadPlacedConfig,
  type PlacedConfig,
  patchedConfig,
} from "./config.ts";
import { gatherTemplates } from "./gather-templates.ts";
import { homeFolder } from "./home-folder.ts";
import { IdlePerformers } from "./idle-performers.ts";
import { lazily, lazyFunctions, lazyPerformer } from "./lazy-performer.ts";
import { notForPerformers } from "./not-for-performers.ts";
import { inspectOf, openObservatory } from "./open-observatory.ts";
import { Planner } from "./planner.ts";
import { resilienceRules } from "./resilience-rules.ts";
import { Routing, type RoutingParts } from "./routing.ts";
import { routingTerms } from "./routing-settings.ts";
import { journalArchive, memoryArchive } from "./run-archive.ts";
import { checkRuntimeOptions } from "./runtime-options.ts";
import { Service } from "./service.ts";

export type { AgentFunction, ToolFunction };

/**
 * Makes a runtime: the composition root, the only place that knows concrete engines and performers.
 * Throws AbyssalError with every diagnostic of the configuration and the templates.
 */
export async function createAbyssal(options: AbyssalOptions = {}): Promise<Abyssal> {
  return new Abyssal(await gatherForRuns(options));
}

/** As `createAbyssal`, for who only plans; what runs need is not loaded. */
export async function openPlanner(options: AbyssalOptions): Promise<Planner> {
  return new Planner(await gatherParts(options, readsNoRules));
}

function readsNoRules(): never {
  throw new Error("a planner's rules are those of its configuration");
}

/** With an engine, which plans do not need. */
async function gatherForRuns(options: AbyssalOptions): Promise<AbyssalParts> {
  const [{ MemoryEngine }, { readRules }] = await Promise.all([
    import("../engine/memory/memory-engine.ts"),
    import("./config/routing-schema.ts"),
  ]);
  const { forEngine, ...parts } = await gatherParts(options, readRules);
  const durable = options.durable ? await openJournal(parts.workingFolder, forEngine) : null;
  return {
    ...parts,
    engine: durable ?? new MemoryEngine(forEngine),
    durable,
    archive: durable ? journalArchive(durable) : memoryArchive(),
  };
}

/** What a server stands on: a durable runtime that counts what it does, and the engine whose records it reads. Throws as `createAbyssal` does. */
export async function openService(options: Omit<AbyssalOptions, "durable" | "metrics">): Promise<Service> {
  const parts = await gatherForRuns({ ...options, durable: true, metrics: true });
  return new Service(parts, parts.durable!, {
    read: async (patch) => {
      const config = patchedConfig(options.config ?? {}, patch);
      const configAt = (path: readonly PropertyKey[]): string => ["body", ...path].join(".");
      return (await configure({ ...options, config, configAt }, parts.workingFolder)).config;
    },
    renew: async (before, config) => {
      const registry = await gatherTemplates(options.templates ?? [], config, before.workingFolder);
      const routing = before.routing.renewed({ registry, ...routingTerms(config) });
      return { ...before, config, registry, routing };
    },
  });
}

type Gathered = Omit<AbyssalParts, "engine" | "durable" | "archive"> & {
  readonly forEngine: MemoryEngineOptions;
};

async function gatherParts(options: AbyssalOptions, readRules: RoutingParts["readRules"]): Promise<Gathered> {
  checkRuntimeOptions(options);
  const workingFolder = await homeFolder(options.workingFolder);
  const { config, placeOf } = await configure(options, workingFolder);
  const registry = await gatherTemplates(options.templates ?? [], config, workingFolder);
  checkTemplateBudgets(config, registry);
  const tools = declareTools(options, config, workingFolder);
  const models = declareModels(config, options.env);
  const asked = modelSettings(models, registry, tools);
  const performers = gatherPerformers(options, config, workingFolder, asked, tools);
  if (performers.has(HUMAN)) throw new AbyssalError([notForPerformers()]);
  const clock = options.clock ?? systemClock;
  const cache = config.cache.enabled ? await openCacheFor(options, config, workingFolder, clock) : undefined;
  const resilience = new Resilience({ clock, rules: resilienceRules(config) });
  const gates = config.resilience.enabled ? resilience : undefined;
  const { merges = {} } = options;
  const names = [...performers.keys(), HUMAN];
  const { usual } = models;
  const modelNeeded = usual === null && asksByUs(options) ? [MODEL] : [];
  const known = { config, registry, performers: names, modelNeeded, clock, readRules };
  const routing = await openRouting(options, known, placeOf);
  const env = options.env ?? process.env;
  const observatory = await openObservatory(options, { env, config, clock, cache, resilience });
  const inspect = inspectOf(options.inspect, observatory);
  return {
    observatory,
    workingFolder,
    config,
    registry,
    performers: names,
    merges: Object.keys(merges),
    forEngine: { clock, performers, cache, gates, merges },
    cache: cache ?? null,
    resilience,
    modelNeeded,
    // Somebody else's performer knows by itself whom it can ask.
    models: asksByUs(options) ? models : { usual, terms: (name) => models.terms(name), fault: () => null },
    tools,
    routing,
    ids: options.ids ?? randomIds,
    clock,
    policy: options.policy ?? null,
    ...(inspect ? { inspect } : {}),
  };
}

/**
 * The journal of a working folder, without configuration, templates or performers: what is resumed here is cancelled or
 * waits, no work is done. Nothing is made when there is none. Throws AbyssalError JOURNAL_*, once it is used.
 */
export function openRecords(workingFolder: string): Promise<DurableEngine> {
  return openJournal(workingFolder, { clock: systemClock, performers: new IdlePerformers() });
}

/** SQLite is loaded only by those who ask for it. */
async function openJournal(workingFolder: string, parts: MemoryEngineOptions): Promise<DurableEngine> {
  const { LocalEngine } = await import("../engine/local/local-engine.ts");
  return new LocalEngine({ folder: join(workingFolder, ".abyssal"), version: abyssalVersion(), ...parts });
}

/** The cache of a working folder; nothing is made until a result is looked up. */
export async function openCache(
  workingFolder: string,
  { cache }: Config,
  clock: Clock = systemClock,
): Promise<ResultCache> {
  const { SqliteCache } = await import("../engine/local/sqlite-cache.ts");
  return new SqliteCache({
    folder: join(workingFolder, ".abyssal"),
    maxBytes: bytesOf(cache.maxSize),
    clock,
  });
}

async function openCacheFor(
  { durable }: AbyssalOptions,
  config: Config,
  workingFolder: string,
  clock: Clock,
): Promise<ResultCache> {
  if (durable) return openCache(workingFolder, config, clock);
  return new MemoryCache({ maxBytes: Math.min(bytesOf(config.cache.maxSize), LIMITS.memoryCacheBytes) });
}

/** Who does which work; what was learned outlives the process where runs do. Nothing is made until something is learned. */
async function openRouting(
  { workingFolder, durable, learned }: AbyssalOptions,
  {
    config,
    ...parts
  }: Omit<RoutingParts, "settings" | "halfLifeMs" | "calibrates" | "book"> & { readonly config: Config },
  placeOf: PlacedConfig["placeOf"],
): Promise<Routing> {
  const terms = routingTerms(config);
  const { halfLifeMs } = terms;
  const { clock } = parts;
  let book: ExperienceBook = new MemoryExperience({ halfLifeMs });
  if ((learned ?? (durable ? "folder" : "process")) === "folder") {
    const { SqliteExperience } = await import("../engine/local/sqlite-experience.ts");
    const folder = join(resolve(workingFolder ?? process.cwd()), ".abyssal");
    book = new SqliteExperience({ folder, halfLifeMs, clock });
  }
  return new Routing({ ...parts, ...terms, book }, (at) => placeOf(["routing", "rules", ...at]));
}

/** A size that the configuration has checked. */
function bytesOf(size: string): number {
  return parseMemoryMb(size)! * 1024 * 1024;
}

async function configure(options: AbyssalOptions, workingFolder: string): Promise<PlacedConfig> {
  const loaded = await loadPlacedConfig({
    workingFolder,
    file: options.configFile,
    env: options.env ?? process.env,
    overrides: options.config,
    overridesAt: options.configAt,
    environmentAt: options.environmentAt,
  });
  if (!loaded.ok) throw new AbyssalError(loaded.error);
  const { config, placeOf } = loaded.value;
  const { model } = config;
  const fault =
    model !== undefined && asksByUs(options) ? declareModels(config, options.env).fault(model) : null;
  if (fault) throw new AbyssalError([{ ...fault, ...placeOf(["model"]) }]);
  return loaded.value;
}

/** Whether models are asked by our performer, and not by one of the caller's. */
function asksByUs({ performers = [] }: AbyssalOptions): boolean {
  return !performers.some(({ name }) => name === MODEL);
}

/** The models that can be asked as configured. */
function declareModels({ model, models, tools }: Config, env: Environment = process.env): Models {
  const { maxOutputTokens, prices, providers } = models;
  return new Models({ usual: model, maxOutputTokens, prices, providers, toolSteps: tools.steps, env });
}

/** The tools that agents may use here; nothing of them is loaded before one is used. */
function declareTools(
  { tools = {}, env = process.env, resolveHost, configFile }: AbyssalOptions,
  config: Config,
  workingFolder: string,
): DeclaredTools {
  return new DeclaredTools(config.tools, {
    workingFolder,
    env,
    version: abyssalVersion,
    functions: tools,
    protectedPaths: [
      ...[".abyssal", ".git", CONFIG_FILE_NAME, config.templates.registryPath],
      ...(configFile === undefined ? [] : [configFile]),
    ].map((path) => resolve(workingFolder, path)),
    ...(resolveHost ? { resolveHost } : {}),
  });
}

function modelSettings(models: Models, registry: TemplateRegistry, tools: DeclaredTools): ModelSettings {
  const agentKind = (name: string) => {
    const kind = registry.agentKind(name);
    return kind.ok ? kind.value : null;
  };
  return { models, agentKind, tools };
}

function gatherPerformers(
  options: AbyssalOptions,
  config: Config,
  workingFolder: string,
  model: ModelSettings,
  tools: DeclaredTools,
): Map<string, Performer> {
  const functions = {
    ...lazyFunctions(AUDIT_FUNCTIONS, async () =>
      (await import("../performers/audit/audit-functions.ts")).createAuditFunctions({ workingFolder }),
    ),
    ...lazyFunctions(CHAIN_FUNCTIONS, async () =>
      (await import("../performers/chain-functions.ts")).createChainFunctions(),
    ),
  };
  const draftRules = lazily(async () => {
    const { draftDependence } = await import("../performers/draft/dependence.ts");
    const { draftRules } = await import("./draft-rules.ts");
    const decisive = { version: abyssalVersion(), rules: await draftRules() };
    return (task: Task) => draftDependence(task, decisive);
  });
  const builtIn: Performer[] = [
    lazyPerformer("draft", async () => (await import("../performers/draft.ts")).createDraftPerformer(), {
      dependence: async (task) => (await draftRules())(task),
      resources: () => [],
    }),
    lazyPerformer(
      "command",
      async () => {
        const { createCommandPerformer } = await import("../performers/command.ts");
        const { guardCommand } = await import("../performers/tools/tainted-command.ts");
        return guardCommand(
          createCommandPerformer({ workingFolder, ...(options.env ? { env: options.env } : {}) }),
          {
            workingFolder,
            hosts: tools.hosts,
            ...(tools.deadline ? { deadline: tools.deadline } : {}),
          },
        );
      },
      // Files and environment are not known here: only a step that says `cache: true` is ever asked for.
      { dependence: () => ({ beside: null, inputs: ["options"] }), resources: commandResources },
    ),
    createFunctionPerformer({ ...functions, ...options.functions }),
    ...TOOL_PERFORMERS.map((name) => toolPerformer(name, tools)),
    modelPerformer(model),
  ];
  const variables = { granted: config.secrets.parameters ?? [], env: options.env ?? process.env };
  const all = [...builtIn, ...(options.performers ?? [])];
  return new Map(all.map((performer) => [performer.name, withSecrets(performer, variables)]));
}

/** What keeps a model from being asked, as the environment is: MODEL_KEY_MISSING, MODEL_ADDRESS_INVALID; or null. */
export function modelBarrier(model: string, config: Config, env: Environment): Failure | null {
  const access = declareModels(config, env).access(model);
  return access.ok ? null : access.error;
}

/** The SDK behind it is loaded when a model is first asked. */
function modelPerformer(settings: ModelSettings): Performer {
  return lazyPerformer(
    MODEL,
    async () => (await import("../performers/model.ts")).createModelPerformer(settings),
    {
      dependence: async (task) =>
        (await import("../performers/model/dependence.ts")).modelDependence(task, settings),
      resources: (task) => settings.models.resourcesOf(task),
    },
  );
}

/** One call of one tool, that a step names itself. */
function toolPerformer(name: ToolPerformerName, tools: DeclaredTools): Performer {
  const performer = lazily(async () =>
    (await import("../performers/tools/tool-performer.ts")).createToolPerformer(name, tools),
  );
  return {
    name,
    resources: (task) => toolResources(name, task),
    perform: async (task, context) => (await performer()).perform(task, context),
  };
}

const MODEL = "model";

const AUDIT_FUNCTIONS = [
  "audit.scan",
  "audit.tests",
  "audit.patterns",
  "audit.documentation",
  "audit.dependencies",
  "audit.refactoring",
  "audit.report",
] as const;

const CHAIN_FUNCTIONS = ["chain.actions", "chain.plan", "chain.projection"] as const;
