import type { Command } from "commander";
import type { CliContext } from "./cli.ts";
import { limitFlags, PROGRAM, programFlags, runFlags } from "./command-flags.ts";
import type { Running } from "./command-line.ts";
import type { BatchFlags } from "./commands/batch.ts";
import type { RunFlags } from "./run-flags.ts";

/** Adds the commands that begin runs. */
export function addRunCommands(program: Command, context: CliContext, running: Running): void {
  const execute = program
    .command("execute")
    .alias("run")
    .description("run a program and print its answer")
    .argument("[program]", PROGRAM);
  runFlags(programFlags(execute)).action(
    running(async (text: string | undefined, flags: RunFlags) => {
      const { executeCommand } = await import("./commands/execute.ts");
      return executeCommand(text, flags, context);
    }),
  );
  const batch = program.command("batch").description("many commands as one run");
  runFlags(
    limitFlags(
      batch
        .command("execute")
        .description(
          "run a file of commands (a JSON array of commands, or a program) within one set of limits",
        )
        .argument("<file>", "file; - reads standard input")
        .option("--resume [run]", "go on with the newest unfinished batch of this file, or a given one"),
    ),
  ).action(
    running(async (file: string, flags: BatchFlags) => {
      const { batchCommand } = await import("./commands/batch.ts");
      return batchCommand(file, flags, context);
    }),
  );
}
