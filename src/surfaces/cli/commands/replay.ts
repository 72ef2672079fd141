import type { DurableEngine } from "../../../engine/durable-engine.ts";
import { definedOnly } from "../../../shared/defined-only.ts";
import { AbyssalError } from "../../../shared/diagnostic.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { counted } from "../style.ts";
import { printJson } from "../terminal.ts";
import { abyssalVersion } from "../version.ts";

type Replay = {
  readonly runId: string;
  /** As the records give it again. */
  readonly state: string;
  readonly facts: number;
  /** Whether the records give the very answer that was given then; null while the run has not ended. */
  readonly faithful: boolean | null;
  /** The version that started the run; absent where it did not record that, or nothing can be derived. */
  readonly startedBy?: string;
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
    const { ended, facts, accepted } = recorded;
    const { version: startedBy } = accepted;
    const faithful = ended ? !run.active && records.ended(runId).faithful : null;
    const replay = { runId, state: run.state, facts: facts.length, faithful, ...definedOnly({ startedBy }) };
    return faithful === false ? { ...replay, problem: otherAnswer(startedBy) } : replay;
  } catch (error) {
    if (!(error instanceof AbyssalError) || error.code !== "JOURNAL_DIVERGED") throw error;
    return { runId, state: "diverged", facts: 0, faithful: false, problem: error.message };
  }
}

/** What was changed in the records would have been found when they were read; versions may word an answer differently. */
function otherAnswer(startedBy: string | undefined): string {
  const here = abyssalVersion();
  if (startedBy === here) return "the records are whole, and this version makes another answer of them";
  const other = startedBy === undefined ? "an earlier version" : `version ${startedBy}`;
  return `the records are whole; ${other} started the run, and this one, ${here}, makes another answer of them`;
}
