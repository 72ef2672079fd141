import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { z } from "zod";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { err, ok, type Result } from "../shared/result.ts";
import {
  type ConfigLayer,
  configProblem,
  mergeLayers,
  type Origin,
  type RawConfig,
} from "./config/config-layer.ts";
import { ENVIRONMENT_VARIABLE, isConfiguring } from "./config/environment-names.ts";
import { camelKey, snakeKeys } from "./config/key-case.ts";
import type { ConfigFile } from "./config/schema.ts";
import { workedOut } from "./worked-out.ts";

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

export type ConfigSources = {
  /** Relative paths, those in the configuration too, are read from here. */
  readonly workingFolder: string;
  /** A file that must exist; without it `abyssal.config.yaml` in the working folder is read if it is there. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides?: ConfigOverrides | undefined;
  /** What who gave the overrides calls a setting, by its path in the file; default: as the library does. */
  readonly overridesAt?: ((path: readonly PropertyKey[]) => string) | undefined;
  /** What who chose the environment calls that; default: `ABYSSAL_ENV`. */
  readonly environmentAt?: string | undefined;
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
  const { workingFolder, env, overrides = {}, overridesAt = libraryPlace } = sources;
  const { environmentAt = ENVIRONMENT_VARIABLE } = sources;
  if (file === null && !isConfiguring(env) && Object.keys(overrides).length === 0) {
    const known = await workedOut();
    if (known) return ok({ config: known.config, placeOf: (path) => ({ place: path.join(".") }) });
  }
  // The schemas take some time to make, and nothing has to be checked where nobody has configured anything.
  const { checkConfig } = await import("./config/check-config.ts");
  return checkConfig(file ?? ok(NO_FILE), { workingFolder, env, overrides, overridesAt, environmentAt });
}

function libraryPlace(path: readonly PropertyKey[]): string {
  return `options.config.${path.map((key) => camelKey(String(key))).join(".")}`;
}

const NO_FILE: ConfigLayer = { values: {}, origin: () => undefined };

/** Null where there is no file, and none was named. */
async function fileLayer({
  workingFolder,
  file,
}: ConfigSources): Promise<Result<ConfigLayer, Diagnostic[]> | null> {
  const source = file ?? CONFIG_FILE_NAME;
  try {
    const bytes = await readFile(resolve(workingFolder, source));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const { parseConfigText } = await import("./config/config-text.ts");
    return parseConfigText(text, source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && file === undefined) return null;
    if (code === undefined) throw error;
    const got = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "text that is not UTF-8" : code;
    const details = { place: source, expected: "a readable file in UTF-8", got };
    return err([configProblem("CONFIG_UNREADABLE", "the configuration file cannot be read", details)]);
  }
}

/** A configuration as the file writes it. */
export function configAsWritten(config: Config): RawConfig {
  return snakeKeys(config);
}

/** Settings of a caller, and above them others as the file writes them. */
export function patchedConfig(config: ConfigOverrides, patch: RawConfig): ConfigOverrides {
  const layers = [snakeKeys(config), patch].map((values) => ({ values, origin: () => undefined }));
  return mergeLayers(layers) as ConfigOverrides;
}
