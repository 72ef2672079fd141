import type { AbyssalOptions } from "./runtime.ts";

const KNOWN: Readonly<Record<keyof AbyssalOptions, true>> = {
  workingFolder: true,
  configFile: true,
  config: true,
  env: true,
  templates: true,
  performers: true,
  functions: true,
  tools: true,
  resolveHost: true,
  merges: true,
  durable: true,
  policy: true,
  clock: true,
  ids: true,
  metrics: true,
  inspect: true,
  secrets: true,
};

/** What `createAbyssal` may be told, by name. */
export const OPTION_NAMES: readonly string[] = Object.keys(KNOWN);
