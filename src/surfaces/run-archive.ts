import type { Question } from "../actors/question.ts";
import type { DurableEngine, RunSummary } from "../engine/durable-engine.ts";
import { LIMITS } from "../shared/limits.ts";
import { type RunResult, toRunResult } from "./run-result.ts";

/** What is remembered of a run. */
export type RunRecord = {
  readonly runId: string;
  readonly program: string;
  readonly planHash: string;
  readonly startedAtMs: number;
  readonly agents: number;
  /** The process that drives it; null when none does. */
  readonly pid: number | null;
  /** `interrupted`: it has not ended and nobody drives it; `suspended`: it waits for a person. Both can be resumed. */
  readonly status: RunSummary["status"];
  readonly endedAtMs: number | null;
  /** Null until it has ended, and in the list of a durable runtime. */
  readonly result: RunResult | null;
  /** What people are asked, when it is suspended. */
  readonly waitingFor: readonly Question[];
};

/** Where runs are remembered. */
export interface RunArchive {
  save(record: RunRecord): Promise<void>;
  get(runId: string): Promise<RunRecord | undefined>;
  /** The newest first. */
  list(): Promise<readonly RunRecord[]>;
}

/** Remembers the newest runs for as long as this process lives. */
export function memoryArchive(): RunArchive {
  const records = new Map<string, RunRecord>();
  return {
    save: async (record) => {
      records.set(record.runId, record);
      const [oldest] = records.keys();
      if (records.size > LIMITS.runsRemembered && oldest !== undefined) records.delete(oldest);
    },
    get: async (runId) => records.get(runId),
    list: async () => [...records.values()].sort(newestFirst),
  };
}

/** Reads a journal: nothing is remembered beside it, a result is what its records give again. */
export function journalArchive(engine: DurableEngine): RunArchive {
  return {
    save: async () => {},
    get: async (runId) => {
      const summary = engine.summary(runId);
      if (!summary) return undefined;
      if (summary.endedAtMs === null) return asRecord(summary);
      const end = engine.ended(runId);
      return { ...asRecord(summary), startedAtMs: end.startedAtMs, result: toRunResult(end) };
    },
    list: async () => engine.list().map(asRecord),
  };
}

function asRecord({ acceptedAtMs, ...summary }: RunSummary): RunRecord {
  return { ...summary, startedAtMs: acceptedAtMs, result: null };
}

function newestFirst(a: RunRecord, b: RunRecord): number {
  return b.startedAtMs - a.startedAtMs || (a.runId < b.runId ? 1 : -1);
}
