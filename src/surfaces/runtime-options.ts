import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { AbyssalOptions } from "./abyssal-options.ts";
import { checkNames } from "./check-options.ts";

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
        : [wrong(`performers.${index}`, "{ name: a text, perform: a function }", one)],
    ),
    ...Object.entries(functions).flatMap(([name, one]) =>
      typeof one === "function" ? [] : [wrong(`functions.${name}`, "a function", one)],
    ),
    ...templates.flatMap((one, index) =>
      typeof one === "string" ? [] : [wrong(`templates.${index}`, "a template file's text", one)],
    ),
  ];
  if (faults.length > 0) throw new AbyssalError(faults);
}

function wrong(place: string, expected: string, got: unknown): Diagnostic {
  const message = "this option cannot hold";
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place: `options.${place}`,
    message,
    expected,
    got: got === null ? "null" : typeof got,
  };
}
