import type { DurableEngine, RunSummary } from "../engine/durable-engine.ts";
import { AbyssalError } from "../shared/diagnostic.ts";
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
  /** What people are asked, of a run that nobody drives. */
  readonly waitingFor: readonly Waiting[];
};

/** A question that only a person can answer. */
export type Waiting = { readonly path: string; readonly question: string };

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
      const summary = engine.list().find((run) => run.runId === runId);
      if (!summary) return undefined;
      if (summary.endedAtMs === null) return asRecord(engine, summary);
      const end = engine.ended(runId);
      return { ...asRecord(engine, summary), startedAtMs: end.startedAtMs, result: toRunResult(end) };
    },
    list: async () => engine.list().map((summary) => asRecord(engine, summary)),
  };
}

function asRecord(engine: DurableEngine, { acceptedAtMs, ...summary }: RunSummary): RunRecord {
  const record = { ...summary, startedAtMs: acceptedAtMs, result: null, waitingFor: [] };
  if (summary.status !== "interrupted") return record;
  try {
    const { run, pending } = engine.replayed(summary.runId);
    return run.state === "suspended"
      ? { ...record, status: "suspended", waitingFor: pending.questions }
      : record;
  } catch (error) {
    // Records that cannot be read any more must not hide the other runs; whoever resumes this one is told why.
    if (error instanceof AbyssalError) return record;
    throw error;
  }
}

function newestFirst(a: RunRecord, b: RunRecord): number {
  return b.startedAtMs - a.startedAtMs || (a.runId < b.runId ? 1 : -1);
}
