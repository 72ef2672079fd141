import type { Abyssal } from "../abyssal.ts";
import { type AbyssalOptions, createAbyssal } from "../runtime.ts";
import type { CliContext } from "./cli.ts";

/** Flags that say who may watch, beside where the configuration stands. */
export type OpenFlags = {
  readonly config?: string;
  readonly inspect?: boolean;
  readonly inspectWait?: boolean;
  readonly metrics?: boolean;
  readonly quiet?: boolean;
};

/**
 * The runtime for this working folder, watched as the flags say; throws AbyssalError when configuration or templates are at
 * fault, or a port is taken.
 */
export async function openAbyssal(
  { terminal, policy, secrets }: CliContext,
  flags: OpenFlags,
  more: Pick<AbyssalOptions, "config" | "durable" | "learned"> = {},
): Promise<Abyssal> {
  const abyssal = await createAbyssal({
    workingFolder: terminal.cwd,
    env: terminal.env,
    secrets,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...(policy ? { policy } : {}),
    ...(flags.inspect || flags.inspectWait ? { inspect: {} } : {}),
    ...(flags.metrics ? { metrics: true } : {}),
    ...more,
  });
  try {
    const say = (text: string): void => void (flags.quiet || terminal.stderr.write(`${text}\n`));
    if (flags.metrics) {
      const { url } = await abyssal.observatory.offerMetrics(abyssal.config.monitoring.metricsPort);
      say(`metrics: ${url}`);
    }
    const { inspector } = abyssal.observatory;
    if (inspector)
      say(`inspector: ${inspector.url}${flags.inspectWait ? " (waits for somebody to watch)" : ""}`);
    if (flags.inspectWait) await inspector?.untilWatched();
    return abyssal;
  } catch (error) {
    abyssal.close();
    throw error;
  }
}
