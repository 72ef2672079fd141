import { nearestName } from "../../../shared/nearest-name.ts";
import { formatSpan } from "../../../shared/quantity.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { asKnown, type KnownRun, runRecords } from "../run-records.ts";
import { columns, fitted, paintFor } from "../style.ts";
import { summaryText } from "../summary.ts";
import { printJson, type Terminal, wantsColour } from "../terminal.ts";

/** `abyssal status`: how one run stands or ended. */
export async function statusCommand(
  runId: string | undefined,
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { stdout, env } = terminal;
  const run = await find(runId, terminal);
  if (output === "json") {
    printJson(stdout, run);
    return EXIT.succeeded;
  }
  const { status, startedAtMs, endedAtMs, agents, program, result, planHash, pid } = run;
  const rows = [
    ["program", fitted(program.trim(), 100)],
    ["plan", planHash.slice(0, 16)],
    ["started", new Date(startedAtMs).toISOString()],
    ...(endedAtMs === null ? [] : [["took", formatSpan(endedAtMs - startedAtMs)]]),
    ...(status === "running" ? [["agents", `${agents} planned, process ${pid}`]] : []),
    ...(status === "lost"
      ? [["lost", `process ${pid} ended before the run did; run the program again`]]
      : []),
    ...(result ? [] : [["status", status]]),
  ];
  const paint = paintFor(wantsColour(stdout, env));
  stdout.write(`${paint("bold", run.runId)}\n${columns(rows)}\n`);
  if (result)
    stdout.write(summaryText({ result, batch: undefined, written: undefined, waitedFor: [] }, paint));
  return EXIT.succeeded;
}

async function find(runId: string | undefined, terminal: Terminal): Promise<KnownRun> {
  const archive = runRecords(terminal);
  if (runId !== undefined) {
    const record = await archive.get(runId);
    if (record) return asKnown(record);
  }
  const records = await archive.list();
  const newest = records[0];
  if (runId === undefined && newest) return asKnown(newest);
  const near =
    runId === undefined
      ? undefined
      : nearestName(
          runId,
          records.map((record) => record.runId),
        );
  return refuse(
    fault(
      "RUN_UNKNOWN",
      runId === undefined ? "there are no runs yet in this folder" : "there is no such run",
      {
        ...(runId === undefined ? {} : { got: runId }),
        expected: "a run of this working folder",
        hint: near === undefined ? "abyssal runs lists them" : `did you mean "${near}"?`,
      },
    ),
  );
}
