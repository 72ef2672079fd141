import type { Abyssal } from "../abyssal.ts";
import type { AbyssalOptions } from "../abyssal-options.ts";
import type { Planner } from "../planner.ts";
import { createAbyssal, openPlanner } from "../runtime.ts";
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
  context: CliContext,
  flags: OpenFlags,
  more: Pick<AbyssalOptions, "config" | "durable" | "learned"> = {},
): Promise<Abyssal> {
  const abyssal = await createAbyssal({
    ...ofTerminal(context, flags),
    ...(flags.inspect || flags.inspectWait ? { inspect: {} } : {}),
    ...(flags.metrics ? { metrics: true } : {}),
    ...more,
  });
  try {
    const say = (text: string): void => void (flags.quiet || context.terminal.stderr.write(`${text}\n`));
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

/** What reads programs and templates for this working folder, and runs nothing; throws as `openAbyssal` does. */
export function openPlans(
  context: CliContext,
  flags: OpenFlags,
  more: Pick<AbyssalOptions, "config" | "learned"> = {},
): Promise<Planner> {
  return openPlanner({ ...ofTerminal(context, flags), ...more });
}

function ofTerminal(
  { terminal, environmentAt, policy, secrets }: CliContext,
  { config }: OpenFlags,
): AbyssalOptions {
  return {
    workingFolder: terminal.cwd,
    env: terminal.env,
    environmentAt,
    secrets,
    // Flags give what stands at the top of a configuration: the model.
    configAt: (path) => `--${path.join("-")}`,
    ...(config === undefined ? {} : { configFile: config }),
    ...(policy ? { policy } : {}),
  };
}
