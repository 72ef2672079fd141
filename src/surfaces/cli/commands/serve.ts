import { AbyssalError, diagnosticLine } from "../../../shared/diagnostic.ts";
import { collectLessOften } from "../../http/collect-less-often.ts";
import type { Reloaded } from "../../http/config-watch.ts";
import { createLog } from "../../log.ts";
import { openService } from "../../runtime.ts";
import type { CliContext } from "../cli.ts";
import { EXIT } from "../exit-codes.ts";
import { fault, printDiagnostics, refuse } from "../faults.ts";
import { counted } from "../style.ts";
import type { Terminal } from "../terminal.ts";

export type ServeFlags = { readonly config?: string; readonly host?: string; readonly port?: string };

/** `abyssal serve`: the HTTP API of this working folder, until it is interrupted. */
export async function serveCommand(flags: ServeFlags, context: CliContext): Promise<number> {
  const { terminal, environmentAt, policy } = context;
  const { stderr, stdout, cwd, env } = terminal;
  const port = flags.port === undefined ? undefined : readPort(flags.port);
  const service = await openService({
    workingFolder: cwd,
    env,
    environmentAt,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...(policy ? { policy } : {}),
  });
  const { config, observatory } = service.abyssal;
  const log = createLog(config.logging, { stderr, workingFolder: cwd, secrets: observatory.secrets });
  // A web framework is loaded by this command alone.
  const { serve } = await import("../../http/serve.ts");
  collectLessOften();
  const serving = await serve(service, {
    log,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    reloaded: (outcome) => stderr.write(reloadText(outcome)),
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(port === undefined ? {} : { port }),
  }).catch((error: unknown) => {
    service.abyssal.close();
    throw error;
  });
  stdout.write(`${serving.url}\n`);
  stderr.write(`dashboard: ${serving.dashboardUrl}/\n`);
  stderr.write(`metrics: ${serving.metricsUrl}\n`);
  if (serving.isOpen)
    stderr.write("no keys are configured: whoever reaches this machine's loopback may do everything\n");
  if (serving.recovered > 0)
    stderr.write(`goes on with ${counted(serving.recovered, "run")} of the server before\n`);
  const leaving = watchLeaving(terminal);
  const broken = await Promise.race([leaving.first, service.engine.broken]);
  await serving.close();
  leaving.stop();
  if (broken === undefined) return EXIT.succeeded;
  if (!(broken instanceof AbyssalError)) throw broken;
  await printDiagnostics(broken.diagnostics, context.texts, terminal);
  stderr.write("the server ends; started again, it goes on with the runs that it has promised\n");
  return EXIT.failed;
}

/** The first interruption ends the server, the second one the process. */
function watchLeaving({ onInterrupt, stderr, exit }: Terminal): {
  readonly first: Promise<undefined>;
  stop(): void;
} {
  const first = Promise.withResolvers<undefined>();
  let isLeaving = false;
  const stop = onInterrupt((signal) => {
    if (isLeaving) exit(signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated);
    isLeaving = true;
    stderr.write("stopping: what is at work may end; once more ends at once\n");
    first.resolve(undefined);
  });
  return { first: first.promise, stop };
}

function reloadText(outcome: Reloaded): string {
  if (outcome.kind === "kept") return `kept as it was: ${outcome.faults.map(diagnosticLine).join("\n  ")}\n`;
  const { applied, pending } = outcome.renewal;
  const later = pending.length === 0 ? "" : `; from the next start on: ${pending.join(", ")}`;
  return `configuration read${applied.length === 0 ? "" : `, now in force: ${applied.join(", ")}`}${later}\n`;
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  return refuse(
    fault("OPTION_INVALID", "this is no port", { place: "--port", expected: "0 to 65535", got: text }),
  );
}
