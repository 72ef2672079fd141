import type { Json, JsonObject } from "../../shared/json.ts";

/** What is asked of a model whose step cares how sure it is. */
export const CONFIDENCE_REQUEST =
  "End with a line of its own, `Confidence: N`: N from 0 to 1 is how likely it is that your answer is right and whole. Nobody is helped by a number that is too high.";

/** The last line of an answer, however it is decorated. */
const LINE =
  /(?:^|\n)[\s>*_`#-]*confidence[\s*_`]*[:=][\s*_`]*([01]?\.\d+|[01]|\d{1,3}(?:\.\d+)?\s*%)[\s*_`.]*$/i;

/** An answer without the line that tells how sure it is, and what that says; null: nothing. */
export function statedInText(text: string): { readonly text: string; readonly confidence: number | null } {
  const found = LINE.exec(text.trimEnd());
  if (!found) return { text, confidence: null };
  const [, number = ""] = found;
  const value = number.endsWith("%") ? Number.parseFloat(number) / 100 : Number(number);
  const confidence = inRange(value);
  return confidence === null
    ? { text, confidence }
    : { text: text.slice(0, found.index).trimEnd(), confidence };
}

/**
 * The schema of data together with how sure they are; the same schema where it refers to its own root, which would be another one
 * then.
 */
export function withConfidence(schema: JsonObject): JsonObject {
  if (!mayBeWrapped(schema)) return schema;
  const { $schema: _, $defs, definitions, ...answer } = schema;
  return {
    type: "object",
    required: ["answer", "confidence"],
    additionalProperties: false,
    properties: {
      answer,
      confidence: {
        type: "number",
        minimum: 0,
        maximum: 1,
        description: "How likely it is that the answer is right and whole",
      },
    },
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
}

/** Data out of what `withConfidence` asks for. */
export function statedInData(
  data: Json,
  schema: JsonObject,
): { readonly data: Json; readonly confidence: number | null } {
  if (!mayBeWrapped(schema)) return { data, confidence: null };
  const { answer, confidence } = data as { readonly answer: Json; readonly confidence: number };
  return { data: answer, confidence: inRange(confidence) };
}

/** Whether nothing in a schema refers to it from its root, definitions aside. */
function mayBeWrapped(schema: JsonObject): boolean {
  const refs = JSON.stringify(schema).matchAll(/"\$ref":"(#[^"]*)"/g);
  return [...refs].every(([, ref = ""]) => /^#\/(\$defs|definitions)\//.test(ref));
}

function inRange(value: number): number | null {
  return Number.isFinite(value) && value >= 0 && value <= 1 ? value : null;
}
