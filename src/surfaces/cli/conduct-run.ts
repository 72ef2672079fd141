import type { Diagnostic } from "../../shared/diagnostic.ts";
import type { BatchResult } from "../batch.ts";
import type { Config } from "../config.ts";
import type { LiveRun } from "../live-run.ts";
import type { RunResult } from "../run-result.ts";
import { watchApprovals } from "./approvals.ts";
import type { CliContext } from "./cli.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { printDiagnostics } from "./faults.ts";
import { watchInterrupts } from "./interrupts.ts";
import { writeOutFolder } from "./out-folder.ts";
import { openProgress } from "./progress/open-progress.ts";
import type { RunFlags } from "./run-flags.ts";
import { logRun } from "./run-log.ts";
import { paintFor } from "./style.ts";
import { summaryText } from "./summary.ts";
import { printJson, type Terminal, wantsColour } from "./terminal.ts";

export type Conduct = {
  readonly logging: Config["logging"];
  /** In place of the run's own warnings. */
  readonly warnings?: readonly Diagnostic[];
  /** What is printed in place of the plain result. */
  readonly batch?: (result: RunResult) => BatchResult;
};

/** Watches a run to its end: progress, questions, interruptions; then prints its answer and gives the exit code. */
export async function conductRun(
  run: LiveRun,
  flags: RunFlags,
  context: CliContext,
  { logging, warnings = run.warnings, batch }: Conduct,
): Promise<number> {
  const { terminal, texts } = context;
  const { stdout, stderr } = terminal;
  const progress = await openProgress(run, terminal, { quiet: flags.quiet === true });
  const subscriptions = [
    run.events$.subscribe((event) => progress.event(event)),
    run.signals$.subscribe(({ path, signal }) => progress.signal(path, signal)),
    logRun(run, logging, terminal),
  ];
  if (flags.output === "ndjson") {
    subscriptions.push(run.events$.subscribe((event) => stdout.write(`${JSON.stringify(event)}\n`)));
    // Nobody reads on: there is no use in working on.
    stdout.onClosed(() => void run.cancel("the reader of the output has gone"));
  }
  const interrupts = watchInterrupts(run, terminal, progress);
  const approvals = watchApprovals(run, terminal, progress);
  let result: RunResult;
  try {
    if (!flags.quiet) progress.note(() => printDiagnostics(warnings, texts, terminal));
    result = await run.result;
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
    approvals.stop();
    progress.end();
    interrupts.stop();
  }
  const batched = batch?.(result);
  const written =
    flags.out === undefined
      ? undefined
      : await writeOutFolder(flags.out, result, run.plan, terminal, batched);
  printResult(result, batched, flags, terminal);
  if (!flags.quiet) {
    const paint = paintFor(wantsColour(stderr, terminal.env));
    stderr.write(summaryText({ result, batch: batched, written, waitedFor: approvals.unanswered() }, paint));
  }
  if (result.status === "cancelled" && interrupts.exitCode() !== undefined) return interrupts.exitCode()!;
  return approvals.unanswered().length > 0 ? EXIT.suspended : exitCodeOf(result.status);
}

function printResult(
  result: RunResult,
  batch: BatchResult | undefined,
  { output }: RunFlags,
  { stdout }: Terminal,
): void {
  const document = batch ?? result;
  if (output === "json") printJson(stdout, document);
  else if (output === "ndjson") stdout.write(`${JSON.stringify({ type: "result", ...document })}\n`);
  else if (result.output !== "")
    stdout.write(result.output.endsWith("\n") ? result.output : `${result.output}\n`);
}
