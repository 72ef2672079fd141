import type { Observable, Subscription } from "rxjs";
import { enqueueActions } from "xstate";
import type { SynthesisEvent } from "../machines/synthesis.ts";
import type { AgentResult } from "../plan/outcome.ts";
import type { Workbench } from "./synthesis/workbench.ts";

/**
 * What the synthesis machine names: taking in results, and its four stages over the workbench.
 * XState types its built-in actions by the machine around them; made here, outside of one, they are cast.
 */
export function synthesisActions(results$: Observable<AgentResult>, workbench: Workbench) {
  let subscription: Subscription | undefined;
  const stage = (work: () => void) =>
    enqueueActions(({ enqueue }) => {
      const event = attempt(work);
      enqueue.raise(event as never);
    }) as never;
  return {
    subscribeResults: ({ self }: { self: { send(event: SynthesisEvent): void } }): void => {
      subscription = results$.subscribe((result) => self.send({ type: "result.recorded", result }));
    },
    unsubscribeResults: (): void => subscription?.unsubscribe(),
    collectResult: ({ event }: { event: SynthesisEvent }): void => {
      if (event.type === "result.recorded") workbench.collect(event.result);
    },
    resolveConflicts: stage(() => workbench.resolveConflicts()),
    assessQuality: stage(() => workbench.assessQuality()),
    refineResults: stage(() => workbench.refineResults()),
    formatAnswer: stage(() => workbench.formatAnswer()),
    noteFailure: ({ event }: { event: SynthesisEvent }): void => {
      if (event.type === "stage.failed") workbench.failure = event.message;
    },
  };
}

function attempt(work: () => void): SynthesisEvent {
  try {
    work();
    return { type: "stage.done" };
  } catch (error) {
    return { type: "stage.failed", message: error instanceof Error ? error.message : String(error) };
  }
}
