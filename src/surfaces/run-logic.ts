import { fromPromise } from "xstate";
import type { RunEvent } from "../actors/run-events.ts";
import type { Plan } from "../plan/plan.ts";
import type { Abyssal } from "./abyssal.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { RunResult } from "./run-result.ts";

/** What a run that is an actor of another system is given: text or a plan; the actor's own stop is its signal. */
export type RunLogicInput = {
  readonly program: string | Plan;
  readonly options?: Omit<ExecuteOptions, "signal">;
};

/**
 * A run as actor logic for another XState system: invoke or spawn it with `{ program }`; its output is the RunResult,
 * it emits every RunEvent, and stopping it cancels the run. Bad input is an error of the actor (AbyssalError).
 */
export function runLogic(abyssal: Abyssal) {
  return fromPromise<RunResult, RunLogicInput, RunEvent>(async ({ input, signal, emit }) => {
    const run = abyssal.start(input.program, { ...input.options, signal });
    const subscription = run.events$.subscribe((event) => emit(event));
    try {
      return await run.result;
    } finally {
      subscription.unsubscribe();
    }
  });
}
