import { answerQuestions } from "../../../shared/answer-questions.ts";
import { thrownWords } from "../../../shared/thrown-words.ts";
import { AuditChain, type AuditCheck, type AuditEntry } from "./audit-chain.ts";

type Fault = { readonly fault: string };

export type ToWrite = readonly AuditEntry[] | "checkpoint";

/** Of entries, or of the log that was to be brought into the file. Null: that is done; else why not. */
export type Written = Fault | null;

/** Of the question whether the log is whole. */
export type Checked = AuditCheck | Fault;

/** A thread that writes the audit log, or checks it, so that its syncs and check sums keep no request waiting. */
answerQuestions<string, ToWrite | "check", Written | Checked>((file) => {
  let chain: AuditChain | null = null;
  return {
    answer(question) {
      try {
        chain ??= new AuditChain(file);
        if (question === "check") return chain.verify();
        if (question === "checkpoint") chain.checkpoint();
        else chain.add(question);
        return null;
      } catch (error) {
        return { fault: thrownWords(error) };
      }
    },
    close: () => chain?.close(),
  };
});
