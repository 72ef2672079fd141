import type { CommanderError } from "commander";
import type { Policy } from "../../plan/policy.ts";
import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";
import { Secrets } from "../../shared/secrets.ts";
import { cleanTerminal } from "./clean-terminal.ts";
import { EXIT, exitCodeOfFaults } from "./exit-codes.ts";
import { type Output, processTerminal, type Terminal } from "./terminal.ts";
import { abyssalVersion } from "./version.ts";

/** The command line of this process; sets its exit code and lets it end by itself, so that no output is cut. */
export async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const terminal = processTerminal();
  const clean = cleanTerminal(terminal, new Secrets({ env: terminal.env }));
  process.once("uncaughtException", (error) => {
    reportInternal(error, args, clean);
    process.exit(EXIT.internal);
  });
  // Runs are left to `resume`; what they have started ends with the process, whose `exit` sees to it.
  process.once("SIGHUP", () => process.exit(EXIT.hungUp));
  process.exitCode = await runCli(args, terminal);
}

/** What commands share. */
export type CliContext = {
  /** The process's border, on which no secret is shown. */
  readonly terminal: Terminal;
  /** Where data goes that must be what it is: an answer, a program. */
  readonly data: Output;
  /** What is hidden from all else. */
  readonly secrets: Secrets;
  /** The texts read so far, for excerpts in diagnostics. */
  readonly texts: Map<string, string>;
  /** The flag that named the environment, where one did. */
  readonly environmentAt?: string;
  /** What plans must keep to. */
  readonly policy?: Policy;
};

/** Runs one command line and gives its exit code; never throws. */
export async function runCli(
  args: readonly string[],
  given: Terminal,
  { policy }: Pick<CliContext, "policy"> = {},
): Promise<number> {
  const secrets = new Secrets({ env: given.env });
  const terminal = cleanTerminal(given, secrets);
  const shared = { terminal, data: given.stdout, secrets, texts: new Map() };
  const context: CliContext = policy ? { ...shared, policy } : shared;
  try {
    if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
      terminal.stdout.write(`${abyssalVersion()}\n`);
      return EXIT.succeeded;
    }
    const { parseCommandLine } = await import("./command-line.ts");
    return await parseCommandLine(args, context);
  } catch (error) {
    return report(error, args, context);
  }
}

async function report(error: unknown, args: readonly string[], context: CliContext): Promise<number> {
  if (isCommanderError(error) && error.exitCode === 0) return EXIT.succeeded;
  if (isCommanderError(error) && error.code === "commander.help") return EXIT.usage;
  const diagnostics = error instanceof AbyssalError ? error.diagnostics : await usageFault(error, args);
  if (!diagnostics) {
    reportInternal(error, args, context.terminal);
    return EXIT.internal;
  }
  const { printFaults } = await import("./faults.ts");
  await printFaults(diagnostics, outputFormat(args), context);
  return exitCodeOfFaults(diagnostics);
}

function isCommanderError(error: unknown): error is CommanderError {
  return (
    error instanceof Error &&
    "exitCode" in error &&
    String(Reflect.get(error, "code")).startsWith("commander.")
  );
}

/** What commander found, in the one form of all diagnostics. */
async function usageFault(
  error: unknown,
  [command = ""]: readonly string[],
): Promise<readonly Diagnostic[] | undefined> {
  if (!isCommanderError(error)) return undefined;
  const { fault } = await import("./faults.ts");
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const hint = suggestion?.replace(/^\((.*)\)$/, "$1").replace("Did you mean", "did you mean");
  const isNamed = /^[a-z]/.test(command) && message !== `unknown command '${command}'`;
  const page = isNamed ? `see abyssal ${command} --help` : "see abyssal --help";
  return [fault("USAGE", message, { hint: hint ?? page })];
}

function reportInternal(error: unknown, args: readonly string[], { stderr, env }: Terminal): void {
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  stderr.write(
    `INTERNAL ${shown}\n  This is a fault of abyssal ${abyssalVersion()}, not of your program. Please report it`,
  );
  const debug = args.includes("--debug") || (env.ABYSSAL_DEBUG ?? "") !== "";
  if (debug && error instanceof Error) stderr.write(` with this:\n${error.stack ?? ""}\n`);
  else stderr.write("; --debug shows where it happened.\n");
}

/** The form of output that was asked for, known even when the rest of the line cannot be read. */
function outputFormat(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === "--output" || arg.startsWith("--output="));
  const flag = args[at];
  return flag === "--output" ? args[at + 1] : flag?.slice("--output=".length);
}
