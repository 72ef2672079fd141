import type { DurableEngine } from "../../../engine/durable-engine.ts";
import { AbyssalError } from "../../../shared/diagnostic.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { counted } from "../style.ts";
import { printJson } from "../terminal.ts";

type Replay = {
  readonly runId: string;
  /** As the records give it again. */
  readonly state: string;
  readonly facts: number;
  /** Whether the records give the very answer that was given then; null while the run has not ended. */
  readonly faithful: boolean | null;
  /** Why they do not. */
  readonly problem?: string;
};

/** `abyssal replay`: derives a run from its records again, without any effect, and compares it with what was recorded. */
export async function replayCommand(
  runId: string,
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const replay = await withRecords(terminal, (records) => replayed(records, runId));
  const { state, facts, faithful, problem } = replay;
  if (output === "json") printJson(terminal.stdout, replay);
  else {
    const verdict =
      faithful === null ? "it has not ended yet" : faithful ? "faithful" : `NOT faithful: ${problem}`;
    terminal.stdout.write(`${runId}: ${counted(facts, "fact")}, ${state}; ${verdict}\n`);
  }
  return faithful === false ? EXIT.failed : EXIT.succeeded;
}

function replayed(records: DurableEngine, runId: string): Replay {
  try {
    const { run, records: recorded } = records.replayed(runId);
    const faithful = recorded.ended ? !run.active && records.ended(runId).faithful : null;
    // What was changed in the records would have been found when they were read.
    const problem = "the records are whole, and this version makes another answer of them";
    const replay = { runId, state: run.state, facts: recorded.facts.length, faithful };
    return faithful === false ? { ...replay, problem } : replay;
  } catch (error) {
    if (!(error instanceof AbyssalError) || error.code !== "JOURNAL_DIVERGED") throw error;
    return { runId, state: "diverged", facts: 0, faithful: false, problem: error.message };
  }
}
