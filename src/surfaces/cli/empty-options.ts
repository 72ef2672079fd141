import type { Command } from "commander";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";

/** What people say may be empty. */
const SAID: readonly string[] = ["--answer", "--reason"];

/** Refuses an option with an empty value: it is a variable that a script forgot to set, and no name of a file or folder. */
export function refuseEmptyOptions(program: Command): void {
  program.hook("preAction", (_, command) => {
    const empty = command.options.filter(
      (option) => command.getOptionValue(option.attributeName()) === "" && !SAID.includes(option.long!),
    );
    const faults = empty.map(
      ({ long, flags }): Diagnostic => ({
        code: "USAGE",
        severity: "error",
        place: long!,
        message: "this option has an empty value",
        expected: flags,
        got: "nothing",
        hint: "leave it out, or give it a value",
      }),
    );
    if (faults.length > 0) throw new AbyssalError(faults);
  });
}
