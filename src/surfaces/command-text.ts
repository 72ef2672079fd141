import type { JsonObject } from "../shared/json.ts";

/** The program text of one command with named arguments; JSON is JSON5, so that values need no printer of their own. */
export function commandText(template: string, parameters: JsonObject): string {
  return `ABYSSAL[${template}](${JSON.stringify(parameters)})`;
}
