import type { Question } from "../../actors/question.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import type { Abyssal } from "../abyssal.ts";
import type { BatchResult } from "../batch.ts";
import type { LiveRun } from "../live-run.ts";
import { logRun, logWatched } from "../log/log-runs.ts";
import { createLog } from "../log.ts";
import type { RunResult } from "../run-result.ts";
import { shownBatch, shownResult } from "../shown-result.ts";
import { watchApprovals } from "./approvals.ts";
import type { CliContext } from "./cli.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { printDiagnostics, printFaults } from "./faults.ts";
import { watchInterrupts } from "./interrupts.ts";
import { type Written, writeOutFolder } from "./out-folder.ts";
import { loadProgress } from "./progress/open-progress.ts";
import type { Progress } from "./progress/progress.ts";
import type { RunFlags } from "./run-flags.ts";
import { paintFor } from "./style.ts";
import { summaryText } from "./summary.ts";
import { printSuspended } from "./suspended-run.ts";
import { type Output, printJson, wantsColour } from "./terminal.ts";

export type Conduct = {
  /** The runtime; it is closed when the command is done with the run. */
  readonly abyssal: Abyssal;
  /** Starts or resumes the run; throws AbyssalError when it is refused; undefined when another process goes on with it. */
  readonly start: () => LiveRun | undefined;
  /** The warnings to print; default: the run's own. */
  readonly warnings?: (run: LiveRun) => readonly Diagnostic[];
};

/**
 * Starts a run and watches it to its end: progress, questions, interruptions; then prints its answer and gives the exit
 * code. A run that waits for somebody who is not here is left, to be resumed.
 */
export async function conductRun(flags: RunFlags, context: CliContext, conduct: Conduct): Promise<number> {
  const openProgress = await loadProgress(context.terminal, { quiet: flags.quiet === true });
  let isUnderWay = false;
  try {
    const run = conduct.start();
    isUnderWay = true;
    return run ? await watchRun(run, openProgress(run), flags, context, conduct) : EXIT.succeeded;
  } catch (error) {
    if (!isUnderWay || !(error instanceof AbyssalError)) throw error;
    // Another process has taken the run, or the disk its records no more: whatever it was, no bad usage.
    await printFaults(error.diagnostics, flags.output, context);
    return EXIT.failed;
  } finally {
    conduct.abyssal.close();
  }
}

async function watchRun(
  run: LiveRun,
  progress: Progress,
  flags: RunFlags,
  context: CliContext,
  { abyssal, warnings = () => run.warnings }: Conduct,
): Promise<number> {
  const { terminal, texts } = context;
  const { stdout, stderr, cwd } = terminal;
  const { secrets } = abyssal.observatory;
  const log = createLog(abyssal.config.logging, { stderr, workingFolder: cwd, secrets });
  logRun(run, log);
  const subscriptions = [
    run.events$.subscribe((event) => progress.event(event)),
    run.signals$.subscribe(({ path, signal }) => progress.signal(path, signal)),
    logWatched(abyssal, log.child({ runId: run.runId })),
  ];
  if (flags.output === "ndjson") {
    subscriptions.push(run.events$.subscribe((event) => stdout.write(`${JSON.stringify(event)}\n`)));
    // Nobody reads on: there is no use in working on.
    stdout.onClosed(() => run.cancel("the reader of the output has gone").catch(() => {}));
  }
  const interrupts = watchInterrupts(run, terminal, progress, flags);
  const approvals = watchApprovals(run, terminal, progress);
  let result: RunResult | undefined;
  let waitingFor: readonly Question[] = [];
  try {
    if (!flags.quiet) progress.note(() => printDiagnostics(warnings(run), texts, terminal));
    await Promise.race([
      run.result.then((ended) => {
        result = ended;
      }),
      approvals.unanswered.then((waiting) => {
        waitingFor = waiting;
      }),
    ]);
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
    approvals.stop();
    progress.end();
    interrupts.stop();
  }
  if (!result) {
    abyssal.close();
    printSuspended(run, waitingFor, flags, terminal);
    return EXIT.suspended;
  }
  const shown = shownResult(result, context.secrets);
  const batch = await run.batchResult();
  const isOk = await tell(shown, run, batch ? shownBatch(batch, context.secrets) : undefined, flags, context);
  if (!isOk) return EXIT.failed;
  if (result.status === "cancelled" && interrupts.exitCode() !== undefined) return interrupts.exitCode()!;
  return exitCodeOf(
    result.status,
    result.reasons.map(({ code }) => code),
  );
}

/** Prints the answer, writes the folder, sums up; false when the folder could not be written. */
async function tell(
  result: RunResult,
  run: LiveRun,
  batch: BatchResult | undefined,
  flags: RunFlags,
  context: CliContext,
): Promise<boolean> {
  const { stderr, env } = context.terminal;
  printResult(result, batch, flags, context.data);
  const written = await writeOut(flags.out, { result, run, batched: batch, context });
  const summary = { result, batch, written: written === "failed" ? undefined : written };
  if (!flags.quiet) stderr.write(summaryText(summary, paintFor(wantsColour(stderr, env))));
  return written !== "failed";
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
  stdout: Output,
): void {
  const document = batch ?? result;
  if (output === "json") printJson(stdout, document);
  else if (output === "ndjson") stdout.write(`${JSON.stringify({ type: "result", ...document })}\n`);
  else if (result.output !== "")
    stdout.write(result.output.endsWith("\n") ? result.output : `${result.output}\n`);
}
