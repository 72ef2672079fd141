import type { DeadLetter } from "../../actors/dead-letters.ts";
import type { DurableEngine } from "../../engine/durable-engine.ts";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { type RunResult, toRunResult } from "../run-result.ts";
import { openRecords } from "../runtime.ts";

export type RunQuestion = { readonly kind: "result" | "letters"; readonly runId: string };

/** What was recorded and found nobody: how much of it, and the newest. */
export type Letters = { readonly count: number; readonly letters: readonly DeadLetter[] };

/**
 * How a run ended, and what its plan was given (where secrets may stand); or what found nobody in it; or why that cannot be
 * told.
 */
export type RunAnswer =
  | { readonly result: RunResult; readonly given: readonly unknown[] }
  | Letters
  | { readonly diagnostics: readonly Diagnostic[] };

/** A thread that replays runs: a long one would keep everybody else waiting. */
answerQuestions<string, RunQuestion, RunAnswer>((workingFolder) => {
  let records: Promise<DurableEngine> | null = null;
  let open: DurableEngine | null = null;
  return {
    async answer({ kind, runId }) {
      try {
        records ??= openRecords(workingFolder);
        open = await records;
        return kind === "result" ? resultOf(open, runId) : lettersOf(open, runId);
      } catch (error) {
        if (error instanceof AbyssalError) return { diagnostics: error.diagnostics };
        throw error;
      }
    },
    close: () => open?.close(),
  };
});

function resultOf(records: DurableEngine, runId: string): RunAnswer {
  const end = records.ended(runId);
  const given = end.plan.nodes.flatMap((node) => (node.kind !== "agent" && node.scope ? [node.scope] : []));
  return { result: toRunResult(end), given };
}

function lettersOf(records: DurableEngine, runId: string): Letters {
  const { count, kept } = records.replayed(runId).run.deadLetters;
  return { count, letters: kept };
}
