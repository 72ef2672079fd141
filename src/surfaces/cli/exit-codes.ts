import type { RunStatus } from "../../machines/orchestrator.ts";
import type { Diagnostic } from "../../shared/diagnostic.ts";

/** Exit codes of the command line (docs/reference/cli.md); scripts rely on them. */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  /** Bad usage or input; nothing was started. */
  usage: 2,
  /** A fault of the runtime itself. */
  internal: 3,
  partial: 4,
  /** Over budget, or refused by policy. */
  refused: 5,
  /** Waits for a person, and there is none; it can be resumed. */
  suspended: 6,
  /** The terminal has gone. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** `codes`: of the failures that a run which has not succeeded has among its reasons. */
export function exitCodeOf(status: RunStatus, codes: readonly string[]): number {
  if (status === "succeeded") return EXIT.succeeded;
  if (status !== "cancelled" && codes.includes("BUDGET_EXCEEDED")) return EXIT.refused;
  return status === "partial" ? EXIT.partial : EXIT.failed;
}

export function exitCodeOfFaults(diagnostics: readonly Diagnostic[]): number {
  const has = (wanted: string): boolean => diagnostics.some(({ code }) => code === wanted);
  if (has("BUDGET_EXCEEDED") || has("POLICY_REFUSED")) return EXIT.refused;
  return has("JOURNAL_WRITE_FAILED") ? EXIT.failed : EXIT.usage;
}
