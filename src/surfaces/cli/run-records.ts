import type { DurableEngine } from "../../engine/durable-engine.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { openRecords } from "../runtime.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Works on the recorded runs of this working folder and lets go of them; reading makes nothing. What their programs give
 * under the names of secrets is not shown, wherever it turns up.
 */
export async function withRecords<T>(
  { cwd, learn }: Terminal,
  work: (records: DurableEngine) => T | Promise<T>,
): Promise<T> {
  const records = await openRecords(cwd);
  try {
    if (learn) learnFrom(records, learn);
    return await work(records);
  } finally {
    records.close();
  }
}

/** A journal that cannot be read says so to whoever asks it for more. */
function learnFrom(records: DurableEngine, learn: (text: string) => void): void {
  try {
    for (const { program } of records.list()) learn(program);
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
  }
}
