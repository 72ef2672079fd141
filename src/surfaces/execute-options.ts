/** What may be said for one run; what is left out comes from the configuration. */
export type ExecuteOptions = {
  /** Stops the run when it aborts; the promise still resolves, with what was done by then. */
  readonly signal?: AbortSignal;
  /** Longest time of the run, ms. */
  readonly timeoutMs?: number;
  /** Agents at once; a plan that was made before has its own. */
  readonly maxConcurrency?: number;
  /** The most that the run's calls of models may take: micro-USD. */
  readonly maxCostMicros?: number;
  /** The most tokens that models may read and write for the run. */
  readonly maxTokens?: number;
  /** False: results of earlier runs are not used; what this run does takes their places. */
  readonly cache?: boolean;
  /** Name of the text in diagnostics; default `<command>`. */
  readonly source?: string;
};
