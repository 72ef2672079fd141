import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { ExecuteOptions } from "./execute-options.ts";

/** What an option may be; its type says the same to who has types. */
export type Check = { readonly expected: string; readonly holds: (value: unknown) => boolean };

export const TEXT: Check = { expected: "a text", holds: (value) => typeof value === "string" };
export const SWITCH: Check = { expected: "true or false", holds: (value) => typeof value === "boolean" };

const isWhole = (value: unknown, minimum: number, maximum: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum;

const WHOLE: Check = {
  expected: "an integer, 0 or more",
  holds: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER),
};

const CHECKS: Readonly<Record<keyof ExecuteOptions, Check>> = {
  signal: { expected: "an AbortSignal", holds: (value) => value instanceof AbortSignal },
  timeoutMs: {
    expected: "milliseconds above 0",
    holds: (value) => typeof value === "number" && Number.isFinite(value) && value > 0,
  },
  maxConcurrency: {
    expected: `an integer from 1 to ${LIMITS.concurrencyMax}`,
    holds: (value) => isWhole(value, 1, LIMITS.concurrencyMax),
  },
  maxCostMicros: WHOLE,
  maxTokens: WHOLE,
  cache: SWITCH,
  source: TEXT,
};

/** What is said for one run. Throws AbyssalError with every OPTION_INVALID. */
export function checkOptions(options: ExecuteOptions): void {
  checkAll(options, CHECKS);
}

/**
 * Holds options to what each may be; what is undefined counts as left out. One that nobody knows is refused: a limit
 * whose name is misspelt would be no limit. Throws AbyssalError with every OPTION_INVALID.
 */
export function checkAll<Name extends string>(
  options: Partial<Record<Name, unknown>>,
  checks: Readonly<Record<Name, Check>>,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new AbyssalError([wrongInput("options", "an object, or nothing", options)]);
  const faults = Object.entries(options).flatMap(([name, value]): Diagnostic[] => {
    if (!Object.hasOwn(checks, name)) return [unknownOption(name, Object.keys(checks))];
    const { expected, holds } = checks[name as Name];
    return value === undefined || holds(value) ? [] : [wrongOption(name, expected, value)];
  });
  if (faults.length > 0) throw new AbyssalError(faults);
}

/** What an option cannot be. */
export function wrongOption(name: string, expected: string, got: unknown): Diagnostic {
  return { ...wrongInput(`options.${name}`, expected, got), message: "this option cannot hold" };
}

/** What an argument cannot be. */
export function wrongInput(place: string, expected: string, got: unknown): Diagnostic {
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place,
    message: "this is nothing to work with",
    expected,
    got: shown(got),
  };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && (typeof value === "object" || typeof value === "function"))
    return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function unknownOption(name: string, known: readonly string[]): Diagnostic {
  const near = nearestName(name, known);
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place: `options.${name}`,
    message: "there is no such option",
    expected: `one of ${known.join(", ")}`,
    got: name,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  };
}
