import type { Json } from "../../../shared/json.ts";
import type { Parameter } from "../../../templates/template.ts";

/** What stands in a form, by parameter; a box that is ticked holds "true". */
export type Written = Readonly<Record<string, string>>;

export type FormValues =
  | { readonly ok: true; readonly parameters: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly faults: Readonly<Record<string, string>> };

/** What a field shows before anything is written. */
export function initialText(parameter: Parameter): string {
  const { type, default: value } = parameter;
  if (value === undefined || value === null) return "";
  if (type === "array" && Array.isArray(value) && value.every((one) => typeof one === "string"))
    return value.join("\n");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * What is written as parameters of the template, or what is wrong with it, by field. What is left empty, or as its default is, is not
 * given: the template says what holds then. The server judges it again.
 */
export function formValues(parameters: readonly Parameter[], written: Written): FormValues {
  const values: Record<string, Json> = {};
  const faults: Record<string, string> = {};
  for (const parameter of parameters) {
    const { name } = parameter;
    const text = written[name] ?? initialText(parameter);
    if (text.trim() === "") {
      if (parameter.required) faults[name] = "this is needed";
      continue;
    }
    if (text === initialText(parameter)) continue;
    const read = readValue(parameter, text);
    if ("fault" in read) faults[name] = read.fault;
    else values[name] = read.value;
  }
  return Object.keys(faults).length > 0 ? { ok: false, faults } : { ok: true, parameters: values };
}

function readValue(
  { type, values, minimum, maximum }: Parameter,
  text: string,
): { readonly value: Json } | { readonly fault: string } {
  const trimmed = text.trim();
  if (values?.includes(trimmed)) return { value: trimmed };
  switch (type) {
    case "number":
    case "integer": {
      const number = Number(trimmed);
      if (!Number.isFinite(number)) return { fault: "a number is expected" };
      if (type === "integer" && !Number.isInteger(number)) return { fault: "a whole number is expected" };
      if (minimum !== undefined && number < minimum) return { fault: `at least ${minimum}` };
      if (maximum !== undefined && number > maximum) return { fault: `at most ${maximum}` };
      return { value: number };
    }
    case "boolean":
      return { value: trimmed === "true" };
    case "array":
      return readList(trimmed);
    case "object": {
      const value = readJson(trimmed);
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject
        ? { value: value as Json }
        : { fault: 'a JSON object is expected, such as {"key": "value"}' };
    }
    case "any": {
      const value = readJson(trimmed);
      return { value: value === undefined ? text : (value as Json) };
    }
    default:
      return { value: type === "string" ? text : trimmed };
  }
}

/** JSON, or one element a line. */
function readList(text: string): { readonly value: Json } | { readonly fault: string } {
  if (!text.startsWith("["))
    return {
      value: text
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    };
  const value = readJson(text);
  return Array.isArray(value) ? { value: value as Json } : { fault: "this JSON list cannot be read" };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
