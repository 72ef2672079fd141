import { sha3 } from "../shared/hash.ts";
import type { AgentKind, Template } from "./template.ts";

/**
 * Files of templates and agent kinds as they were when they were last read and checked, by the SHA3-256 of their text. A build
 * makes one of what it ships, so that no run need parse and check it again; a file that has changed since is not found here.
 */
export type CompiledTemplates = {
  readonly templates: Readonly<Record<string, Omit<Template, "source">>>;
  readonly agentKinds: Readonly<Record<string, Omit<AgentKind, "source">>>;
};

/** Nothing is compiled. */
export const NOT_COMPILED: CompiledTemplates = { templates: {}, agentKinds: {} };

/** What stands for a file of this text; undefined: it must be read. */
export function compiledFrom<T>(
  known: Readonly<Record<string, T>>,
  text: string,
  source: string,
): (T & { readonly source: string }) | undefined {
  const found = known[sha3(text)];
  return found && { ...found, source };
}
