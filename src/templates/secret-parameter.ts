import { isJsonObject, type Json, type JsonObject } from "../shared/json.ts";
import { pointerKey } from "../shared/json-pointer.ts";
import type { Parameter } from "./template.ts";

/** What is given for a parameter that holds a secret: the name of a variable, never the secret itself. */
const VARIABLE = /^env:([A-Za-z_][A-Za-z0-9_]{0,127})$/;

export const SECRET_FORM = "the name of a variable, as env:NAME";

/** The variable that a value names; undefined: it names none. */
export function variableOf(value: Json): string | undefined {
  return typeof value === "string" ? VARIABLE.exec(value)?.[1] : undefined;
}

/** Whether a text is one whole expression that reads a parameter and does nothing else. */
export function readsWhole(text: string, parameter: string): boolean {
  return /^\{\{-?\s*(\w+)\s*-?\}\}$/.exec(text.trim())?.[1] === parameter;
}

/** Where a secret may stand in a step: a value of its own among the options of `run`, or handed on by `with`. */
export function mayHoldSecret(path: readonly (string | number)[]): boolean {
  const at = path.findIndex((key) => key === "run" || key === "with");
  // Whoever lists processes sees their arguments.
  return at >= 0 && !(path[at] === "run" && (path[at + 1] === "args" || path[at + 1] === "command"));
}

/**
 * Where the options of a `run` step, unrendered, hold secret parameters: JSON Pointer (RFC 6901) -> variable. Whatever expressions
 * give at run time is not looked into, so that no text can ask for a secret.
 */
export function secretsOf(
  options: JsonObject,
  declared: readonly Parameter[],
  given: JsonObject,
): Readonly<Record<string, string>> | undefined {
  const secret = declared.filter((parameter) => parameter.secret);
  if (secret.length === 0) return undefined;
  const found: Record<string, string> = {};
  const visit = (value: Json, pointer: string): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${pointer}/${index}`);
    else if (isJsonObject(value))
      for (const [key, member] of Object.entries(value)) visit(member, `${pointer}/${pointerKey(key)}`);
    else if (typeof value === "string") {
      const name = secret.find((parameter) => readsWhole(value, parameter.name))?.name;
      const variable = name === undefined ? undefined : variableOf(given[name] ?? null);
      if (variable !== undefined) found[pointer] = variable;
    }
  };
  visit(options, "");
  return Object.keys(found).length > 0 ? found : undefined;
}
