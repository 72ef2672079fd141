import { AbyssalError, type Diagnostic } from "../shared/diagnostic.ts";
import type { JsonObject } from "../shared/json.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * The program text of one command with named arguments; JSON is JSON5, so that values need no printer of their own.
 * Throws AbyssalError (OPTION_INVALID) for a name that no program could hold.
 */
export function commandText(template: string, parameters: JsonObject): string {
  const names = Object.keys(parameters);
  const faults = [
    ...(/^[A-Za-z_][A-Za-z0-9_-]*(@[0-9A-Za-z.+-]+)?$/.test(template) ? [] : [fault("template", template)]),
    ...names.filter((name) => !NAME.test(name)).map((name) => fault("parameters", name)),
  ];
  if (faults.length > 0) throw new AbyssalError(faults);
  const args = names.map((name) => `${name}=${JSON.stringify(parameters[name])}`);
  return `ABYSSAL[${template}](${args.join(", ")})`;
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
