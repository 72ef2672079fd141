import { type Decision, isOf, misfitOf, type Question } from "../actors/question.ts";
import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";

/**
 * Holds a decision to what is asked, and gives it as one of that question: it counts for no later one of the same agent. Throws AbyssalError
 * APPROVAL_UNKNOWN when nobody is asked it, APPROVAL_INVALID when it does not answer the question, APPROVAL_LATE when `nowMs` (ms since the
 * epoch) is given and its time was over by then.
 */
export function checkDecision(
  questions: readonly Question[],
  path: string,
  decision: Decision,
  nowMs?: number,
): Decision {
  const question = questions.find((one) => one.path === path && isOf(one, decision));
  if (!question) throw new AbyssalError([notAsked(path, questions, decision)]);
  if (nowMs !== undefined && question.untilMs !== undefined && question.untilMs <= nowMs)
    throw new AbyssalError([late(question, question.untilMs)]);
  const misfit = misfitOf(question, decision);
  if (misfit) throw new AbyssalError([unfit(question, misfit)]);
  return { ...decision, askedBy: question.askedBy ?? 0 };
}

function notAsked(path: string, questions: readonly Question[], { askedBy }: Decision): Diagnostic {
  const another = questions.find((question) => question.path === path);
  if (another)
    return {
      code: "APPROVAL_UNKNOWN",
      severity: "error",
      place: path,
      message: "it asks something else now",
      expected: `a decision on what is asked by ${attemptOf(another.askedBy)}`,
      got: `one on what was asked by ${attemptOf(askedBy)}`,
      hint: "look at what it asks now, and decide that",
    };
  const paths = questions.map((question) => question.path);
  const near = nearestName(path, paths);
  return {
    code: "APPROVAL_UNKNOWN",
    severity: "error",
    place: path,
    message: "nobody is asked this",
    expected: paths.length > 0 ? paths.join(", ") : "a run that waits for a person",
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  };
}

function attemptOf(askedBy = 0): string {
  return askedBy === 0 ? "the step, before its work" : `attempt ${askedBy}`;
}

function unfit({ path, choices }: Question, misfit: { expected: string; got: string }): Diagnostic {
  const got = misfit.got.startsWith('"') ? (JSON.parse(misfit.got) as string) : "";
  const near = nearestName(got, choices ?? []);
  return {
    code: "APPROVAL_INVALID",
    severity: "error",
    place: path,
    message: "the decision does not answer what is asked",
    ...misfit,
    hint: near === undefined ? "--answer TEXT answers it, --no refuses to" : `did you mean "${near}"?`,
  };
}

function late({ path }: Question, untilMs: number): Diagnostic {
  return {
    code: "APPROVAL_LATE",
    severity: "error",
    place: path,
    message: "the time to decide this is over, its default holds",
    expected: `a decision before ${new Date(untilMs).toISOString()}`,
    hint: "resume the run: it goes on with the default",
  };
}
