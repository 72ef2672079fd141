import { join, resolve } from "node:path";
import type { Autonomy } from "../../shared/autonomy.ts";
import type { ToolCatalogue } from "../../shared/tool-names.ts";
import type { A2aSetting } from "./a2a-agents.ts";
import type { CommandSetting } from "./command-tools.ts";
import type { ToolFunction } from "./function-tools.ts";
import type { HttpSettings } from "./http-tools.ts";
import type { McpServerSetting } from "./mcp-servers.ts";
import type { ToolUse } from "./tool-use.ts";
import type { Toolbox } from "./toolbox.ts";

/** The section `tools` of the configuration. */
export type ToolsConfig = {
  readonly autonomy: Autonomy;
  readonly steps: number;
  readonly approvalMinutes?: number | undefined;
  readonly approvalDefault: "approve" | "reject";
  readonly hosts?: readonly string[] | undefined;
  readonly privateHosts?: readonly string[] | undefined;
  readonly httpTimeoutSeconds: number;
  readonly httpMaxKb: number;
  readonly folder: string;
  readonly commands?: readonly CommandSetting[] | undefined;
  readonly mcp?: readonly McpServerSetting[] | undefined;
  readonly a2a?: readonly A2aSetting[] | undefined;
};

export type ToolsPlace = {
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: () => string;
  readonly functions: Readonly<Record<string, ToolFunction>>;
  /** Files and folders that are no agent's business, absolute. */
  readonly protectedPaths: readonly string[];
  /** Resolves names in place of the system. */
  readonly resolveHost?: HttpSettings["resolve"];
};

/**
 * Purpose: the tools that are declared here, for plans and performers.
 * Owns: the toolbox, made when a tool is first used. Does not own: who may call what.
 */
export class DeclaredTools implements ToolUse {
  readonly catalogue: ToolCatalogue;
  readonly autonomy: Autonomy;
  readonly stepsMax: number;
  readonly hosts: readonly string[];
  readonly deadline: ToolUse["deadline"];
  readonly #config: ToolsConfig;
  readonly #place: ToolsPlace;
  #toolbox: Promise<Toolbox> | null = null;

  constructor(config: ToolsConfig, place: ToolsPlace) {
    this.#config = config;
    this.#place = place;
    this.autonomy = config.autonomy;
    this.stepsMax = config.steps;
    this.hosts = config.hosts ?? [];
    const { approvalMinutes, approvalDefault } = config;
    this.deadline =
      approvalMinutes === undefined
        ? undefined
        : { withinMs: Math.round(approvalMinutes * 60_000), default: approvalDefault };
    this.catalogue = {
      names: [
        "files.read",
        "files.list",
        "files.write",
        "http.get",
        "http.send",
        ...(config.commands ?? []).map(({ name }) => `command:${name}`),
        ...Object.keys(place.functions).map((name) => `function:${name}`),
        ...(config.a2a ?? []).map(({ name }) => `a2a:${name}`),
      ],
      servers: (config.mcp ?? []).map(({ name }) => name),
    };
  }

  readonly toolbox = (): Promise<Toolbox> => {
    this.#toolbox ??= this.#open();
    return this.#toolbox;
  };

  readonly folderOf = (runId: string): string => {
    const { workingFolder } = this.#place;
    const { folder } = this.#config;
    if (folder !== "run") return resolve(workingFolder, folder);
    return join(workingFolder, ".abyssal", "workspaces", runId.replace(/[^\w-]/g, "_"));
  };

  /** Lets go of the servers that were started. */
  async close(): Promise<void> {
    await (await this.#toolbox)?.close();
  }

  async #open(): Promise<Toolbox> {
    const { Toolbox } = await import("./toolbox.ts");
    const { workingFolder, env, version, functions, protectedPaths, resolveHost } = this.#place;
    const {
      commands = [],
      mcp = [],
      a2a = [],
      hosts = [],
      privateHosts = [],
      httpTimeoutSeconds,
      httpMaxKb,
      folder,
    } = this.#config;
    return new Toolbox({
      workingFolder,
      env,
      version: version(),
      functions,
      commands,
      mcp,
      a2a,
      http: {
        hosts,
        privateHosts,
        timeoutMs: httpTimeoutSeconds * 1_000,
        maxBytes: httpMaxKb * 1_024,
        ...(resolveHost ? { resolve: resolveHost } : {}),
      },
      files: { folderOf: this.folderOf, protectedPaths: folder === "run" ? [] : protectedPaths },
    });
  }
}
