import type { Secrets } from "../shared/secrets.ts";
import type { BatchResult } from "./batch.ts";
import type { RunResult } from "./run-result.ts";

/** A result whose explanations bear no secret; what was made (output, data, artifacts) is what it was asked to be. */
export function shownResult(result: RunResult, secrets: Pick<Secrets, "value">): RunResult {
  const { results, reasons } = result;
  return { ...result, results: secrets.value(results), reasons: secrets.value(reasons) };
}

/** The same of a batch, command by command. */
export function shownBatch(batch: BatchResult, secrets: Pick<Secrets, "value">): BatchResult {
  const items = batch.items.map((item) => ({ ...item, reasons: secrets.value(item.reasons) }));
  return { ...batch, items, run: shownResult(batch.run, secrets) };
}
