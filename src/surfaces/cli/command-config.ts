import { AbyssalError } from "../../shared/diagnostic.ts";
import { type Config, loadConfig } from "../config.ts";
import type { CliContext } from "./cli.ts";

/** The configuration of a command that opens no runtime. Throws AbyssalError CONFIG_*. */
export async function configOf(
  { config: file }: { readonly config?: string },
  { terminal, environmentAt }: CliContext,
): Promise<Config> {
  const loaded = await loadConfig({ workingFolder: terminal.cwd, file, env: terminal.env, environmentAt });
  if (!loaded.ok) throw new AbyssalError(loaded.error);
  return loaded.value;
}
