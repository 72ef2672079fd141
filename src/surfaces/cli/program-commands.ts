import { type Command, Option } from "commander";
import type { CliContext } from "./cli.ts";
import { PROGRAM, programFlags } from "./command-flags.ts";
import type { Running } from "./command-line.ts";
import type { DiagramFlags } from "./commands/diagram.ts";
import { outputOption } from "./output-option.ts";
import type { PlanFlags } from "./run-flags.ts";

/** Adds the commands that look at a program and run nothing. */
export function addProgramCommands(program: Command, context: CliContext, running: Running): void {
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
