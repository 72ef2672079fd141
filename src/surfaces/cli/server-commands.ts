import type { Command } from "commander";
import type { CliContext } from "./cli.ts";
import type { Running } from "./command-line.ts";
import type { ServeFlags } from "./commands/serve.ts";
import type { TokenFlags } from "./commands/token.ts";

/** The commands that serve this working folder to others. */
export function addServerCommands(program: Command, context: CliContext, running: Running): void {
  program
    .command("serve")
    .description("serve the HTTP API and the dashboard of this working folder, until it is interrupted")
    .option("--host <address>", "address to listen on (default: server.host)")
    .option("--port <n>", "port to listen on; 0 takes a free one (default: monitoring.api_port)")
    .option("--config <file>", "configuration file")
    .action(
      running(async (flags: ServeFlags) => {
        const { serveCommand } = await import("./commands/serve.ts");
        return serveCommand(flags, context);
      }),
    );
  program
    .command("token")
    .description("make a token for the HTTP API of this working folder, and a key when there is none")
    .requiredOption("--role <role>", "viewer, author, operator, admin; monitor reads the metrics alone")
    .option("--tenant <name>", "whose runs it is for", "default")
    .option("--subject <name>", "who bears it (default: the user)")
    .option("--expires <span>", "how long it holds, such as 1h or 30d", "12h")
    .option("--config <file>", "configuration file")
    .action(
      running(async (flags: TokenFlags) => {
        const { tokenCommand } = await import("./commands/token.ts");
        return tokenCommand(flags, context);
      }),
    );
}
