import type { DurableEngine } from "../engine/durable-engine.ts";
import type { BatchOrigin } from "../engine/engine.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";

/** The first of some runs that is a batch of `source`. Throws AbyssalError BATCH_UNKNOWN, JOURNAL_*. */
export function findBatch(
  engine: DurableEngine,
  source: string,
  runs: readonly { readonly runId: string }[],
): string {
  const found = runs.find(({ runId }) => batchOf(engine, runId)?.source === source);
  if (found) return found.runId;
  throw new AbyssalError([unknown(source, "no unfinished batch of this file is recorded here")]);
}

/** Throws AbyssalError BATCH_UNKNOWN when a run is no batch, RUN_UNKNOWN, JOURNAL_*. */
export function checkBatch(engine: DurableEngine, runId: string): void {
  if (!engine.replayed(runId).records.accepted.batch)
    throw new AbyssalError([unknown(runId, "this run was not started as a batch")]);
}

/** Records that cannot be read any more must not hide the runs after them. */
function batchOf(engine: DurableEngine, runId: string): BatchOrigin | undefined {
  try {
    return engine.replayed(runId).records.accepted.batch;
  } catch (error) {
    if (error instanceof AbyssalError) return undefined;
    throw error;
  }
}

function unknown(place: string, message: string): Diagnostic {
  return {
    code: "BATCH_UNKNOWN",
    severity: "error",
    place,
    message,
    expected: "a batch that has not ended, and that nobody drives",
    hint: "abyssal runs lists the runs; without --resume the batch is started anew",
  };
}
