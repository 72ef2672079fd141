import { Command, Option } from "commander";
import type { CliContext } from "./cli.ts";
import type { ApproveFlags } from "./commands/approve.ts";
import type { BatchFlags } from "./commands/batch.ts";
import type { CacheFlags } from "./commands/cache.ts";
import type { DiagramFlags } from "./commands/diagram.ts";
import { refuseEmptyOptions } from "./empty-options.ts";
import { environmentFlag } from "./environment-flag.ts";
import { outputOption } from "./output-option.ts";
import type { PlanFlags, RunFlags } from "./run-flags.ts";
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
  addRunListCommands(program, context, running);
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

const PROGRAM = "program text; - reads standard input, as does no program when input is piped";

function addRunCommands(program: Command, context: CliContext, running: Running): void {
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

/** What is done with a run that was started before. */
function addRecordedRunCommands(program: Command, context: CliContext, running: Running): void {
  const resume = program
    .command("resume")
    .description("go on with a run that its process did not finish; without a run id, the newest one")
    .argument("[run]", "run id");
  runFlags(configFlag(resume)).action(
    running(async (runId: string | undefined, flags: RunFlags) => {
      const { resumeCommand } = await import("./commands/resume.ts");
      return resumeCommand(runId, flags, context);
    }),
  );
  const approve = program
    .command("approve")
    .description("answer an agent that waits for a person, and go on with its run")
    .argument("<run>", "run id")
    .argument("<path>", "the agent's path in the plan")
    .option("--yes", "let it run")
    .option("--no", "do not let it run")
    .option("--answer <text>", "let it run, with this answer")
    .option("--asked-by <attempt>", "only if this attempt of it asks; 0: before its work");
  runFlags(configFlag(approve)).action(
    running(async (runId: string, path: string, flags: ApproveFlags) => {
      const { approveCommand } = await import("./commands/approve.ts");
      return approveCommand(runId, path, flags, context);
    }),
  );
  program
    .command("cancel")
    .description("stop a run, whichever process drives it, and wait until it has ended")
    .argument("<run>", "run id")
    .option("--reason <text>", "why, for the record")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (runId: string, flags: OutputFlags & { reason?: string }) => {
        const { cancelCommand } = await import("./commands/cancel.ts");
        return cancelCommand(runId, flags, context);
      }),
    );
  program
    .command("replay")
    .description("derive a run from its records again, without any effect, and compare")
    .argument("<run>", "run id")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (runId: string, flags: OutputFlags) => {
        const { replayCommand } = await import("./commands/replay.ts");
        return replayCommand(runId, flags, context);
      }),
    );
}

function addProgramCommands(program: Command, context: CliContext, running: Running): void {
  const plan = program
    .command("plan")
    .description("show what a program would do: tree, agents, levels, bounds, critical path, schedule")
    .argument("[program]", PROGRAM);
  programFlags(plan)
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (text: string | undefined, flags: PlanFlags) => {
        const { planCommand } = await import("./commands/plan.ts");
        return planCommand(text, flags, context);
      }),
    );
  const check = program
    .command("check")
    .description("report everything that is wrong with a program; nothing runs")
    .argument("[program]", PROGRAM);
  programFlags(check)
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (text: string | undefined, flags: PlanFlags) => {
        const { checkCommand } = await import("./commands/check.ts");
        return checkCommand(text, flags, context);
      }),
    );
  program
    .command("fmt")
    .description("print a program in the standard layout")
    .argument("[program]", PROGRAM)
    .option("-f, --file <file>", "read the program from a file")
    .option("-w, --write <file>", "rewrite a file in place")
    .option("--check", "only say whether the layout is standard: exit code 0 or 1")
    .action(
      running(async (text: string | undefined, flags: { file?: string; write?: string; check?: boolean }) => {
        const { fmtCommand } = await import("./commands/fmt.ts");
        return fmtCommand(text, flags, context);
      }),
    );
  program
    .command("diagram")
    .description("draw a machine, the plan of a program, or a recorded run with how its agents stand")
    .argument(
      "[subject]",
      "a machine's name (agent, fork, chain ...), a run id, or program text; - reads standard input",
    )
    .option("-f, --file <file>", "read the program from a file")
    .option("--config <file>", "configuration file")
    .addOption(
      new Option("--format <format>", "form of the drawing")
        .choices(["mermaid", "svg", "stately", "json"])
        .default("mermaid"),
    )
    .action(
      running(async (subject: string | undefined, flags: DiagramFlags) => {
        const { diagramCommand } = await import("./commands/diagram.ts");
        return diagramCommand(subject, flags, context);
      }),
    );
}

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

function addRunListCommands(program: Command, context: CliContext, running: Running): void {
  program
    .command("status")
    .description("show how a run stands or ended; without a run id, the newest one")
    .argument("[run]", "run id")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (runId: string | undefined, flags: OutputFlags) => {
        const { statusCommand } = await import("./commands/status.ts");
        return statusCommand(runId, flags, context);
      }),
    );
  program
    .command("runs")
    .description("list the runs of this working folder, the newest first")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: OutputFlags) => {
        const { runsCommand } = await import("./commands/runs.ts");
        return runsCommand(flags, context);
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

function programFlags(command: Command): Command {
  return limitFlags(command.option("-f, --file <file>", "read the program from a file"));
}

function configFlag(command: Command): Command {
  return command.option(
    "--config <file>",
    "configuration file (default: abyssal.config.yaml, if it is there)",
  );
}

function limitFlags(command: Command): Command {
  return configFlag(command)
    .option("--model <name>", "model that agents ask, as provider/model")
    .option("--max-cost <usd>", "the most that models may take; held before each call")
    .option("--max-tokens <n>", "the most tokens that models may read and write")
    .option("--max-concurrency <n>", "agents at work at the same time")
    .option("--timeout <span>", "longest time of the run, such as 90s or 5m")
    .option("--no-cache", "use no results of earlier runs; what this run does takes their places");
}

function runFlags(command: Command): Command {
  return command
    .option("--out <folder>", "write report.md, result.json and the answer's files there")
    .option("--inspect", "show the running machines in the Stately inspector (monitoring.inspector_port)")
    .option("--inspect-wait", "the same, and begin when somebody watches")
    .option("--metrics", "offer Prometheus metrics on monitoring.metrics_port while it runs")
    .option("-q, --quiet", "no progress, no warnings and no summary on stderr")
    .addOption(outputOption(["text", "json", "ndjson"]));
}
