import type { Question } from "../../actors/question.ts";
import { formatSpan } from "../../shared/quantity.ts";
import type { AskDefault } from "../../templates/template.ts";
import { fitted } from "./style.ts";

/** What holds when nobody decides. */
export function otherwiseText(otherwise: AskDefault): string {
  if (typeof otherwise === "object") return `the answer is ${JSON.stringify(fitted(otherwise.answer, 60))}`;
  return otherwise === "approve" ? "it is approved" : "it is refused";
}

/** Until when a question may be decided, and what happens then; null when there is no end to it. */
export function untilText({ untilMs, otherwise }: Question, nowMs: number): string | null {
  if (untilMs === undefined || otherwise === undefined) return null;
  const when = `${new Date(untilMs).toISOString().replace("T", " ").slice(0, 19)} UTC`;
  if (isOver({ untilMs }, nowMs)) return `${when}, which is over: ${otherwiseText(otherwise)}`;
  const left = formatSpan(untilMs - nowMs);
  return `${when} (in ${left}): then ${otherwiseText(otherwise)}, as soon as the run is resumed`;
}

/** Whether the time to decide is over, and the default holds. */
export function isOver({ untilMs }: Pick<Question, "untilMs">, nowMs: number): boolean {
  return untilMs !== undefined && untilMs <= nowMs;
}

/** The command that decides a question, and no later one of the same agent. */
export function approveText(runId: string, { path, asks, choices, askedBy }: Question): string {
  const command = `abyssal approve ${runId} ${path}${askedBy ? ` --asked-by ${askedBy}` : ""}`;
  if (asks === "approval") return `${command} --yes (or --no, or --answer TEXT)`;
  const words = choices?.map(shellWord);
  return `${command} --answer ${words?.every((word) => word !== null) ? words.join(" | ") : "TEXT"} (or --no)`;
}

/** A text as one word that no shell reads as anything else: choices may come from a model. Null: it holds what no line can show. */
function shellWord(text: string): string | null {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return null;
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What waits for people, as rows of name and text. */
export function waitingRows(
  runId: string,
  waitingFor: readonly Question[],
  nowMs: number,
): readonly [string, string][] {
  return waitingFor.flatMap((question) => {
    const until = untilText(question, nowMs);
    return [
      ["waits for", `${question.path}: ${fitted(question.question, 400)}`],
      ...(until === null ? [] : [["until", until]]),
      ["go on", isOver(question, nowMs) ? `abyssal resume ${runId}` : approveText(runId, question)],
    ] as [string, string][];
  });
}
