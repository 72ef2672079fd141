import type { Confidence, Failure, Outcome, Usage } from "../plan/outcome.ts";

type Members = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const SOURCES: readonly unknown[] = [
  "checked",
  "agreement",
  "declared",
  "draft",
] satisfies Confidence["source"][];
const COUNTS = [
  "calls",
  "inputTokens",
  "outputTokens",
  "costMicros",
] as const satisfies readonly (keyof Usage)[];
const UNTOLD = ["calls", "tokens", "costMicros"] as const satisfies readonly (keyof NonNullable<
  Usage["untold"]
>)[];

const isText: Check = (value) => typeof value === "string";
const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;
const isListOf =
  (isItem: (item: Members) => boolean): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => isObject(item) && isItem(item));
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const isConfidence: Check = (value) =>
  isObject(value) && typeof value.value === "number" && SOURCES.includes(value.source);
const isCounts = (value: unknown, names: readonly string[]): value is Members =>
  isObject(value) && names.every((name) => typeof value[name] === "number");
const isUsage: Check = (value) =>
  isCounts(value, COUNTS) && (value.untold === undefined || isCounts(value.untold, UNTOLD));
const isFailure: Check = (value) =>
  isObject(value) && isText(value.code) && isText(value.message) && typeof value.retryable === "boolean";

type Member = { readonly name: string; readonly check: Check; readonly expected: string };
const member = (name: string, check: Check, expected: string): Member => ({ name, check, expected });

/** What stands under each member, by kind of outcome: its check, and what it is for people. */
const FORMS: Readonly<Record<string, readonly Member[]>> = {
  completed: [
    member("output", isText, "a text"),
    member("confidence", isConfidence, `{ value: a number, source: one of ${SOURCES.join(", ")} }`),
    member(
      "artifacts",
      maybe(isListOf(({ path, content, mediaType }) => [path, content, mediaType].every(isText))),
      "a list of { path, content, mediaType }, all texts",
    ),
    member(
      "claims",
      maybe(isListOf(({ subject }) => isText(subject))),
      "a list of { subject: a text, value }",
    ),
    member("usage", maybe(isUsage), `{ ${COUNTS.join(", ")} }, all numbers`),
  ],
  failed: [
    member("failure", isFailure, "{ code: a text, message: a text, retryable: true or false }"),
    member("usage", maybe(isUsage), `{ ${COUNTS.join(", ")} }, all numbers`),
  ],
  asks: [
    member("question", isText, "a text"),
    member("usage", maybe(isUsage), `{ ${COUNTS.join(", ")} }, all numbers`),
  ],
};

/**
 * What a performer gave, or that it is no outcome: a bug, as a throw is (PERFORMER_CRASHED). Performers of users are a border, and a type is only a promise
 * there: what has no form would be a fact that no run can read.
 */
export function formedOutcome(given: Outcome): Outcome {
  const failure = faultOf(given);
  return failure ? { kind: "failed", failure } : given;
}

function faultOf(given: unknown): Failure | null {
  const kind = isObject(given) ? given.kind : undefined;
  const form = typeof kind === "string" && Object.hasOwn(FORMS, kind) ? FORMS[kind] : undefined;
  if (!isObject(given) || !form) return misshapen("kind", `one of ${Object.keys(FORMS).join(", ")}`, kind);
  for (const { name, check, expected } of form)
    if (!check(given[name])) return misshapen(name, expected, given[name]);
  return null;
}

function misshapen(member: string, expected: string, got: unknown): Failure {
  return {
    code: "PERFORMER_CRASHED",
    message: `the performer's outcome has a wrong \`${member}\`: expected ${expected}, got ${shown(got)}`,
    retryable: true,
    hint: "an outcome is { kind: completed, output, confidence }, { kind: failed, failure } or { kind: asks, question, state }",
  };
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return (JSON.stringify(value) ?? `a ${typeof value}`).slice(0, 60);
  } catch {
    return `a ${typeof value}`;
  }
}
