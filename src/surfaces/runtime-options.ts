import type { Performer } from "../actors/ports.ts";
import type { Policy } from "../plan/policy.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject } from "../shared/json.ts";
import type { AbyssalOptions } from "./abyssal-options.ts";
import { type Check, checkAll, SWITCH, TEXT, wrongOption } from "./check-options.ts";
import type { ToolFunction } from "./runtime.ts";

const FUNCTION: Check = { expected: "a function", holds: (value) => typeof value === "function" };
const NAMED: Check = { expected: "an object", holds: isJsonObject };
const LIST: Check = { expected: "a list", holds: Array.isArray };

/** An object with these methods. */
function withMethods(...names: readonly string[]): Check {
  return {
    expected: `an object with ${names.map((name) => `${name}()`).join(", ")}`,
    holds: (value) => isJsonObject(value) && names.every((name) => typeof value[name] === "function"),
  };
}

const JUDGE = withMethods("judge");
const PERFORMER = withMethods("perform");
const TOOL = withMethods("call");

const CHECKS: Readonly<Record<keyof AbyssalOptions, Check>> = {
  workingFolder: TEXT,
  configFile: TEXT,
  config: NAMED,
  configAt: FUNCTION,
  environmentAt: TEXT,
  env: NAMED,
  templates: LIST,
  performers: LIST,
  functions: NAMED,
  tools: NAMED,
  resolveHost: FUNCTION,
  merges: NAMED,
  durable: SWITCH,
  learned: { expected: "process or folder", holds: (value) => value === "process" || value === "folder" },
  policy: {
    expected: "{ hash: a text, judge: a function }",
    holds: (value) => JUDGE.holds(value) && TEXT.holds((value as Policy).hash),
  },
  clock: withMethods("nowMs", "at", "nextTurn"),
  ids: withMethods("runId", "ownerId"),
  metrics: SWITCH,
  inspect: {
    expected: "a function, or an object",
    holds: (value) => FUNCTION.holds(value) || NAMED.holds(value),
  },
  secrets: withMethods("include"),
};

/** What stands in the lists and objects among them. */
const MEMBERS: Partial<Readonly<Record<keyof AbyssalOptions, Check>>> = {
  performers: {
    expected: "{ name: a text, perform: a function }",
    holds: (value) => PERFORMER.holds(value) && TEXT.holds((value as Performer).name),
  },
  functions: FUNCTION,
  tools: {
    expected: "{ description: a text, inputSchema: an object, call: a function }",
    holds: (value) =>
      TOOL.holds(value) &&
      TEXT.holds((value as ToolFunction).description) &&
      NAMED.holds((value as ToolFunction).inputSchema),
  },
  merges: FUNCTION,
  templates: { ...TEXT, expected: "a template file's text" },
};

/** What `createAbyssal` may be told, by name. */
export const OPTION_NAMES: readonly string[] = Object.keys(CHECKS);

/** Options that a type alone would hold, and a program without types may get wrong. Throws AbyssalError OPTION_INVALID. */
export function checkRuntimeOptions(options: AbyssalOptions): void {
  checkAll(options, CHECKS);
  const faults = Object.entries(MEMBERS).flatMap(([name, { expected, holds }]): Diagnostic[] =>
    Object.entries(options[name as keyof AbyssalOptions] ?? {}).flatMap(([key, value]) =>
      holds(value) ? [] : [wrongOption(`${name}.${key}`, expected, value)],
    ),
  );
  if (faults.length > 0) throw new AbyssalError(faults);
}
