import type { Plan } from "../plan/plan.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { hashJson } from "../shared/hash.ts";

/** A warning when a recorded plan is not what its program gives today; the run is not touched by that. */
export function changedPlan(
  runId: string,
  recorded: Plan,
  compile: (program: string) => Plan,
): readonly Diagnostic[] {
  const before = hashJson(recorded.nodes);
  const now = today(recorded.program, compile);
  if (now === before) return [];
  return [
    {
      code: "RUN_PLAN_CHANGED",
      severity: "warning",
      place: runId,
      message: "templates or settings have changed since this run was started",
      expected: `the steps it was started with (${before.slice(0, 16)})`,
      got: now.length === before.length ? `other steps (${now.slice(0, 16)})` : now,
      hint: "it goes on as it was started; to run what the templates say now, start it anew",
    },
  ];
}

/** The hash of today's steps, or why there are none. */
function today(program: string, compile: (program: string) => Plan): string {
  try {
    return hashJson(compile(program).nodes);
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
    return `a program that is refused: ${error.code}`;
  }
}
