import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunStatus } from "../machines/orchestrator.ts";
import { LIMITS } from "../shared/limits.ts";
import type { RunResult } from "./run-result.ts";

/** What is remembered of a run. `running` of a process that has died stays `running` here. */
export type RunRecord = {
  readonly runId: string;
  readonly program: string;
  readonly planHash: string;
  readonly startedAtMs: number;
  readonly agents: number;
  readonly pid: number;
  readonly status: RunStatus | "running";
  readonly endedAtMs: number | null;
  readonly result: RunResult | null;
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

/** Remembers in a folder, one JSON file for each run, replaced as a whole: a reader never sees half a record. */
export function folderArchive(folder: string): RunArchive {
  const fileOf = (runId: string): string => join(folder, `${runId}.json`);
  const read = async (file: string): Promise<RunRecord | undefined> => {
    try {
      return JSON.parse(await readFile(file, "utf8")) as RunRecord;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError)
        return undefined;
      throw error;
    }
  };
  return {
    async save(record) {
      await mkdir(folder, { recursive: true });
      const file = fileOf(record.runId);
      const draft = `${file}.${process.pid}.tmp`;
      await writeFile(draft, `${JSON.stringify(record)}\n`);
      await rename(draft, file);
    },
    get: async (runId) => (/^r_[0-9a-z]{1,64}$/.test(runId) ? read(fileOf(runId)) : undefined),
    async list() {
      const names = await readdir(folder).catch(() => []);
      const records = await Promise.all(
        names.filter((name) => name.endsWith(".json")).map((name) => read(join(folder, name))),
      );
      return records.filter((record) => record !== undefined).sort(newestFirst);
    },
  };
}

function newestFirst(a: RunRecord, b: RunRecord): number {
  return b.startedAtMs - a.startedAtMs || (a.runId < b.runId ? 1 : -1);
}
