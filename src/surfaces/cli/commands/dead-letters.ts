import type { DeadLetter, DeadLetterReason } from "../../../actors/dead-letters.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { withRecords } from "../run-records.ts";
import { counted } from "../style.ts";
import { printJson } from "../terminal.ts";

/** `abyssal dead-letters`: the recorded facts of a run that found nobody, and why. */
export async function deadLettersCommand(
  runId: string,
  { output }: { readonly output: "text" | "json" },
  { terminal }: CliContext,
): Promise<number> {
  const { count, kept } = await withRecords(terminal, (records) => records.replayed(runId).run.deadLetters);
  if (output === "json") {
    printJson(terminal.stdout, { runId, count, letters: kept });
    return EXIT.succeeded;
  }
  const shown = kept.length < count ? `, the newest ${kept.length}` : "";
  const lines = kept.map((letter) => `  ${lineOf(letter)}`);
  terminal.stdout.write(`${[`${runId}: ${counted(count, "dead letter")}${shown}`, ...lines].join("\n")}\n`);
  return EXIT.succeeded;
}

const REASONS: Readonly<Record<DeadLetterReason, string>> = {
  "run.ended": "the run had ended",
  "agent.unknown": "no agent of that path was alive",
  "attempt.stale": "its agent was at another attempt",
  "attempt.over": "its attempt had ended, or was to stop",
  "decision.unasked": "nobody asked, or it was decided by then",
};

function lineOf({ type, reason, atMs, path, attempt, id }: DeadLetter): string {
  const about = id ?? (path === undefined ? "" : `${path}${attempt === undefined ? "" : `#${attempt}`}`);
  return `${new Date(atMs).toISOString()}  ${type} ${about}: ${REASONS[reason]}`;
}
