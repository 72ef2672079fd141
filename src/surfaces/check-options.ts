import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { ExecuteOptions } from "./abyssal.ts";

/** What an option may be; `null`: whatever its type says. */
type Check = { readonly expected: string; readonly holds: (value: unknown) => boolean } | null;

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
  cache: { expected: "true or false", holds: (value) => typeof value === "boolean" },
  source: null,
};

/**
 * What is said for one run: a limit that no number can reach, or whose name is misspelt, would be no limit. Throws AbyssalError with
 * every OPTION_INVALID.
 */
export function checkOptions(options: ExecuteOptions): void {
  const faults = Object.entries(options).flatMap(([name, value]): Diagnostic[] => {
    if (!Object.hasOwn(CHECKS, name)) return [unknownOption(name, Object.keys(CHECKS))];
    const check = CHECKS[name as keyof ExecuteOptions];
    return value === undefined || !check || check.holds(value)
      ? []
      : [wrongOption(name, check.expected, typeof value === "object" ? typeof value : String(value))];
  });
  if (faults.length > 0) throw new AbyssalError(faults);
}

/** Throws AbyssalError OPTION_INVALID for every option that is none of those known. */
export function checkNames(options: object, known: readonly string[]): void {
  const strange = Object.keys(options).filter((name) => !known.includes(name));
  if (strange.length > 0) throw new AbyssalError(strange.map((name) => unknownOption(name, known)));
}

/** What an option cannot be. */
export function wrongOption(name: string, expected: string, got: string): Diagnostic {
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place: `options.${name}`,
    message: "this option cannot hold",
    expected,
    got,
  };
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
