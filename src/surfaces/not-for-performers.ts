import type { Diagnostic } from "../shared/diagnostic.ts";
import { HUMAN } from "../templates/template.ts";

/** No performer may have the name that people have. */
export function notForPerformers(): Diagnostic {
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place: "options.performers",
    message: "no performer can stand for a person: people are asked, and waited for",
    expected: "another name",
    got: HUMAN,
    hint: "answer with `decide`, from the events `agent.awaitingApproval`",
  };
}
