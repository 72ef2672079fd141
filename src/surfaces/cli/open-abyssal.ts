import type { Abyssal } from "../abyssal.ts";
import type { ConfigOverrides } from "../config.ts";
import { createAbyssal } from "../runtime.ts";
import type { CliContext } from "./cli.ts";

/** The runtime for this working folder; throws AbyssalError when configuration or templates are at fault. */
export function openAbyssal(
  { terminal, policy }: CliContext,
  flags: { readonly config?: string },
  more: { readonly config?: ConfigOverrides; readonly durable?: boolean } = {},
): Promise<Abyssal> {
  return createAbyssal({
    workingFolder: terminal.cwd,
    env: terminal.env,
    ...(flags.config === undefined ? {} : { configFile: flags.config }),
    ...(policy ? { policy } : {}),
    ...more,
  });
}
