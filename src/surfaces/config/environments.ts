import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { schemaProblems } from "./config-checks.ts";
import { type ConfigLayer, configProblem, isRecord, mergeLayers, type RawConfig } from "./config-layer.ts";
import { ConfigFile } from "./schema.ts";

const KEY = "environments";

export type FileLayers = {
  /** What holds everywhere, and above it what the chosen environment says. */
  readonly layers: readonly ConfigLayer[];
  readonly problems: readonly Diagnostic[];
};

/**
 * Takes a file apart: what holds in every environment, and what the one named `chosen` puts above it. All of them are checked,
 * the chosen one by whoever reads the layers. `place`: where it was chosen.
 */
export function environmentLayers(file: ConfigLayer, chosen: string | undefined, place: string): FileLayers {
  const { [KEY]: given, ...values } = file.values;
  const base: ConfigLayer = { values, origin: (path, part) => file.origin(path, part) };
  const layerOf = (name: string): ConfigLayer => ({
    values: (given as RawConfig)[name] as RawConfig,
    origin: (path, part) => file.origin([KEY, name, ...path], part),
  });
  if (given !== undefined && !isRecord(given))
    return { layers: [base], problems: [notEnvironments(file, [KEY])] };
  const names = Object.keys(given ?? {});
  const odd = names.filter((name) => !isRecord(given?.[name]));
  const problems = odd.map((name) => notEnvironments(file, [KEY, name]));
  const good = names.filter((name) => !odd.includes(name));
  for (const name of good) if (name !== chosen) problems.push(...problemsOf(base, layerOf(name)));
  if (chosen === undefined) return { layers: [base], problems };
  if (good.includes(chosen)) return { layers: [base, layerOf(chosen)], problems };
  if (!odd.includes(chosen)) problems.push(unknownEnvironment(chosen, names, place));
  return { layers: [base], problems };
}

/** What is wrong with what an environment itself says. */
function problemsOf(base: ConfigLayer, own: ConfigLayer): readonly Diagnostic[] {
  const layers = [base, own];
  const merged = mergeLayers(layers);
  const parsed = ConfigFile.safeParse(merged);
  if (parsed.success) return [];
  const ofBase = ConfigFile.safeParse(base.values);
  const known = new Set(ofBase.success ? [] : ofBase.error.issues.map((issue) => JSON.stringify(issue)));
  const issues = parsed.error.issues.filter((issue) => !known.has(JSON.stringify(issue)));
  return schemaProblems(issues, merged, layers);
}

function notEnvironments(file: ConfigLayer, path: readonly string[]): Diagnostic {
  return configProblem("CONFIG_INVALID", `${path.join(".")} is not valid`, {
    ...(file.origin(path, "value") ?? { place: path.join(".") }),
    expected: path.length === 1 ? "environments as `name: settings`" : "settings as `key: value`",
  });
}

function unknownEnvironment(name: string, names: readonly string[], place: string): Diagnostic {
  const near = nearestName(name, names);
  return configProblem("CONFIG_INVALID", `there is no environment "${name}"`, {
    place,
    expected: names.length > 0 ? `one of ${names.join(", ")}` : "a configuration file with `environments`",
    got: name,
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
}
