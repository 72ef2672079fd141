import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import type { BatchResult } from "../batch.ts";
import type { Config } from "../config.ts";
import type { LiveRun } from "../live-run.ts";
import type { RunResult } from "../run-result.ts";
import { watchApprovals } from "./approvals.ts";
import type { CliContext } from "./cli.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { printDiagnostics } from "./faults.ts";
import { watchInterrupts } from "./interrupts.ts";
import { type Written, writeOutFolder } from "./out-folder.ts";
import { loadProgress } from "./progress/open-progress.ts";
import type { RunFlags } from "./run-flags.ts";
import { logRun } from "./run-log.ts";
import { paintFor } from "./style.ts";
import { summaryText } from "./summary.ts";
import { printJson, type Terminal, wantsColour } from "./terminal.ts";

export type Conduct = {
  readonly logging: Config["logging"];
  /** Starts the run; throws AbyssalError when it is refused. */
  readonly start: () => LiveRun;
  /** The warnings to print; default: the run's own. */
  readonly warnings?: (run: LiveRun) => readonly Diagnostic[];
  /** What is printed in place of the plain result. */
  readonly batch?: (result: RunResult, run: LiveRun) => BatchResult;
};

/** Starts a run and watches it to its end: progress, questions, interruptions; then prints its answer and gives the exit code. */
export async function conductRun(
  flags: RunFlags,
  context: CliContext,
  { logging, start, warnings = (run) => run.warnings, batch }: Conduct,
): Promise<number> {
  const { terminal, texts } = context;
  const { stdout, stderr } = terminal;
  const openProgress = await loadProgress(terminal, { quiet: flags.quiet === true });
  const run = start();
  const progress = openProgress(run);
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
    if (!flags.quiet) progress.note(() => printDiagnostics(warnings(run), texts, terminal));
    result = await run.result;
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
    approvals.stop();
    progress.end();
    interrupts.stop();
  }
  const batched = batch?.(result, run);
  printResult(result, batched, flags, terminal);
  const written = await writeOut(flags.out, { result, run, batched, context });
  if (!flags.quiet) {
    const paint = paintFor(wantsColour(stderr, terminal.env));
    stderr.write(
      summaryText(
        {
          result,
          batch: batched,
          written: written === "failed" ? undefined : written,
          waitedFor: approvals.unanswered(),
        },
        paint,
      ),
    );
  }
  if (written === "failed") return EXIT.failed;
  if (result.status === "cancelled" && interrupts.exitCode() !== undefined) return interrupts.exitCode()!;
  return approvals.unanswered().length > 0 ? EXIT.suspended : exitCodeOf(result.status);
}

/** The answer has been printed by then: a folder that cannot be written costs the copy, not the answer. */
async function writeOut(
  out: string | undefined,
  done: { result: RunResult; run: LiveRun; batched: BatchResult | undefined; context: CliContext },
): Promise<Written | undefined | "failed"> {
  if (out === undefined) return undefined;
  const { terminal, texts } = done.context;
  try {
    return await writeOutFolder(out, done.result, done.run.plan, terminal, done.batched);
  } catch (error) {
    if (!(error instanceof AbyssalError)) throw error;
    await printDiagnostics(error.diagnostics, texts, terminal);
    return "failed";
  }
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
