import { Option } from "commander";

/** `--output`, with the forms that a command knows. */
export function outputOption(choices: readonly string[]): Option {
  return new Option("--output <format>", "form of what is printed on stdout")
    .choices(choices)
    .default("text");
}
