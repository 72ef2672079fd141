import { systemClock } from "../../../shared/clock.ts";
import { nearestName } from "../../../shared/nearest-name.ts";
import { formatSpan } from "../../../shared/quantity.ts";
import { journalArchive, type RunArchive, type RunRecord } from "../../run-archive.ts";
import { waitingRows } from "../asking-text.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { withRecords } from "../run-records.ts";
import { columns, fitted, paintFor } from "../style.ts";
import { summaryText } from "../summary.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

/** `abyssal status`: how one run stands or ended. */
export async function statusCommand(
  runId: string | undefined,
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const run = await withRecords(terminal, (engine) => find(runId, journalArchive(engine)));
  if (output === "json") {
    printJson(stdout, run);
    return EXIT.succeeded;
  }
  const { status, startedAtMs, endedAtMs, agents, program, result, planHash, pid, waitingFor } = run;
  const rows = [
    ["program", fitted(program.trim(), 100)],
    ["plan", planHash.slice(0, 16)],
    ["started", new Date(startedAtMs).toISOString()],
    ...(endedAtMs === null ? [] : [["took", formatSpan(endedAtMs - startedAtMs)]]),
    ...(status === "running" ? [["agents", `${agents} planned, process ${pid}`]] : []),
    ...(result ? [] : [["status", status]]),
    ...waitingRows(run.runId, waitingFor, systemClock.nowMs()),
    ...(status === "interrupted" ? [["go on", `abyssal resume ${run.runId}`]] : []),
    ...(status === "succeeded" ? [] : [["why", `abyssal explain ${run.runId}`]]),
  ];
  const paint = paintFor(wantsColour(stdout, env));
  stdout.write(`${paint("bold", run.runId)}\n${columns(rows, { width: widthFor(stdout) })}\n`);
  if (result) stdout.write(summaryText({ result, batch: undefined, written: undefined }, paint));
  return EXIT.succeeded;
}

async function find(runId: string | undefined, archive: RunArchive): Promise<RunRecord> {
  const records = await archive.list();
  const wanted = runId ?? records[0]?.runId;
  const record = wanted === undefined ? undefined : await archive.get(wanted);
  if (record) return record;
  const near =
    runId === undefined
      ? undefined
      : nearestName(
          runId,
          records.map((known) => known.runId),
        );
  return refuse(
    fault(
      "RUN_UNKNOWN",
      runId === undefined ? "there are no runs yet in this folder" : "there is no such run",
      {
        ...(runId === undefined ? {} : { place: runId, got: runId }),
        expected: "a run of this working folder",
        hint: near === undefined ? "abyssal runs lists them" : `did you mean "${near}"?`,
      },
    ),
  );
}
