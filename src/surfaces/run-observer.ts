import type { Observable } from "rxjs";
import type { RunEvent } from "../actors/run-events.ts";
import type { RunEnd } from "../engine/engine.ts";
import type { Plan } from "../plan/plan.ts";

/** A run that this process drives, as those see it who only watch. */
export type ObservedRun = {
  readonly runId: string;
  readonly plan: Plan;
  /** What had happened before this process took it over. */
  readonly past: readonly RunEvent[];
  /** What happens from now on, from the first event on for a run that starts here. */
  readonly events$: Observable<RunEvent>;
  /** Rejects when the runtime is at fault, or when the run is let go. */
  readonly ended: Promise<RunEnd>;
};

/** Watches every run of a runtime; whatever it does, no run depends on it. */
export interface RunObserver {
  /** Called once for each run, before anything of it happens here. */
  watch(run: ObservedRun): void;
  /** Lets go of everything that would keep the process alive. */
  close(): void;
}
