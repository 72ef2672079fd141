import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Failure } from "../../plan/outcome.ts";
import { LIMITS } from "../../shared/limits.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { errorWords } from "../error-words.ts";
import type { McpConnection, McpPlace, McpTool } from "./mcp-connection.ts";
import type { HeaderSetting } from "./secret-headers.ts";
import type { Tool } from "./tool.ts";

/** A server as it is declared: a program that speaks over its standard streams, or an address. */
export type McpServerSetting = {
  readonly name: string;
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  /** Names of variables that the program is given, beside the harmless ones. */
  readonly env?: readonly string[] | undefined;
  readonly url?: string | undefined;
  /** Headers whose values stand in the environment. */
  readonly headers?: readonly HeaderSetting[] | undefined;
  /** Tools that only look, by name; the server's own word for that does not count. */
  readonly reads?: readonly string[] | undefined;
  /** Folders that paths may lead to, beside the workspace. */
  readonly folders?: readonly string[] | undefined;
  /** How often it is started again when it has died. */
  readonly restarts?: number | undefined;
};

type Connect = (
  server: McpServerSetting,
  place: McpPlace,
  onGone: () => void,
  signal: AbortSignal,
) => Promise<McpConnection>;

type Slot = {
  readonly setting: McpServerSetting;
  starts: number;
  up: Promise<McpConnection> | null;
};

/**
 * Purpose: the declared MCP servers, as tools.
 * Owns: which of them are up, and how often each was started. Does not own: who may call what.
 * Invariants:
 * S1 a server is started when it is first used, once for all who use it, and not before.
 * S2 a program that has died is started again at most `restarts` times; then its tools are MCP_UNAVAILABLE. An address, which is
 *    started by others, is reached anew by each call that finds nobody there.
 * S3 after `close` none is up, nor started: all are closed at once, within `mcpCloseMs` by force; one that is coming up is not waited for.
 */
export class McpServers {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #place: McpPlace;
  readonly #connect: Connect;
  /** Ends what is coming up. */
  readonly #over = new AbortController();

  constructor(servers: readonly McpServerSetting[], place: McpPlace, connect: Connect = connectLazily) {
    this.#slots = new Map(servers.map((setting) => [setting.name, { setting, starts: 0, up: null }]));
    this.#place = place;
    this.#connect = connect;
  }

  get names(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** The tools of a server. Failures: MCP_UNAVAILABLE, TOOL_UNKNOWN. */
  async tools(server: string): Promise<Result<readonly Tool[], Failure>> {
    const slot = this.#slots.get(server);
    if (!slot) return err(unknown(server));
    const connection = await this.#up(slot);
    if (!connection.ok) return connection;
    try {
      const tools = await connection.value.listTools();
      return ok(tools.map((tool) => this.#tool(slot, tool)));
    } catch (error) {
      return err(unavailable(server, error));
    }
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#slots.values()].map((slot) => closeSlot(slot)));
  }

  #tool(slot: Slot, { name, description, inputSchema }: McpTool): Tool {
    const { setting } = slot;
    return {
      name: `mcp:${setting.name}/${name}`,
      description,
      inputSchema,
      access: setting.reads?.includes(name) ? "read" : "write",
      isForeign: true,
      resources: () => [`mcp:${setting.name}`],
      ...(setting.folders
        ? { folders: setting.folders.map((one) => resolve(this.#place.workingFolder, one)) }
        : {}),
      call: async (input, { signal }) => {
        const connection = await this.#up(slot);
        if (!connection.ok) return { kind: "failed", failure: connection.error, tainted: false };
        return connection.value.call(name, input, signal);
      },
    };
  }

  async #up(slot: Slot): Promise<Result<McpConnection, Failure>> {
    const { name, url, restarts = LIMITS.mcpRestarts } = slot.setting;
    if (this.#over.signal.aborted) return err(unavailable(name, "everything is being closed"));
    if (!slot.up) {
      if (url === undefined && slot.starts > restarts)
        return err(unavailable(name, `it has died ${slot.starts} times and is not started again`, false));
      slot.starts++;
      const gone = (): void => {
        if (slot.up === starting) slot.up = null;
      };
      const starting = this.#connect(slot.setting, this.#place, gone, this.#over.signal);
      slot.up = starting;
      starting.catch(gone);
    }
    try {
      return ok(await slot.up);
    } catch (error) {
      return err(unavailable(name, error));
    }
  }
}

/** The SDK is loaded with the first server that is used. */
const connectLazily: Connect = async (...args) => (await import("./mcp-connection.ts")).connectMcp(...args);

async function closeSlot(slot: Slot): Promise<void> {
  const connection = await slot.up?.catch(() => null);
  slot.up = null;
  if (!connection) return;
  const over = new AbortController();
  const closed = connection.close().catch(() => {});
  const late = delay(LIMITS.mcpCloseMs, "late" as const, { signal: over.signal }).catch(() => {});
  if ((await Promise.race([closed, late])) === "late") connection.kill();
  over.abort();
}

function unavailable(server: string, error: unknown, retryable = true): Failure {
  const message = `the MCP server ${server} is not there: ${errorWords(error)}`;
  return { code: "MCP_UNAVAILABLE", message, retryable };
}

function unknown(server: string): Failure {
  return { code: "TOOL_UNKNOWN", message: `no MCP server is called ${server}`, retryable: false };
}
