import { formatProgram } from "../../../dsl/format-program.ts";
import { AbyssalError } from "../../../shared/diagnostic.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, refuse } from "../faults.ts";
import { readProgram } from "../program-source.ts";
import { replaceFile } from "../replace-file.ts";

type FmtFlags = { readonly file?: string; readonly write?: string; readonly check?: boolean };

/** `abyssal fmt`: prints the standard layout, rewrites a file, or says whether a text has it. */
export async function fmtCommand(
  text: string | undefined,
  flags: FmtFlags,
  context: CliContext,
): Promise<number> {
  const { terminal, data } = context;
  const { write } = flags;
  if (write !== undefined && (text !== undefined || flags.file !== undefined || write === "-")) {
    refuse(
      fault("USAGE", "--write takes one file and no other program", { expected: "abyssal fmt --write FILE" }),
    );
  }
  const source = await readProgram(text, write ?? flags.file, context);
  const formatted = formatProgram(source.text, source.name);
  if (!formatted.ok) throw new AbyssalError(formatted.error);
  const changed = formatted.value !== source.text;
  if (flags.check) {
    if (changed)
      terminal.stderr.write(`${source.name} is not in the standard layout; abyssal fmt shows it\n`);
    return changed ? EXIT.failed : EXIT.succeeded;
  }
  if (write === undefined) data.write(formatted.value);
  else if (changed) await replaceFile(write, formatted.value, terminal);
  return EXIT.succeeded;
}
