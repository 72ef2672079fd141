import type { PerformContext, Performer, Task } from "../../actors/ports.ts";
import type { Outcome } from "../../plan/outcome.ts";

/** Stands between the workers of one run and the performers: makes a call, or says why it was not made. */
export interface Gate {
  perform(performer: Performer, task: Task, context: PerformContext): Promise<Outcome>;
}
