import { isJsonObject, type Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { parseSpanMs } from "../shared/quantity.ts";
import type { Parameter } from "./template.ts";

/** Why a value does not suit a parameter: the code, and the words for the diagnostic. */
export type TypeMismatch = {
  readonly code: "PARAM_TYPE" | "PARAM_VALUE" | "PARAM_RANGE";
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
};

type Declared = Pick<Parameter, "type" | "values" | "orSpan" | "minimum" | "maximum">;

/** Judges a value against a parameter's type, values and bounds; `undefined` when it suits. */
export function mismatchOf(declared: Declared, value: Json): TypeMismatch | undefined {
  if (typeof value === "string") {
    if (declared.values?.includes(value)) return undefined;
    if (declared.orSpan && parseSpanMs(value) !== undefined) return undefined;
  }
  const expected = describeType(declared);
  if (declared.type === "enum" && typeof value === "string") {
    const near = nearestName(value, declared.values ?? []);
    const hint = near === undefined ? {} : { hint: `did you mean "${near}"?` };
    return { code: "PARAM_VALUE", expected, got: describeValue(value), ...hint };
  }
  if (!hasType(declared, value) || !holdsFinite(value)) {
    const hint =
      value === null ? "leave the parameter out instead of giving null" : typeHint(declared, value);
    return {
      code: "PARAM_TYPE",
      expected,
      got: describeValue(value),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (typeof value === "number" && !inBounds(declared, value)) {
    return { code: "PARAM_RANGE", expected, got: describeValue(value) };
  }
  return undefined;
}

/** Whether a value that arrives later, as another command's answer (a text), suits the parameter. */
export function acceptsDeferred(declared: Declared): boolean {
  return declared.type === "string" || declared.type === "any";
}

/** Whether no number inside the value is NaN or infinite. */
export function holdsFinite(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(holdsFinite);
  if (isJsonObject(value)) return Object.values(value).every(holdsFinite);
  return true;
}

/** The type in words: `one of "low", "medium", "high" or a span of time such as "12_months"`. */
export function describeType(declared: Declared): string {
  const { type, values = [], orSpan, minimum, maximum } = declared;
  const alternatives: string[] = [];
  if (type !== "enum") alternatives.push(type === "span" ? SPAN_IN_WORDS : withArticle(type));
  if (values.length > 0)
    alternatives.push(
      `${type === "enum" ? "one of " : ""}${values.map((value) => JSON.stringify(value)).join(", ")}`,
    );
  if (orSpan && type !== "span") alternatives.push(SPAN_IN_WORDS);
  const bounds = [
    minimum === undefined ? "" : ` from ${minimum}`,
    maximum === undefined ? "" : minimum === undefined ? ` of at most ${maximum}` : ` to ${maximum}`,
  ].join("");
  return `${alternatives.join(" or ")}${bounds}`;
}

/** A value for a message: its type and, where short, itself. */
export function describeValue(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value))
    return holdsFinite(value)
      ? `an array of ${value.length}`
      : "an array that holds a number which is not finite";
  if (isJsonObject(value))
    return holdsFinite(value) ? "an object" : "an object that holds a number which is not finite";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  const text = JSON.stringify(value);
  return `the ${typeof value} ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`;
}

const SPAN_IN_WORDS = 'a span of time such as "12_months" or "30s"';

function withArticle(type: string): string {
  if (type === "any") return "any value";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function hasType(declared: Declared, value: Json): boolean {
  switch (declared.type) {
    case "any":
      return true;
    case "string":
    case "boolean":
    case "number":
      return typeof value === declared.type;
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    case "span":
      return typeof value === "string" && parseSpanMs(value) !== undefined;
    case "enum":
      return false;
  }
}

function inBounds({ minimum, maximum }: Declared, value: number): boolean {
  return (minimum === undefined || value >= minimum) && (maximum === undefined || value <= maximum);
}

function typeHint(declared: Declared, value: Json): string | undefined {
  if (declared.type === "array" && !isJsonObject(value))
    return `put it into a list: [${JSON.stringify(value).slice(0, 40)}]`;
  const wantsNumber = declared.type === "number" || declared.type === "integer";
  if (wantsNumber && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return `write it without quotes: ${value.trim()}`;
  }
  if (declared.type === "boolean" && (value === "true" || value === "false"))
    return `write it without quotes: ${value}`;
  if (declared.type === "string" && (typeof value === "number" || typeof value === "boolean"))
    return `write it in quotes: "${value}"`;
  return undefined;
}
