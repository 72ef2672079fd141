import { answerQuestions } from "../../../shared/answer-questions.ts";
import { AuditChain, type AuditEntry } from "./audit-chain.ts";

/** Null: it is written; else why nothing of it was. */
export type Written = { readonly fault: string } | null;

/** A thread that writes the audit log, so that its syncs and check sums keep no request waiting. */
answerQuestions<string, readonly AuditEntry[], Written>((file) => {
  let chain: AuditChain | null = null;
  return {
    answer(entries) {
      try {
        chain ??= new AuditChain(file);
        chain.add(entries);
        return null;
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => chain?.close(),
  };
});
