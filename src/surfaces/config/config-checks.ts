import { resolve } from "node:path";
import type { z } from "zod";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import { isInside } from "../../shared/folder-path.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { type ConfigLayer, configProblem, type Origin, type RawConfig, valueAt } from "./config-layer.ts";
import { type ConfigFile, configKeys } from "./schema.ts";

/** The pages of the reference that explain sections in full. */
const PAGES: ReadonlyMap<PropertyKey | undefined, string> = new Map([
  ["alerts", "alerts"],
  ["auth", "security"],
  ["budgets", "budgets"],
  ["model", "models"],
  ["models", "models"],
  ["resilience", "resilience"],
  ["routing", "routing"],
  ["tools", "tools"],
]);

/** What the schema found, each at the place of the layer that gave the value. */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  merged: RawConfig,
  layers: readonly ConfigLayer[],
): Diagnostic[] {
  return issues.flatMap((issue) => {
    const { path } = issue;
    const page = PAGES.get(path[0]);
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, layers));
    const details = {
      ...origin(path, layers, "value"),
      expected: issue.message,
      got: shown(valueAt(merged, path)),
      ...(page === undefined ? {} : { hint: `see docs/reference/${page}.md` }),
    };
    return [configProblem("CONFIG_INVALID", `${path.join(".")} is not valid`, details)];
  });
}

function unknownKey(path: readonly PropertyKey[], key: string, layers: readonly ConfigLayer[]): Diagnostic {
  // Only a file has environments, and there they are none of its settings.
  const known =
    path.length === 0 && key !== "environments" ? [...configKeys(path), "environments"] : configKeys(path);
  const near = nearestName(key, known);
  const hint = near ? `did you mean ${near}?` : `known here: ${known.join(", ")}`;
  const at = [...path, key];
  return configProblem("CONFIG_INVALID", `unknown setting ${at.join(".")}`, {
    ...origin(at, layers, "key"),
    hint,
  });
}

/** What no single setting can tell: ports that collide, a log file or a workspace outside the working folder. */
export function crossProblems(
  { monitoring, logging, tools }: z.output<typeof ConfigFile>,
  workingFolder: string,
  layers: readonly ConfigLayer[],
): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const owners = new Map<number, string>();
  for (const key of ["api_port", "metrics_port", "dashboard_port", "inspector_port"] as const) {
    const port = monitoring[key];
    const owner = owners.get(port);
    if (port !== 0 && owner !== undefined) {
      // One of the two may stand at its default: point at the one that was set.
      const place = given(["monitoring", key], layers) ? key : owner;
      const details = { expected: "a different port for each service", got: String(port) };
      const message = `monitoring.${owner} and monitoring.${key} are the same port`;
      problems.push(
        configProblem("CONFIG_INVALID", message, {
          ...origin(["monitoring", place], layers, "value"),
          ...details,
        }),
      );
    }
    owners.set(port, key);
  }
  if (logging.file !== undefined && !isFileBelow(workingFolder, logging.file)) {
    const details = { expected: "a file inside the working folder", got: shown(logging.file) };
    const at = origin(["logging", "file"], layers, "value");
    problems.push(
      configProblem("CONFIG_INVALID", "logging.file leaves the working folder", { ...at, ...details }),
    );
  }
  if (!isInside(resolve(workingFolder, tools.folder), resolve(workingFolder))) {
    const details = { expected: "run, or a folder inside the working folder", got: shown(tools.folder) };
    const at = origin(["tools", "folder"], layers, "value");
    problems.push(
      configProblem("CONFIG_INVALID", "tools.folder leaves the working folder", { ...at, ...details }),
    );
  }
  return problems;
}

function isFileBelow(folder: string, file: string): boolean {
  const path = resolve(folder, file);
  return path !== resolve(folder) && isInside(path, resolve(folder));
}

/** The layer that gave a setting last, which is the one that won. */
function given(path: readonly PropertyKey[], layers: readonly ConfigLayer[]): ConfigLayer | undefined {
  return layers.findLast(({ values }) => valueAt(values, path) !== undefined);
}

/** Where a setting, or its key, was given; its name where nobody gave it. */
export function origin(
  path: readonly PropertyKey[],
  layers: readonly ConfigLayer[],
  part: "key" | "value",
): Origin {
  return given(path, layers)?.origin(path, part) ?? { place: path.join(".") };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
