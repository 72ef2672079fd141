import { answerQuestions } from "../../../shared/answer-questions.ts";
import { thrownWords } from "../../../shared/thrown-words.ts";
import { AuditChain, type AuditCheck } from "./audit-chain.ts";

/** Whether the log is whole, or why nobody can say. */
export type Checked = AuditCheck | { readonly fault: string };

/** A thread that checks the audit log, so that its check sums keep no request waiting. */
answerQuestions<string, "check", Checked>((file) => {
  let chain: AuditChain | null = null;
  return {
    answer() {
      try {
        chain ??= new AuditChain(file);
        return chain.verify();
      } catch (error) {
        return { fault: thrownWords(error) };
      }
    },
    close: () => chain?.close(),
  };
});
