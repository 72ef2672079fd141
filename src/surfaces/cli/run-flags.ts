import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { LIMITS } from "../../shared/limits.ts";
import { parseSpanMs } from "../../shared/quantity.ts";
import type { ConfigOverrides } from "../config.ts";
import type { ExecuteOptions } from "../execute-options.ts";
import { fault } from "./faults.ts";

/** Flags that every command with a program knows, as commander hands them over. */
export type PlanFlags = {
  readonly file?: string;
  readonly config?: string;
  readonly model?: string;
  readonly maxCost?: string;
  readonly maxTokens?: string;
  readonly maxConcurrency?: string;
  readonly timeout?: string;
  /** False with `--no-cache`. */
  readonly cache?: boolean;
  readonly output: "text" | "json" | "ndjson";
};

/** Flags of the commands that run something. */
export type RunFlags = PlanFlags & {
  readonly out?: string;
  readonly inspect?: boolean;
  readonly inspectWait?: boolean;
  readonly metrics?: boolean;
  readonly quiet?: boolean;
};

export type RunSettings = {
  readonly options: Omit<ExecuteOptions, "signal" | "source">;
  readonly config: ConfigOverrides;
};

/** The limits that flags set; throws AbyssalError (OPTION_INVALID) with every one that cannot be read. */
export function readLimits(flags: PlanFlags): RunSettings {
  const faults: Diagnostic[] = [];
  const read = <T>(
    flag: string,
    text: string | undefined,
    parse: (text: string) => T | undefined,
    expected: string,
  ) => {
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined)
      faults.push(
        fault("OPTION_INVALID", "this limit cannot be read", {
          place: flag,
          expected,
          got: text || "nothing",
        }),
      );
    return value;
  };
  const timeoutMs = read("--timeout", flags.timeout, positiveSpan, "a span of time such as 90s, 5m or 2h");
  const maxConcurrency = read(
    "--max-concurrency",
    flags.maxConcurrency,
    (text) => wholeNumber(text, 1, LIMITS.concurrencyMax),
    `an integer from 1 to ${LIMITS.concurrencyMax}`,
  );
  const maxTokens = read(
    "--max-tokens",
    flags.maxTokens,
    (text) => wholeNumber(text, 0),
    "an integer, 0 or more",
  );
  const maxCostMicros = read("--max-cost", flags.maxCost, micros, "an amount of USD such as 2 or 0.50");
  if (faults.length > 0) throw new AbyssalError(faults);
  return {
    options: {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(maxCostMicros === undefined ? {} : { maxCostMicros }),
      ...(flags.cache === false ? { cache: false } : {}),
    },
    config: flags.model === undefined ? {} : { model: flags.model },
  };
}

function positiveSpan(text: string): number | undefined {
  const ms = parseSpanMs(text);
  return ms !== undefined && ms > 0 ? ms : undefined;
}

export function wholeNumber(
  text: string,
  minimum: number,
  maximum = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
}

function micros(text: string): number | undefined {
  return /^\$?\d{1,9}(\.\d{1,6})?$/.test(text)
    ? Math.round(Number(text.replace("$", "")) * 1_000_000)
    : undefined;
}
