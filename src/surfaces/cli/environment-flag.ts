import type { Command } from "commander";
import type { CliContext } from "./cli.ts";

/** `--env NAME`, before or after any command: as the variable `ABYSSAL_ENV`, and stronger. */
export function environmentFlag(program: Command, context: CliContext): void {
  program.option("--env <name>", "environment of the configuration (also: ABYSSAL_ENV)");
  program.hook("preAction", () => {
    const { env: ABYSSAL_ENV } = program.opts<{ readonly env?: string }>();
    if (ABYSSAL_ENV === undefined) return;
    const { terminal } = context;
    Object.assign(context, {
      terminal: { ...terminal, env: { ...terminal.env, ABYSSAL_ENV } },
      environmentAt: "--env",
    });
  });
}
