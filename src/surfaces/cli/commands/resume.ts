import type { CliContext } from "../cli.ts";
import { conductRun } from "../conduct-run.ts";
import { openAbyssal } from "../open-abyssal.ts";
import { checkOutFolder } from "../out-folder.ts";
import type { RunFlags } from "../run-flags.ts";

/** `abyssal resume`: goes on with a run where its records end; without a run id, with the newest that nobody drives. */
export async function resumeCommand(
  runId: string | undefined,
  flags: RunFlags,
  context: CliContext,
): Promise<number> {
  if (flags.out !== undefined) await checkOutFolder(flags.out, context.terminal);
  const abyssal = await openAbyssal(context, flags, { durable: true });
  return conductRun(flags, context, { abyssal, start: () => abyssal.resume(runId) });
}
