import { parseSpanMs } from "../../../shared/quantity.ts";
import { fault, refuse } from "../faults.ts";

const INTERVAL_MS = { default: 250, least: 10 } as const;

/** What was said to `abyssal monitor`. */
export type MonitorFlags = {
  readonly once: boolean;
  /** How often the records are looked at, ms. */
  readonly intervalMs: number;
  readonly output: "text" | "ndjson";
};

/** Flags as commander hands them over; throws AbyssalError OPTION_INVALID. */
export function readMonitorFlags(flags: {
  readonly once?: boolean;
  readonly interval?: string;
  readonly output: "text" | "ndjson";
}): MonitorFlags {
  const { once = false, interval, output } = flags;
  const intervalMs = interval === undefined ? INTERVAL_MS.default : parseSpanMs(interval);
  if (intervalMs !== undefined && intervalMs >= INTERVAL_MS.least) return { once, intervalMs, output };
  return refuse(
    fault("OPTION_INVALID", "this interval cannot be kept", {
      place: "--interval",
      expected: `a span of time such as 250ms or 2s, at least ${INTERVAL_MS.least} ms`,
      got: interval || "nothing",
    }),
  );
}
