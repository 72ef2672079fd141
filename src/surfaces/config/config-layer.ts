import type { Diagnostic, Span } from "../../shared/diagnostic.ts";

/** Settings as one source gave them: snake_case, unchecked. */
export type RawConfig = { readonly [key: string]: unknown };

/** Where a setting came from, so that an error can point there. */
export type Origin = { readonly span: Span } | { readonly place: string };

/** One source of settings: the file, the environment or the caller. Later layers win over earlier ones. */
export type ConfigLayer = {
  readonly values: RawConfig;
  /** The place of a setting: of its value or, for an unknown one, of its key. */
  origin(path: readonly PropertyKey[], part: "key" | "value"): Origin | undefined;
};

export function isRecord(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The layers as one: objects are merged key by key, any other value is replaced; `undefined` counts as not given. */
export function mergeLayers(layers: readonly ConfigLayer[]): RawConfig {
  return layers.reduce<RawConfig>((merged, { values }) => merge(merged, values), {});
}

function merge(below: RawConfig, above: RawConfig): RawConfig {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const old = merged.get(key);
    merged.set(key, isRecord(old) && isRecord(value) ? merge(old, value) : value);
  }
  // fromEntries defines own properties, so a key such as `__proto__` stays a plain, refusable key.
  return Object.fromEntries(merged);
}

/** A value at a path, through mappings and lists; `undefined` when there is none. */
export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  let at = values;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as RawConfig)[key as string];
  }
  return at;
}

export function configProblem(
  code: "CONFIG_SYNTAX" | "CONFIG_INVALID" | "CONFIG_UNREADABLE",
  message: string,
  details: Partial<Omit<Diagnostic, "code" | "message" | "severity">>,
): Diagnostic {
  return { code, severity: "error", message, ...details };
}
