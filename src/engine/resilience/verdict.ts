import type { Outcome } from "../../plan/outcome.ts";

/**
 * What a call tells of its resource. `good`: it did the work; `bad`: it failed; `neither`: it answered, but the work could not
 * be done (a refusal, invalid output, an exit code); `none`: the call was cancelled, which tells nothing.
 */
export type Verdict = "good" | "bad" | "neither" | "none";

/** Codes of failures that are the resource's; so is every code that ends in one of them after `_`. */
const RESOURCE_FAILURES = ["PERFORMER_CRASHED", "TIMEOUT", "UNAVAILABLE", "RATE_LIMITED"] as const;
/** Codes of our own performers that say the same in other words. */
const BESIDE = new Set(["FUNCTION_FAILED", "COMMAND_NOT_STARTED"]);

/** Whether a failure speaks against the resource, and not against what was asked of it. */
export function blamesResource(code: string): boolean {
  return BESIDE.has(code) || RESOURCE_FAILURES.some((known) => code === known || code.endsWith(`_${known}`));
}

export function verdictOf(outcome: Outcome): Verdict {
  if (outcome.kind !== "failed") return "good";
  return blamesResource(outcome.failure.code) ? "bad" : "neither";
}

/** Of a call whose signal was aborted: a timeout is the resource's failure, a cancellation nobody's. */
export function verdictOfAbort(signal: AbortSignal): Verdict {
  return isTimeout(signal.reason) ? "bad" : "none";
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

/** How long the resource asks to be left alone (ms), where the failure says so. */
export function retryAfterMs(outcome: Outcome): number | null {
  if (outcome.kind !== "failed") return null;
  const { code, detail } = outcome.failure;
  if (code !== "RATE_LIMITED" && !code.endsWith("_RATE_LIMITED")) return null;
  const ms = detail?.retryAfterMs;
  return typeof ms === "number" && ms > 0 ? ms : null;
}
