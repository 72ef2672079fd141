import { AbyssalError } from "../shared/diagnostic.ts";
import type { AbyssalOptions } from "./abyssal-options.ts";
import { checkNames, wrongOption } from "./check-options.ts";

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
  learned: true,
  policy: true,
  clock: true,
  ids: true,
  metrics: true,
  inspect: true,
  secrets: true,
};

/** What `createAbyssal` may be told, by name. */
export const OPTION_NAMES: readonly string[] = Object.keys(KNOWN);

/** Options that a type alone would hold, and a program without types may get wrong. Throws AbyssalError OPTION_INVALID. */
export function checkRuntimeOptions(options: AbyssalOptions): void {
  checkNames(options, OPTION_NAMES);
  const { performers = [], functions = {}, templates = [] } = options;
  const faults = [
    ...performers.flatMap((one, index) =>
      typeof one?.name === "string" && typeof one.perform === "function"
        ? []
        : [wrongOption(`performers.${index}`, "{ name: a text, perform: a function }", typeName(one))],
    ),
    ...Object.entries(functions).flatMap(([name, one]) =>
      typeof one === "function" ? [] : [wrongOption(`functions.${name}`, "a function", typeName(one))],
    ),
    ...templates.flatMap((one, index) =>
      typeof one === "string"
        ? []
        : [wrongOption(`templates.${index}`, "a template file's text", typeName(one))],
    ),
  ];
  if (faults.length > 0) throw new AbyssalError(faults);
}

function typeName(value: unknown): string {
  return value === null ? "null" : typeof value;
}
