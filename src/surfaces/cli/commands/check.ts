import type { CliContext } from "../cli.ts";
import { EXIT, exitCodeOfFaults } from "../exit-codes.ts";
import { printDiagnostics } from "../faults.ts";
import { openPlans } from "../open-abyssal.ts";
import { readProgram } from "../program-source.ts";
import { type PlanFlags, readLimits } from "../run-flags.ts";
import { counted } from "../style.ts";
import { printJson } from "../terminal.ts";

/** `abyssal check`: every diagnostic of a program; exit code 2 when one is an error. */
export async function checkCommand(
  text: string | undefined,
  flags: PlanFlags,
  context: CliContext,
): Promise<number> {
  const { terminal, texts } = context;
  const source = await readProgram(text, flags.file, context);
  const { options, config } = readLimits(flags);
  const planner = await openPlans(context, flags, { config });
  const diagnostics = planner.check(source.text, { ...options, source: source.name });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  await printDiagnostics(diagnostics, texts, terminal);
  if (flags.output === "json") printJson(terminal.stdout, { diagnostics });
  else if (errors.length === 0)
    terminal.stdout.write(
      diagnostics.length === 0 ? "nothing found\n" : `no errors, ${counted(diagnostics.length, "warning")}\n`,
    );
  return errors.length === 0 ? EXIT.succeeded : exitCodeOfFaults(errors);
}
