import type { z } from "zod";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import type { Config, ConfigOverrides, PlacedConfig } from "../config.ts";
import { crossProblems, origin, schemaProblems } from "./config-checks.ts";
import { type ConfigLayer, mergeLayers } from "./config-layer.ts";
import { environmentLayer } from "./environment.ts";
import { ENVIRONMENT_VARIABLE } from "./environment-names.ts";
import { environmentLayers } from "./environments.ts";
import { camelKeys, snakeKeys } from "./key-case.ts";
import { ConfigFile } from "./schema.ts";

/** What holds when nothing is configured. */
export const defaultConfig: Config = toConfig(ConfigFile.parse({}));

/** What is put above the file, and where its paths begin. */
type AboveFile = {
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: ConfigOverrides;
  readonly overridesAt: (path: readonly PropertyKey[]) => string;
  readonly environmentAt: string;
};

/** All layers as one, held to the schema. Errors: those of the file, and CONFIG_INVALID. */
export function checkConfig(
  file: Result<ConfigLayer, Diagnostic[]>,
  { workingFolder, env, overrides, overridesAt, environmentAt }: AboveFile,
): Result<PlacedConfig, Diagnostic[]> {
  const environment = environmentLayer(env);
  const inFile = file.ok
    ? environmentLayers(file.value, env[ENVIRONMENT_VARIABLE] || undefined, environmentAt)
    : { layers: [], problems: [] };
  const overridden: ConfigLayer = {
    values: snakeKeys(overrides),
    origin: (path) => ({ place: overridesAt(path) }),
  };
  const layers = [...inFile.layers, environment.layer, overridden];
  const merged = mergeLayers(layers);
  const parsed = ConfigFile.safeParse(merged);
  const problems = [
    ...(file.ok ? [] : file.error),
    ...inFile.problems,
    ...environment.problems,
    ...(parsed.success
      ? crossProblems(parsed.data, workingFolder, layers)
      : schemaProblems(parsed.error.issues, merged, layers)),
  ];
  if (problems.length > 0 || !parsed.success) return err(problems.slice(0, LIMITS.diagnosticsMax));
  return ok({ config: toConfig(parsed.data), placeOf: (path) => origin(path, layers, "value") });
}

function toConfig(file: z.output<typeof ConfigFile>): Config {
  return camelKeys(file) as Config;
}
