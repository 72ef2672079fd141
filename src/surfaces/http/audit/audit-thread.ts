import { answerQuestions } from "../../../shared/answer-questions.ts";
import { AuditChain, type AuditCheck, type AuditEntry } from "./audit-chain.ts";

type Fault = { readonly fault: string };

/** Of entries. Null: they are written; else why nothing of them was. */
export type Written = Fault | null;

/** Of the question whether the log is whole. */
export type Checked = AuditCheck | Fault;

/** A thread that writes the audit log, or checks it, so that its syncs and check sums keep no request waiting. */
answerQuestions<string, readonly AuditEntry[] | "check", Written | Checked>((file) => {
  let chain: AuditChain | null = null;
  return {
    answer(question) {
      try {
        chain ??= new AuditChain(file);
        if (question === "check") return chain.verify();
        chain.add(question);
        return null;
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => chain?.close(),
  };
});
