import type { Failure } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";

/** Something that work may have done in the world: the same to a model that calls it and to a step that names it. */
export type Tool = {
  /** As steps list it: `files.read`, `mcp:SERVER/TOOL`. */
  readonly name: string;
  /** For a model; of an MCP server's tool the server's own words. */
  readonly description: string;
  /** A JSON Schema whose root is an object. */
  readonly inputSchema: JsonObject;
  /** `write`: a call may change something. */
  readonly access: "read" | "write";
  /** Whether its name, description or schema come from outside: whoever reads them has read outside text. */
  readonly isForeign?: boolean;
  /** The texts of an input that may say where the call reaches: addresses and paths; absent: all of it. */
  readonly reach?: (input: JsonObject) => Reach;
  /** What a call reaches, for the guards: `host:NAME`, `command:NAME`, `mcp:SERVER`; absent: nothing that is guarded. */
  readonly resources?: (input: JsonObject) => readonly string[];
  /** Folders in which paths of its inputs may lie, beside the workspace. */
  readonly folders?: readonly string[];
  readonly call: (input: JsonObject, context: ToolContext) => Promise<ToolResult>;
};

/** Texts that are to be looked through for addresses and for paths. */
export type Reach = { readonly addresses: readonly string[]; readonly paths: readonly string[] };

export type ToolContext = {
  readonly runId: string;
  readonly signal: AbortSignal;
  /** The same whenever the same call of the same attempt is made again. */
  readonly idempotencyKey: string;
  /** Whether a redirection may lead to a host other than the one that was asked for. */
  readonly mayReach: (host: string) => boolean;
};

/** What a call gave. `tainted`: there is text in it that comes from outside. */
export type ToolResult =
  | { readonly kind: "done"; readonly text: string; readonly data?: JsonObject; readonly tainted: boolean }
  | { readonly kind: "failed"; readonly failure: Failure; readonly tainted: boolean };

/** A call that was not made, or did not work; its words are our own. */
export function toolFailed(code: string, message: string, more: Partial<Failure> = {}): ToolResult {
  return { kind: "failed", failure: { code, message, retryable: false, ...more }, tainted: false };
}
