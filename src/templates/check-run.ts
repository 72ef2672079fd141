import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { STEP_OPTIONS, type StepOptions } from "../shared/step-options.ts";
import { describeValue } from "./parameter-type.ts";
import { invalid, strangeKey } from "./schema-diagnostics.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";
import type { StepFile } from "./step-schema.ts";

type Run = NonNullable<StepFile["run"]>;

/**
 * Judges the options of the performers that are built in, of a step and of what may stand in for it; what expressions give is judged
 * when it is known.
 */
export function checkRun(document: SourceDocument, name: string, { run, fallback }: StepFile): Diagnostic[] {
  const path = ["steps", name];
  const own = run ? checkOptions(document, [...path, "run"], run) : [];
  const alternatives = Array.isArray(fallback) ? fallback : [];
  const others = alternatives.flatMap((one, index) => {
    const place = [...path, "fallback", index];
    if (one.run) return checkOptions(document, [...place, "run"], one.run);
    // The same options by another performer.
    return run && one.performer !== undefined && one.agent === undefined
      ? checkOptions(document, [...place, "performer"], { ...run, performer: one.performer })
      : [];
  });
  return [...own, ...others];
}

function checkOptions(
  document: SourceDocument,
  path: DocumentPath,
  { performer, ...options }: Run,
): Diagnostic[] {
  if (!Object.hasOwn(STEP_OPTIONS, performer)) return [];
  const { required, optional }: StepOptions = STEP_OPTIONS[performer as keyof typeof STEP_OPTIONS];
  const known = ["performer", ...required, ...(optional ?? [])];
  const strange = optional ? Object.keys(options).filter((key) => !known.includes(key)) : [];
  return [
    ...required.flatMap((key) =>
      checkRequired(document, path, performer, key, options[key] as Json | undefined),
    ),
    ...strange.map((key) =>
      invalid(
        document,
        [...path, key],
        "key",
        `the performer ${performer} of step "${path[1]}" has no option "${key}"`,
        strangeKey(key, known),
      ),
    ),
  ];
}

function checkRequired(
  document: SourceDocument,
  path: DocumentPath,
  performer: string,
  key: string,
  value: Json | undefined,
): Diagnostic[] {
  if (typeof value === "string" && value.trim() !== "") return [];
  const message = `the performer ${performer} of step "${path[1]}" needs "${key}"`;
  const expected = "a text";
  return [
    value === undefined
      ? invalid(document, path, "key", message, { expected, got: "nothing", hint: `add ${key}: ...` })
      : invalid(document, [...path, key], "value", message, { expected, got: describeValue(value) }),
  ];
}
