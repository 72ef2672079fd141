import type { CliContext } from "../cli.ts";
import { conductRun } from "../conduct-run.ts";
import { openAbyssal } from "../open-abyssal.ts";
import { checkOutFolder } from "../out-folder.ts";
import { readProgram } from "../program-source.ts";
import { type RunFlags, readLimits } from "../run-flags.ts";

/** `abyssal execute`: runs a program and prints its answer. */
export async function executeCommand(
  text: string | undefined,
  flags: RunFlags,
  context: CliContext,
): Promise<number> {
  const { terminal } = context;
  const source = await readProgram(text, flags.file, context);
  const { options, config } = readLimits(flags);
  if (flags.out !== undefined) await checkOutFolder(flags.out, terminal);
  const abyssal = await openAbyssal(context, flags, { config, durable: true });
  return conductRun(flags, context, {
    abyssal,
    start: () => abyssal.start(source.text, { ...options, source: source.name }),
  });
}
