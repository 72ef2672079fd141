import { systemClock } from "../../../shared/clock.ts";
import { cancelRun } from "../../cancel-run.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { printJson } from "../terminal.ts";

/** Commands get some seconds to stop by themselves. */
const PATIENCE_MS = 15_000;

/** `abyssal cancel`: stops a run wherever it is driven, and waits until it has ended. */
export async function cancelCommand(
  runId: string,
  { reason = "cancelled by the command line", output }: { reason?: string; output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const options = { reason, patienceMs: PATIENCE_MS, clock: systemClock };
  const { status, endedAtMs, pid } = await withRecords(terminal, (records) =>
    cancelRun(records, runId, options),
  );
  const hasEnded = endedAtMs !== null;
  if (output === "json") printJson(terminal.stdout, { runId, status, hasEnded });
  else if (hasEnded) terminal.stdout.write(`${runId} has ended: ${status}\n`);
  else terminal.stdout.write(`process ${pid} was told to stop ${runId} and has not done so yet\n`);
  return hasEnded ? EXIT.succeeded : EXIT.failed;
}
