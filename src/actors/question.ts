import type { Failure } from "../plan/outcome.ts";
import type { AgentNode } from "../plan/plan.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { type ExpressionScope, renderText, renderValue } from "../templates/expressions.ts";
import { type AskDefault, HUMAN } from "../templates/template.ts";

/** What a person is asked: whether an agent may run, or for the answer that becomes its output. Plain JSON. */
export type Question = {
  readonly path: string;
  /** The attempt that asks; absent: it is asked before the work, or in its place. */
  readonly askedBy?: number;
  readonly asks: "approval" | "answer";
  readonly question: string;
  /** The answers that are accepted; absent: any text. */
  readonly choices?: readonly string[];
  /** When `otherwise` holds in place of a decision, ms since the epoch; absent: never. */
  readonly untilMs?: number;
  readonly otherwise?: AskDefault;
};

/** A person's word on what was asked; `approved` with an `answer` where one is asked for. */
export type Decision = {
  readonly approved: boolean;
  readonly answer?: string;
  readonly by?: string;
  /** Which of an agent's questions it decides: its `askedBy`, 0 where it has none; absent: whichever is open. */
  readonly askedBy?: number;
};

/** Whether a decision is one of this question, and not of another that the same agent has asked. */
export function isOf({ askedBy = 0 }: Question, decision: Decision): boolean {
  return decision.askedBy === undefined || decision.askedBy === askedBy;
}

/** What a person is asked before an agent's work, or in its place. */
export function asksOf({ performer, approve }: AgentNode): "nothing" | "approval" | "answer" {
  if (performer === HUMAN) return "answer";
  return approve ? "approval" : "nothing";
}

/** Who decides when nobody does; stands in `by`. */
export const NOBODY = "its default, as nobody decided in time";

/**
 * What a person is asked before an agent starts, or in its place; a deadline counts from `atMs`, ms since the epoch.
 * Failures: EXPRESSION_*, and HUMAN_QUESTION when the rendered choices are no texts or leave out the default.
 */
export function makeQuestion(
  node: AgentNode,
  names: ExpressionScope,
  atMs: number,
): Result<Question, Failure | Diagnostic> {
  const { path, performer, ask = {} } = node;
  // A prompt is rendered once: what a value says is never read as an expression again.
  const question =
    ask.question === undefined ? ok(usualQuestion(node, names)) : renderText(ask.question, names);
  if (!question.ok) return question;
  const choices = ask.choices === undefined ? ok(undefined) : choicesOf(ask.choices, names);
  if (!choices.ok) return choices;
  const otherwise = renderValue((ask.deadline?.default as Json) ?? null, names);
  if (!otherwise.ok) return otherwise;
  const asked: Question = {
    path,
    asks: performer === HUMAN ? "answer" : "approval",
    question: question.value,
    ...(choices.value ? { choices: choices.value } : {}),
    ...(ask.deadline
      ? { untilMs: atMs + ask.deadline.withinMs, otherwise: defaultOf(otherwise.value as AskDefault) }
      : {}),
  };
  const misfit = asked.otherwise ? misfitOf(asked, defaultDecision(asked.otherwise)) : null;
  return misfit
    ? err(unaskable(`its default answer is ${misfit.got}, which is not ${misfit.expected}`))
    : ok(asked);
}

/** The prompt, rendered where it can be: what is wrong with it is told by whoever works by it. */
function usualQuestion({ agent, path, performer, input }: AgentNode, names: ExpressionScope): string {
  const rendered = renderText(input.prompt ?? "", names);
  const prompt = (rendered.ok ? rendered.value : (input.prompt ?? "")).trim();
  if (performer === HUMAN) return prompt === "" ? `What does ${path} answer?` : prompt;
  return `May ${agent} run ${path}?${prompt === "" ? "" : ` It is asked: ${prompt}`}`;
}

function choicesOf(written: Json, names: ExpressionScope): Result<readonly string[], Failure | Diagnostic> {
  const rendered = renderValue(written, names);
  if (!rendered.ok) return rendered;
  const list: readonly Json[] = Array.isArray(rendered.value) ? rendered.value : [];
  const choices = list.map(String);
  if (choices.length > 0 && list.every((choice) => typeof choice !== "object")) return ok(choices);
  return err(
    unaskable(`its choices are ${JSON.stringify(rendered.value).slice(0, 60)}, not a list of texts`),
  );
}

function defaultOf(written: AskDefault): AskDefault {
  return typeof written === "object" ? { answer: String(written.answer) } : written;
}

function unaskable(message: string): Failure {
  return { code: "HUMAN_QUESTION", message: `a person cannot be asked: ${message}`, retryable: false };
}

/** What a decision would have to say to answer a question, and what it says; null when it answers it. */
export function misfitOf(
  { asks, choices }: Question,
  { approved, answer }: Decision,
): { readonly expected: string; readonly got: string } | null {
  if (!approved || asks === "approval") return null;
  if (answer === undefined || answer.trim() === "")
    return { expected: choices ? oneOf(choices) : "an answer", got: "none" };
  if (!choices || choices.includes(answer)) return null;
  return { expected: oneOf(choices), got: JSON.stringify(answer) };
}

/** The decision that holds when the time to decide is over. */
export function defaultDecision(otherwise: AskDefault): Decision {
  if (typeof otherwise === "object") return { approved: true, answer: otherwise.answer, by: NOBODY };
  return { approved: otherwise === "approve", by: NOBODY };
}

function oneOf(choices: readonly string[]): string {
  return `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
}
