import type { Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject, type Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { parseSpanMs } from "../shared/quantity.ts";
import { describeValue } from "./parameter-type.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";
import type { StepFile } from "./step-schema.ts";
import { HUMAN } from "./template.ts";

const HUMAN_KEYS = ["performer", "question", "choices", "within", "default"];
/** Keys of a step that say how often and how long a performer works, or what it must give. */
const NOT_OF_PEOPLE = { approve: "question", timeout: "within", retry: "within", output: "choices" } as const;

/** Judges how a step asks people: for approval (`approve`), or for an answer (`run: { performer: human }`). */
export function checkAsking(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  const path = ["steps", name];
  if (step.run?.performer === HUMAN) return checkHuman(document, path, step, step.run);
  if (typeof step.approve !== "object") return checkNested(document, path, step);
  const { within, default: otherwise } = step.approve;
  return [
    ...checkNested(document, path, step),
    ...checkPair(document, [...path, "approve"], within !== undefined, otherwise !== undefined),
  ];
}

/** A nested template has no actor of its own that could wait: asking for it would be silently left out. */
function checkNested(document: SourceDocument, path: DocumentPath, step: StepFile): Diagnostic[] {
  if (step.template === undefined || step.approve === undefined || step.approve === false) return [];
  return [
    invalid(document, [...path, "approve"], "key", `"approve" has no meaning in step "${path[1]}"`, {
      expected: "a step with agent or run",
      got: "a step with template",
      hint: "let it need a step of its own: run: { performer: human, question: ..., choices: [...] }",
    }),
  ];
}

function checkHuman(
  document: SourceDocument,
  path: DocumentPath,
  step: StepFile,
  run: Readonly<Record<string, unknown>>,
): Diagnostic[] {
  const place = [...path, "run"];
  const strangeKeys = Object.keys(run).filter((key) => !HUMAN_KEYS.includes(key));
  const misplaced = (["approve", "timeout", "retry", "output"] as const).filter(
    (key) => step[key] !== undefined && step[key] !== false,
  );
  const wrong = HUMAN_KEYS.flatMap((key) => {
    const expected = expectationOf(key, run);
    return expected === null
      ? []
      : [wrongValue(document, place, key, expected, run[key] as Json | undefined)];
  });
  return [
    ...strangeKeys.map((key) => {
      const near = nearestName(key, HUMAN_KEYS);
      return invalid(document, [...place, key], "key", `a person's step has no key "${key}"`, {
        expected: `one of ${HUMAN_KEYS.join(", ")}`,
        got: key,
        hint: near === undefined ? "leave it out" : `did you mean "${near}"?`,
      });
    }),
    ...misplaced.map((key) =>
      invalid(document, [...path, key], "key", `"${key}" has no meaning in step "${path[1]}"`, {
        expected: "a step that no person does",
        got: "performer: human",
        hint: `leave it out; a person's step has ${NOT_OF_PEOPLE[key]} inside run`,
      }),
    ),
    ...wrong,
    ...checkPair(document, place, run.within !== undefined, run.default !== undefined),
  ];
}

/** What the value of a key should be, when it is something else. */
function expectationOf(key: string, run: Readonly<Record<string, unknown>>): string | null {
  const value = run[key];
  if (key === "question") return isText(value) ? null : "a text, what the person is asked";
  if (value === undefined) return null;
  if (key === "choices") return isChoices(value) ? null : "a list of texts, or an expression that gives one";
  if (key === "within") return isSpan(value) ? null : 'a span of time such as "2d"';
  if (key !== "default" || value === "reject") return null;
  const answer = isJsonObject(value as Json) ? (value as { readonly answer?: unknown }).answer : undefined;
  if (!isText(answer) || Object.keys(value as object).length > 1) return 'reject, or { answer: "..." }';
  const { choices } = run;
  if (!Array.isArray(choices) || `${choices} ${answer}`.includes("{{") || choices.includes(answer))
    return null;
  return `an answer that is one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isChoices(value: unknown): boolean {
  if (typeof value === "string") return value.includes("{{");
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isSpan(value: unknown): boolean {
  return typeof value === "string" && parseSpanMs(value) !== undefined;
}

function wrongValue(
  document: SourceDocument,
  place: DocumentPath,
  key: string,
  expected: string,
  value: Json | undefined,
): Diagnostic {
  if (value === undefined) {
    return invalid(document, place, "key", `"run" of step "${place[1]}" lacks "${key}"`, {
      expected,
      got: "nothing",
      hint: `add ${key}: ...`,
    });
  }
  return invalid(
    document,
    [...place, key],
    "value",
    `"run.${key}" of step "${place[1]}" has a value that it cannot have`,
    { expected, got: describeValue(value) },
  );
}

/** A time to decide without a default would end in nothing, a default without a time would never hold. */
function checkPair(
  document: SourceDocument,
  place: DocumentPath,
  hasTime: boolean,
  hasDefault: boolean,
): Diagnostic[] {
  if (hasTime === hasDefault) return [];
  const [key, missing] = hasTime ? ["within", "default"] : ["default", "within"];
  return [
    invalid(document, [...place, key], "key", `"${key}" of step "${place[1]}" needs "${missing}"`, {
      expected: "both, or neither",
      got: `${key} alone`,
      hint: hasTime ? "say what holds when nobody decides: default: reject" : "say until when: within: 2d",
    }),
  ];
}
