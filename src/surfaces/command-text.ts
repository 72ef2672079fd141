import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { JsonObject } from "../shared/json.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * The program text of one command with named arguments; JSON is JSON5, so that values need no printer of their own.
 * What is undefined counts as left out. Throws AbyssalError (OPTION_INVALID) for names and values that no program could hold.
 */
export function commandText(template: string, parameters: JsonObject): string {
  const given = Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined);
  const values = given.map(([name, value]) => [name, jsonOf(value)] as const);
  const faults = [
    ...(/^[A-Za-z_][A-Za-z0-9_-]*(@[0-9A-Za-z.+-]+)?$/.test(template) ? [] : [fault("template", template)]),
    ...given.filter(([name]) => !NAME.test(name)).map(([name]) => fault("parameters", name)),
    ...values.filter(([, json]) => json === undefined).map(([name]) => noJson(name)),
  ];
  if (faults.length > 0) throw new AbyssalError(faults);
  return `ABYSSAL[${template}](${values.map(([name, json]) => `${name}=${json}`).join(", ")})`;
}

/** A value as JSON; undefined: it has a circle, or holds what JSON has no word for. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function noJson(name: string): Diagnostic {
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place: `parameters.${name}`,
    message: "this value is no JSON",
    expected: "texts, numbers, true, false, null, lists and objects of these",
  };
}

function fault(place: string, got: string): Diagnostic {
  const message = `this is no name for a ${place === "template" ? "template" : "parameter"}`;
  return {
    code: "OPTION_INVALID",
    severity: "error",
    place,
    message,
    expected: "letters, digits, _ and -",
    got: JSON.stringify(got),
  };
}
