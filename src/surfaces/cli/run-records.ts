import type { DurableEngine } from "../../engine/durable-engine.ts";
import { openRecords } from "../runtime.ts";
import type { Terminal } from "./terminal.ts";

/** Works on the recorded runs of this working folder and lets go of them; reading makes nothing. */
export async function withRecords<T>(
  { cwd }: Terminal,
  work: (records: DurableEngine) => T | Promise<T>,
): Promise<T> {
  const records = await openRecords(cwd);
  try {
    return await work(records);
  } finally {
    records.close();
  }
}
