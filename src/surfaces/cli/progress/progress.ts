import type { Signal } from "../../../actors/ports.ts";
import type { RunEvent } from "../../../actors/run-events.ts";

/** Shows a run while it goes on, on stderr. */
export interface Progress {
  event(event: RunEvent): void;
  signal(path: string, signal: Signal): void;
  /** Stands aside while something else is written or asked. */
  note<T>(write: () => T): T;
  /** Leaves its last word; may be called again. */
  end(): void;
}

/** Shows nothing. */
export const noProgress: Progress = {
  event: () => {},
  signal: () => {},
  note: (write) => write(),
  end: () => {},
};
