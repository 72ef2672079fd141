import type { Subscription } from "rxjs";
import { enqueueActions } from "xstate";
import type { SynthesisEvent } from "../machines/synthesis.ts";
import { thrownWords } from "../shared/thrown-words.ts";
import { type From, partsOf } from "./run-parts.ts";
import type { Workbench } from "./synthesis/workbench.ts";

type Self = { send(event: SynthesisEvent): void };
type Of = From & { readonly event: SynthesisEvent; readonly self: Self };

const subscriptions = new WeakMap<Self, Subscription>();

/** XState types its built-in actions by the machine around them; made here, outside of one, they are cast. */
const stage = (work: (workbench: Workbench) => void) =>
  enqueueActions(({ enqueue, system }) => {
    const event = attempt(() => work(partsOf({ system }).workbench));
    enqueue.raise(event as never);
  }) as never;

/** What the synthesis machine names: taking in results, and its four stages over the workbench. */
export const synthesisActions = {
  subscribeResults: (from: Of): void => {
    const { self } = from;
    const subscription = partsOf(from).resultStream.results$.subscribe((results) =>
      self.send({ type: "results.recorded", results }),
    );
    subscriptions.set(self, subscription);
  },
  unsubscribeResults: ({ self }: Of): void => subscriptions.get(self)?.unsubscribe(),
  collectResults: (from: Of): void => {
    if (from.event.type === "results.recorded") partsOf(from).workbench.collect(from.event.results);
  },
  resolveConflicts: stage((workbench) => workbench.resolveConflicts()),
  assessQuality: stage((workbench) => workbench.assessQuality()),
  refineResults: stage((workbench) => workbench.refineResults()),
  formatAnswer: stage((workbench) => workbench.formatAnswer()),
  noteFailure: (from: Of): void => {
    if (from.event.type !== "stage.failed") return;
    const { message } = from.event;
    partsOf(from).workbench.failure = { code: "SYNTHESIS_FAILED", message, retryable: false };
  },
};

function attempt(work: () => void): SynthesisEvent {
  try {
    work();
    return { type: "stage.done" };
  } catch (error) {
    return { type: "stage.failed", message: thrownWords(error) };
  }
}
