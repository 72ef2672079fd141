import type { CliContext } from "../cli.ts";
import { readMonitorFlags } from "../monitor/monitor-flags.ts";
import { watchRun } from "../monitor/watch-run.ts";
import { watchRuns } from "../monitor/watch-runs.ts";
import { withRecords } from "../run-records.ts";

/** `abyssal monitor`: watches the runs of this working folder, or one of them, wherever they are driven. */
export async function monitorCommand(
  runId: string | undefined,
  given: Parameters<typeof readMonitorFlags>[0],
  { terminal }: CliContext,
): Promise<number> {
  const flags = readMonitorFlags(given);
  return withRecords(terminal, (records) =>
    runId === undefined ? watchRuns(records, flags, terminal) : watchRun(records, runId, flags, terminal),
  );
}
