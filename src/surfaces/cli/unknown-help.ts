import type { Command } from "commander";

/** `help NAME` and `NAME --help` of what is no command are refused as `NAME` is: commander would show the page of all. */
export function refuseUnknownHelp(program: Command): void {
  program.addHelpText("beforeAll", ({ command }) => {
    const known = command.commands.flatMap((one) => [one.name(), ...one.aliases()]);
    const name = command.args.find((arg) => arg !== "help" && !arg.startsWith("-"));
    // Only who has commands takes an argument for one; of a known one the page is its own, not this.
    if (known.length > 0 && name !== undefined && !known.includes(name))
      command.parse([name], { from: "user" });
    return "";
  });
}
