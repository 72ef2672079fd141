import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { z } from "zod";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { crossProblems, origin, schemaProblems } from "./config/config-checks.ts";
import {
  type ConfigLayer,
  configProblem,
  isRecord,
  mergeLayers,
  type Origin,
  type RawConfig,
} from "./config/config-layer.ts";
import { environmentLayer } from "./config/environment.ts";
import { ENVIRONMENT_VARIABLE, environmentLayers } from "./config/environments.ts";
import { ConfigFile } from "./config/schema.ts";

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

type CamelKeys<T> = T extends readonly (infer Item)[]
  ? readonly CamelKeys<Item>[]
  : T extends object
    ? { readonly [K in keyof T as K extends string ? Camel<K> : K]: CamelKeys<T[K]> }
    : T;

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** The whole configuration, every default filled in; keys are those of the file in camelCase, units in the names. */
export type Config = CamelKeys<z.output<typeof ConfigFile>>;

/** Part of a configuration, as flags or an API caller give it. */
export type ConfigOverrides = DeepPartial<Config>;

/** The file that is read when none is named, in the working folder. */
export const CONFIG_FILE_NAME = "abyssal.config.yaml";

/** What holds when nothing is configured. */
export const defaultConfig: Config = toConfig(ConfigFile.parse({}));

export type ConfigSources = {
  /** Relative paths, those in the configuration too, are read from here. */
  readonly workingFolder: string;
  /** A file that must exist; without it `abyssal.config.yaml` in the working folder is read if it is there. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides?: ConfigOverrides | undefined;
};

/** A configuration, and where each setting stands; a path as in the file: `["routing", "rules", 0, "use"]`. */
export type PlacedConfig = {
  readonly config: Config;
  readonly placeOf: (path: readonly PropertyKey[]) => Origin;
};

/** As `loadPlacedConfig`, for who asks no further. */
export async function loadConfig(sources: ConfigSources): Promise<Result<Config, Diagnostic[]>> {
  const loaded = await loadPlacedConfig(sources);
  return loaded.ok ? ok(loaded.value.config) : loaded;
}

/**
 * Gathers the configuration: defaults, then the file, then what it says for the environment of `ABYSSAL_ENV`, then `ABYSSAL_*` variables, then overrides; later ones win.
 * Errors: CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_INVALID, all that are found at once.
 */
export async function loadPlacedConfig(sources: ConfigSources): Promise<Result<PlacedConfig, Diagnostic[]>> {
  const file = await fileLayer(sources);
  const environment = environmentLayer(sources.env);
  const inFile = file.ok
    ? environmentLayers(file.value, sources.env[ENVIRONMENT_VARIABLE] || undefined)
    : { layers: [], problems: [] };
  const layers = [...inFile.layers, environment.layer, overridesLayer(sources.overrides ?? {})];
  const merged = mergeLayers(layers);
  const parsed = ConfigFile.safeParse(merged);
  const problems = [
    ...(file.ok ? [] : file.error),
    ...inFile.problems,
    ...environment.problems,
    ...(parsed.success
      ? crossProblems(parsed.data, sources.workingFolder, layers)
      : schemaProblems(parsed.error.issues, merged, layers)),
  ];
  if (problems.length > 0 || !parsed.success) return err(problems.slice(0, LIMITS.diagnosticsMax));
  return ok({ config: toConfig(parsed.data), placeOf: (path) => origin(path, layers, "value") });
}

async function fileLayer({ workingFolder, file }: ConfigSources): Promise<Result<ConfigLayer, Diagnostic[]>> {
  const source = file ?? CONFIG_FILE_NAME;
  try {
    const bytes = await readFile(resolve(workingFolder, source));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const { parseConfigText } = await import("./config/config-text.ts");
    return parseConfigText(text, source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && file === undefined) return ok({ values: {}, origin: () => undefined });
    if (code === undefined) throw error;
    const got = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "text that is not UTF-8" : code;
    const details = { place: source, expected: "a readable file in UTF-8", got };
    return err([configProblem("CONFIG_UNREADABLE", "the configuration file cannot be read", details)]);
  }
}

function overridesLayer(overrides: ConfigOverrides): ConfigLayer {
  return {
    values: renameKeys(overrides, snake),
    origin: (path) => ({ place: `options.${path.map((key) => camel(String(key))).join(".")}` }),
  };
}

/** A configuration as the file writes it. */
export function configAsWritten(config: Config): RawConfig {
  return renameKeys(config, snake);
}

function toConfig(file: z.output<typeof ConfigFile>): Config {
  return renameKeys(file, camel) as Config;
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function renameKeys(values: RawConfig, rename: (key: string) => string): RawConfig {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [rename(key), renamed(value, rename)]),
  );
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  return isRecord(value) ? renameKeys(value, rename) : value;
}
