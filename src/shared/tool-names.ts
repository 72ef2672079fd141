import type { Diagnostic } from "./diagnostic.ts";
import { nearestName } from "./nearest-name.ts";

/**
 * Names of tools: `files.read`, `http.get`, `command:NAME`, `function:NAME`, `a2a:NAME`, `mcp:SERVER/TOOL`. Where a step or a kind of
 * agent lists them, `*` at the end stands for any rest: `files.*`, `mcp:SERVER/*`.
 */

/** What there is to be listed: names that are known whole, and servers whose tools only they know. */
export type ToolCatalogue = { readonly names: readonly string[]; readonly servers: readonly string[] };

/** What a step may use, as a plan holds it: expressions unrendered. */
export type ToolTerms = {
  /** Names and patterns, or an expression that gives them. */
  readonly use: readonly string[] | string;
  /** A level, or an expression that gives one; absent: as configured. */
  readonly autonomy?: string;
  /** What the kind of agent is limited to; absent: nothing. */
  readonly within?: readonly string[];
  /** How long a person has to decide about a call, and what holds then; absent: as configured. */
  readonly deadline?: { readonly withinMs: number; readonly default: "approve" | "reject" };
};

/** Whether a listed name or pattern stands for a tool. */
export function covers(listed: string, name: string): boolean {
  return listed.endsWith("*") ? name.startsWith(listed.slice(0, -1)) : listed === name;
}

/** Whether everything that `narrow` stands for is within `wide`. */
function isWithin(narrow: string, wide: string): boolean {
  return narrow.endsWith("*")
    ? wide.endsWith("*") && covers(wide, narrow.slice(0, -1))
    : covers(wide, narrow);
}

type Finding = Pick<Diagnostic, "code" | "message" | "expected" | "got" | "hint">;

/**
 * What is wrong with a list of tools, name by name: TOOL_UNKNOWN where nothing here is called so, TOOL_NOT_ALLOWED where the kind of
 * agent does not have it.
 */
export function checkTools(
  use: readonly string[],
  within: readonly string[] | undefined,
  catalogue: ToolCatalogue,
): readonly Finding[] {
  return use.flatMap((listed): readonly Finding[] => {
    if (!exists(listed, catalogue)) return [unknown(listed, catalogue)];
    if (!within || within.some((wide) => isWithin(listed, wide))) return [];
    return [
      {
        code: "TOOL_NOT_ALLOWED",
        message: "the kind of agent does not have this tool: a step can only narrow what it has",
        expected: within.join(", ") || "no tool",
        got: listed,
      },
    ];
  });
}

function exists(listed: string, { names, servers }: ToolCatalogue): boolean {
  const server = /^mcp:([^/*]+)\/.+$/.exec(listed)?.[1];
  if (server !== undefined) return servers.includes(server);
  if (listed === "mcp:*") return servers.length > 0;
  return names.some((name) => covers(listed, name)) || listed === "*";
}

function unknown(listed: string, { names, servers }: ToolCatalogue): Finding {
  const known = [...names, ...servers.map((server) => `mcp:${server}/*`)];
  const near = nearestName(listed, known);
  return {
    code: "TOOL_UNKNOWN",
    message: "there is no such tool here",
    expected: `one of ${known.join(", ")}`,
    got: listed,
    hint: near
      ? `did you mean \`${near}\`?`
      : "commands, servers and remote agents are declared under `tools`",
  };
}
