import type { Failure } from "../../plan/outcome.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import { err, ok, type Result } from "../../shared/result.ts";
import { covers, type ToolCatalogue } from "../../shared/tool-names.ts";
import { type A2aSetting, a2aTools } from "./a2a-agents.ts";
import { type CommandSetting, commandTools } from "./command-tools.ts";
import { type FilesSettings, filesTools } from "./files-tools.ts";
import { functionTools, type ToolFunction } from "./function-tools.ts";
import { type HttpSettings, httpTools } from "./http-tools.ts";
import { type McpServerSetting, McpServers } from "./mcp-servers.ts";
import type { Tool } from "./tool.ts";

/** Every tool there is here, as it is declared. */
export type ToolboxSettings = {
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly http: HttpSettings;
  readonly files: FilesSettings;
  readonly commands: readonly CommandSetting[];
  readonly functions: Readonly<Record<string, ToolFunction>>;
  readonly mcp: readonly McpServerSetting[];
  readonly a2a: readonly A2aSetting[];
};

/**
 * Purpose: find the tools that a step may use.
 * Owns: the declared tools, and the servers behind them. Does not own: whether a call is allowed (border.ts).
 */
export class Toolbox {
  readonly #own: readonly Tool[];
  readonly #servers: McpServers;

  constructor(settings: ToolboxSettings) {
    this.#servers = new McpServers(settings.mcp, settings);
    this.#own = [
      ...filesTools(settings.files),
      ...httpTools(settings.http),
      ...commandTools(settings.commands, settings),
      ...functionTools(settings.functions),
      ...a2aTools(settings.a2a, settings.env),
    ];
  }

  get catalogue(): ToolCatalogue {
    return { names: this.#own.map(({ name }) => name), servers: this.#servers.names };
  }

  /** The tools that a list stands for, in its order, each once; servers among them are started. Failures: MCP_UNAVAILABLE. */
  async open(use: readonly string[]): Promise<Result<readonly Tool[], Failure>> {
    const found = new Map<string, Tool>();
    for (const listed of use) {
      for (const tool of this.#own) if (covers(listed, tool.name)) found.set(tool.name, tool);
      for (const server of this.#servers.names) {
        if (!mayName(listed, server)) continue;
        const tools = await this.#servers.tools(server);
        if (!tools.ok) return tools;
        for (const tool of tools.value) if (covers(listed, tool.name)) found.set(tool.name, tool);
      }
    }
    return ok([...found.values()]);
  }

  /** One tool by its whole name. Failures: TOOL_UNKNOWN, MCP_UNAVAILABLE. */
  async find(name: string): Promise<Result<Tool, Failure>> {
    const opened = await this.open([name.replaceAll("*", "")]);
    if (!opened.ok) return opened;
    const [tool] = opened.value;
    if (tool) return ok(tool);
    const near = nearestName(name, await this.#namesBeside(name));
    return err({
      code: "TOOL_UNKNOWN",
      message: `there is no tool ${JSON.stringify(name.slice(0, 100))}`,
      retryable: false,
      ...(near ? { hint: `did you mean \`${near}\`?` } : {}),
    });
  }

  /** What somebody who meant another name may have meant: of a server that is there, its tools. */
  async #namesBeside(name: string): Promise<readonly string[]> {
    const server = this.#servers.names.find((one) => name.startsWith(`mcp:${one}/`));
    const tools = server === undefined ? null : await this.#servers.tools(server);
    return tools?.ok ? tools.value.map((tool) => tool.name) : this.catalogue.names;
  }

  close(): Promise<void> {
    return this.#servers.close();
  }
}

/** Whether a list's entry can stand for tools of a server. */
function mayName(listed: string, server: string): boolean {
  const all = `mcp:${server}/`;
  return listed.startsWith(all) || covers(listed, all);
}
