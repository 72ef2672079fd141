/** A change of state of a resource's guard. Times in ms since the epoch. */
export type ResilienceEvent =
  | {
      readonly type: "breaker.opened";
      readonly resource: string;
      readonly atMs: number;
      /** No call is let through before. */
      readonly untilMs: number;
      /** How often it has opened since it was last closed. */
      readonly openings: number;
      /** Failures in a row, by then. */
      readonly failuresInARow: number;
      /** Code of the failure that opened it. */
      readonly code: string;
    }
  | { readonly type: "breaker.halfOpened"; readonly resource: string; readonly atMs: number }
  | { readonly type: "breaker.closed"; readonly resource: string; readonly atMs: number }
  /** The resource has asked to be left alone. */
  | {
      readonly type: "pace.blocked";
      readonly resource: string;
      readonly atMs: number;
      readonly untilMs: number;
    }
  /** The first call that found no place to wait, since there was one. */
  | {
      readonly type: "bulkhead.filled";
      readonly resource: string;
      readonly atMs: number;
      readonly atOnce: number;
      readonly queue: number;
    }
  /** The first retry of a run that was not made. */
  | {
      readonly type: "retries.spent";
      readonly resource: string;
      readonly runId: string;
      readonly atMs: number;
      readonly offered: number;
      readonly retries: number;
    };
