import type { z } from "zod";
import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { type ConfigLayer, configProblem } from "./config-layer.ts";
import { PREFIX, RESERVED } from "./environment-names.ts";
import { CONFIG_SETTINGS } from "./schema.ts";

const SECTION_PREFIXES = CONFIG_SETTINGS.filter(({ path }) => path.length === 2).map(
  ({ path }) => `${variableName(path.slice(0, 1))}_`,
);

/** The environment variable of a setting: `["cache", "enabled"]` is `ABYSSAL_CACHE_ENABLED`. */
export function variableName(path: readonly PropertyKey[]): string {
  return PREFIX + path.map(String).join("_").toUpperCase();
}

/**
 * Reads the `ABYSSAL_*` variables; an empty one counts as not set. A variable that belongs to a section, or is
 * a likely slip of a known name, is refused; any other unknown one may belong to somebody else and is left alone.
 */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): {
  readonly layer: ConfigLayer;
  readonly problems: readonly Diagnostic[];
} {
  const settings = new Map(CONFIG_SETTINGS.map((setting) => [variableName(setting.path), setting]));
  const suffixes = [...settings.keys()].map((name) => name.slice(PREFIX.length));
  const values: Record<string, unknown> = {};
  const problems: Diagnostic[] = [];
  for (const [name, text] of Object.entries(env).sort()) {
    if (!name.startsWith(PREFIX) || RESERVED.has(name) || text === undefined || text === "") continue;
    const setting = settings.get(name);
    if (setting) {
      const [section, key] = setting.path;
      const value = readValue(text, setting.schema);
      values[section] = key === undefined ? value : { ...(values[section] as object), [key]: value };
      continue;
    }
    // Compared without the prefix, which would make every short name look near.
    const near = nearestName(name.slice(PREFIX.length), suffixes);
    if (near === undefined && !SECTION_PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const hint = near
      ? `did you mean ${PREFIX}${near}?`
      : "see `docs/reference/configuration.md` for the names";
    problems.push(configProblem("CONFIG_INVALID", "unknown variable", { place: name, hint }));
  }
  return {
    layer: {
      values, // What is wrong inside a list is wrong in the variable that holds it.
      origin: (path) => ({ place: variableName(path.slice(0, 2)) }),
    },
    problems,
  };
}

/** The text as the kind of value that the setting takes; where none fits, as what it looks like, to be refused later. */
function readValue(text: string, schema: z.ZodType): unknown {
  const readings: unknown[] = [text];
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) readings.push(Number(text));
  if (/^(true|false)$/i.test(text.trim())) readings.push(text.trim().toLowerCase() === "true");
  if (/^\s*[[{]/.test(text)) readings.push(...jsonIn(text));
  return readings.find((reading) => schema.safeParse(reading).success) ?? readings.at(-1);
}

/** The list or mapping that a text is as JSON, if it is one. */
function jsonIn(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
