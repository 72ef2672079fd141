import type { Task } from "../../actors/ports.ts";
import type { Json } from "../../shared/json.ts";
import { bareHost } from "./addresses.ts";

/** Performers that do one call of one tool, named by the step itself. */
export const TOOL_PERFORMERS = ["http", "files", "mcp", "a2a"] as const;
export type ToolPerformerName = (typeof TOOL_PERFORMERS)[number];

/** What a step calls, for the guards: the host, the server, the agent; the workspace needs none. */
export function toolResources(name: ToolPerformerName, { options }: Task): readonly string[] {
  const text = (key: string): string => String(options[key] ?? "");
  switch (name) {
    case "http":
      return hostResources(options.url);
    case "files":
      return [];
    case "mcp":
      return [`mcp:${text("server")}`];
    case "a2a":
      return [`a2a:${text("agent")}`];
  }
}

/** The host of an address, where it is one. */
export function hostResources(url: Json | undefined): readonly string[] {
  const host = typeof url === "string" ? URL.parse(url)?.hostname : undefined;
  return host ? [`host:${bareHost(host)}`] : [];
}
