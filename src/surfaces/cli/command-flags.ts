import type { Command } from "commander";
import { outputOption } from "./output-option.ts";

/** Flags that several commands have. */

export const PROGRAM = "program text; - reads standard input, as does no program when input is piped";

export function programFlags(command: Command): Command {
  return limitFlags(command.option("-f, --file <file>", "read the program from a file"));
}

export function configFlag(command: Command): Command {
  return command.option(
    "--config <file>",
    "configuration file (default: abyssal.config.yaml, if it is there)",
  );
}

export function limitFlags(command: Command): Command {
  return configFlag(command)
    .option("--model <name>", "model that agents ask, as provider/model")
    .option("--max-cost <usd>", "the most that models may take; held before each call")
    .option("--max-tokens <n>", "the most tokens that models may read and write")
    .option("--max-concurrency <n>", "agents at work at the same time")
    .option("--timeout <span>", "longest time of the run, such as 90s or 5m")
    .option("--no-cache", "use no results of earlier runs; what this run does takes their places");
}

export function runFlags(command: Command): Command {
  return command
    .option("--out <folder>", "write report.md, result.json and the answer's files there")
    .option("--inspect", "show the running machines in the Stately inspector (monitoring.inspector_port)")
    .option("--inspect-wait", "the same, and begin when somebody watches")
    .option("--metrics", "offer Prometheus metrics on monitoring.metrics_port while it runs")
    .option("-q, --quiet", "no progress, no warnings and no summary on stderr")
    .addOption(outputOption(["text", "json", "ndjson"]));
}
