import { join } from "node:path";
import { folderArchive, type RunArchive, type RunRecord } from "../run-archive.ts";
import type { Terminal } from "./terminal.ts";

/** A record as it stands now: `lost` when it says `running` and its process is gone. */
export type KnownRun = Omit<RunRecord, "status"> & { readonly status: RunRecord["status"] | "lost" };

/** The runs that are remembered in this working folder; reading makes nothing. */
export function runRecords({ cwd }: Terminal): Pick<RunArchive, "get" | "list"> {
  return folderArchive(join(cwd, ".abyssal", "runs"));
}

export function asKnown(record: RunRecord): KnownRun {
  return record.status === "running" && !isAlive(record.pid) ? { ...record, status: "lost" } : record;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
