import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { openPlans } from "../open-abyssal.ts";
import { alignedRows, fitted, paintFor } from "../style.ts";
import { printJson, wantsColour, widthFor } from "../terminal.ts";

type ListFlags = { readonly output: "text" | "json"; readonly config?: string };

/** `abyssal list-templates`: every template, by category. */
export async function listTemplatesCommand(flags: ListFlags, context: CliContext): Promise<number> {
  const { stdout, env } = context.terminal;
  const templates = (await openPlans(context, flags)).listTemplates();
  if (flags.output === "json") {
    printJson(stdout, templates);
    return EXIT.succeeded;
  }
  const paint = paintFor(wantsColour(stdout, env));
  const rows = alignedRows(
    templates.map(({ name, version, description }) => [name, version, fitted(description, 90)]),
    { indent: "  ", width: widthFor(stdout) },
  );
  let category = "";
  templates.forEach((template, index) => {
    if (template.category !== category)
      stdout.write(`${index > 0 ? "\n" : ""}${paint("bold", template.category)}\n`);
    category = template.category;
    stdout.write(`${rows[index]}\n`);
  });
  return EXIT.succeeded;
}
