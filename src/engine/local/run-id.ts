import { AbyssalError } from "../../shared/diagnostic.ts";

/** Whether a recorded run may have this id: its head file is called so. */
export function isRunId(runId: string): boolean {
  return /^[A-Za-z0-9_-]{1,100}$/.test(runId);
}

/** Throws AbyssalError OPTION_INVALID. */
export function checkRunId(runId: string): void {
  if (isRunId(runId)) return;
  throw new AbyssalError([
    {
      code: "OPTION_INVALID",
      severity: "error",
      place: "options.runId",
      message: "a recorded run cannot have this id",
      expected: "1 to 100 letters, digits, _ and -",
      got: JSON.stringify(runId.slice(0, 120)),
    },
  ]);
}
