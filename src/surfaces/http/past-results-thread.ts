import type { DurableEngine } from "../../engine/durable-engine.ts";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { type RunResult, toRunResult } from "../run-result.ts";
import { openRecords } from "../runtime.ts";

/** How a run ended, and what its plan was given (where secrets may stand); or why that cannot be told. */
export type PastAnswer =
  | { readonly result: RunResult; readonly given: readonly unknown[] }
  | { readonly diagnostics: readonly Diagnostic[] };

/** A thread that replays runs that have ended: a long one would keep everybody else waiting. */
answerQuestions<string, string, PastAnswer>((workingFolder) => {
  let records: Promise<DurableEngine> | null = null;
  let open: DurableEngine | null = null;
  return {
    async answer(runId) {
      try {
        records ??= openRecords(workingFolder);
        open = await records;
        const end = open.ended(runId);
        const given = end.plan.nodes.flatMap((node) =>
          node.kind !== "agent" && node.scope ? [node.scope] : [],
        );
        return { result: toRunResult(end), given };
      } catch (error) {
        if (error instanceof AbyssalError) return { diagnostics: error.diagnostics };
        throw error;
      }
    },
    close: () => open?.close(),
  };
});
