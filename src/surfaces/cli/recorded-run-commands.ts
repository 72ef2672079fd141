import type { Command } from "commander";
import type { CliContext } from "./cli.ts";
import { configFlag, runFlags } from "./command-flags.ts";
import type { OutputFlags, Running } from "./command-line.ts";
import type { ApproveFlags } from "./commands/approve.ts";
import { outputOption } from "./output-option.ts";
import type { RunFlags } from "./run-flags.ts";

/** Adds the commands that tell of runs which were begun before, go on with them, and end them. */
export function addRecordedRunCommands(program: Command, context: CliContext, running: Running): void {
  addListCommands(program, context, running);
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

function addListCommands(program: Command, context: CliContext, running: Running): void {
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
