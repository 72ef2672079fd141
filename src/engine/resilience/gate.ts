import type { PerformContext, Performer, Task } from "../../actors/ports.ts";
import type { Outcome } from "../../plan/outcome.ts";

/** Stands between the workers of one run and the performers: makes a call, or says why it was not made. */
export interface Gate {
  perform(performer: Performer, task: Task, context: PerformContext): Promise<Outcome>;
}

/** Gives every run a gate of its own; one for all runs of a process. */
export interface Gates {
  gate(runId: string): Gate;
}
