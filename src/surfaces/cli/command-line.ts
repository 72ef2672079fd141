import { Command } from "commander";
import type { CliContext } from "./cli.ts";
import { configFlag } from "./command-flags.ts";
import type { CacheFlags } from "./commands/cache.ts";
import { refuseEmptyOptions } from "./empty-options.ts";
import { environmentFlag } from "./environment-flag.ts";
import { outputOption } from "./output-option.ts";
import { addProgramCommands } from "./program-commands.ts";
import { addRecordedRunCommands } from "./recorded-run-commands.ts";
import { addRunCommands } from "./run-commands.ts";
import { addServerCommands } from "./server-commands.ts";
import { refuseUnknownHelp } from "./unknown-help.ts";
import { abyssalVersion } from "./version.ts";
import { addWatchCommands } from "./watch-commands.ts";

export type OutputFlags = { readonly output: "text" | "json"; readonly config?: string };

/** Reads a command line and runs its command, whose code is loaded only then; gives its exit code. */
export async function parseCommandLine(args: readonly string[], context: CliContext): Promise<number> {
  const { stdout, stderr } = context.terminal;
  let exitCode = 0;
  const running =
    <Args extends readonly unknown[]>(run: (...args: Args) => Promise<number>) =>
    async (...given: Args): Promise<void> => {
      exitCode = await run(...given);
    };
  const program = new Command("abyssal")
    .description(
      "Runs multi-agent work: a command becomes a plan, a supervised run and one synthesised answer.",
    )
    .version(abyssalVersion())
    .option("--debug", "show where an internal error happened (also: ABYSSAL_DEBUG=1)")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    });
  refuseEmptyOptions(program);
  environmentFlag(program, context);
  refuseUnknownHelp(program);
  addRunCommands(program, context, running);
  addProgramCommands(program, context, running);
  addTemplateCommands(program, context, running);
  addRecordedRunCommands(program, context, running);
  addCacheCommands(program, context, running);
  addWatchCommands(program, context, running);
  addServerCommands(program, context, running);
  addProjectCommands(program, context, running);
  if (args.length === 0) {
    stdout.write(program.helpInformation());
    stdout.write(EXAMPLES);
    return 0;
  }
  await program.parseAsync([...args], { from: "user" });
  return exitCode;
}

export type Running = <Args extends readonly unknown[]>(
  run: (...args: Args) => Promise<number>,
) => (...given: Args) => Promise<void>;

const EXAMPLES = `
Examples:
  abyssal execute "ABYSSAL[CODE]('authentication service')"
  abyssal plan "ABYSSAL[RESEARCH]('caches') -> ABYSSAL[DOCUMENT]('caches')"
  abyssal execute --file program.abyssal --out out
  abyssal execute "ABYSSAL[AUDIT]('.')" --out audit
`;

function addTemplateCommands(program: Command, context: CliContext, running: Running): void {
  program
    .command("list-templates")
    .description("list every template by category")
    .option("--config <file>", "configuration file")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: OutputFlags) => {
        const { listTemplatesCommand } = await import("./commands/list-templates.ts");
        return listTemplatesCommand(flags, context);
      }),
    );
  program
    .command("show-template")
    .description("show a template's parameters and steps")
    .argument("<name>", "NAME or NAME@VERSION")
    .option("--config <file>", "configuration file")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (name: string, flags: OutputFlags) => {
        const { showTemplateCommand } = await import("./commands/show-template.ts");
        return showTemplateCommand(name, flags, context);
      }),
    );
  program
    .command("register-template")
    .description("check a template file and copy it into the folder of your own templates")
    .argument("<file>", "YAML or JSON file")
    .option("--check", "only check it")
    .option("--config <file>", "configuration file")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (file: string, flags: OutputFlags & { check?: boolean }) => {
        const { registerTemplateCommand } = await import("./commands/register-template.ts");
        return registerTemplateCommand(file, flags, context);
      }),
    );
}

function addCacheCommands(program: Command, context: CliContext, running: Running): void {
  const cache = program.command("cache").description("results of earlier runs that are used again");
  configFlag(cache.command("stats").description("show what is kept, hits and misses by template"))
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: CacheFlags) => {
        const { cacheStatsCommand } = await import("./commands/cache.ts");
        return cacheStatsCommand(flags, context);
      }),
    );
  configFlag(cache.command("clear").description("forget every kept result and every count"))
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: CacheFlags) => {
        const { cacheClearCommand } = await import("./commands/cache.ts");
        return cacheClearCommand(flags, context);
      }),
    );
}

function addProjectCommands(program: Command, context: CliContext, running: Running): void {
  program
    .command("init")
    .description("write a configuration file, an example program and a folder for templates")
    .option("--force", "replace files that are there")
    .action(
      running(async (flags: { force?: boolean }) => {
        const { initCommand } = await import("./commands/init.ts");
        return initCommand(flags, context);
      }),
    );
  program
    .command("doctor")
    .description("check that everything abyssal needs is in order")
    .option("--journal", "also read every record of every run of this folder")
    .option("--config <file>", "configuration file")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: OutputFlags & { journal?: boolean }) => {
        const { doctorCommand } = await import("./commands/doctor.ts");
        return doctorCommand(flags, context);
      }),
    );
}
