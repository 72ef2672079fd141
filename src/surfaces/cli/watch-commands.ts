import type { Command } from "commander";
import type { CliContext } from "./cli.ts";
import type { OutputFlags, Running } from "./command-line.ts";
import { outputOption } from "./output-option.ts";

type MonitorFlags = {
  readonly once?: boolean;
  readonly interval?: string;
  readonly output: "text" | "ndjson";
};

/** What can be known of runs, wherever they are driven; nothing is disturbed by it. */
export function addWatchCommands(program: Command, context: CliContext, running: Running): void {
  program
    .command("explain")
    .description(
      "say why a run, or a node of it, is where it is: what it waited for, what failed, who stopped it",
    )
    .argument("<run>", "run id")
    .argument("[path]", "the node's path in the plan")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (runId: string, path: string | undefined, flags: OutputFlags) => {
        const { explainCommand } = await import("./commands/explain.ts");
        return explainCommand(runId, path, flags, context);
      }),
    );
  program
    .command("dead-letters")
    .description("list the recorded facts of a run that found nobody, and why")
    .argument("<run>", "run id")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (runId: string, flags: OutputFlags) => {
        const { deadLettersCommand } = await import("./commands/dead-letters.ts");
        return deadLettersCommand(runId, flags, context);
      }),
    );
  program
    .command("monitor")
    .description("watch the runs of this working folder, or one run until it ends; q leaves")
    .argument("[run]", "run id")
    .option("--once", "show how things stand now, and end")
    .option("--interval <span>", "how often to look, such as 250ms (the default) or 2s")
    .addOption(outputOption(["text", "ndjson"]))
    .action(
      running(async (runId: string | undefined, flags: MonitorFlags) => {
        const { monitorCommand } = await import("./commands/monitor.ts");
        return monitorCommand(runId, flags, context);
      }),
    );
  program
    .command("analytics")
    .description(
      "say how the recorded runs went, by template and kind of agent, and what may be worth changing",
    )
    .option("--since <time>", "only runs that ended since: a span such as 7d, or a date")
    .addOption(outputOption(["text", "json"]))
    .action(
      running(async (flags: OutputFlags & { since?: string }) => {
        const { analyticsCommand } = await import("./commands/analytics.ts");
        return analyticsCommand(flags, context);
      }),
    );
}
