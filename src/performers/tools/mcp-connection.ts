import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { type CallToolResult, ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import type { Failure } from "../../plan/outcome.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { childEnvironment } from "../command/child-environment.ts";
import { errorWords } from "../error-words.ts";
import type { McpServerSetting } from "./mcp-servers.ts";
import { originFetch } from "./origin-fetch.ts";
import { ProgramTransport } from "./program-transport.ts";
import { headersFrom } from "./secret-headers.ts";
import type { ToolResult } from "./tool.ts";

/** A tool as its server tells of it. */
export type McpTool = {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
};

/** One server that is up. */
export type McpConnection = {
  listTools(): Promise<readonly McpTool[]>;
  call(tool: string, input: JsonObject, signal: AbortSignal): Promise<ToolResult>;
  close(): Promise<void>;
  /** By force, for one that does not close. */
  kill(): void;
};

export type McpPlace = {
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
};

/**
 * Starts a server, or reaches it; `onGone` is told once, when it is there no more. Rejects when it does not come up, with the last words of a program; at once
 * when `signal` aborts meanwhile.
 */
export async function connectMcp(
  server: McpServerSetting,
  place: McpPlace,
  onGone: () => void,
  signal: AbortSignal,
): Promise<McpConnection> {
  const client = new Client({ name: "abyssal", version: place.version });
  // Whoever waits for an answer that is too long would wait until his time is over.
  const broken = new AbortController();
  const transport =
    server.url === undefined
      ? program(server, place)
      : http(server, place, (error) => {
          broken.abort(error);
          onGone();
        });
  client.onclose = onGone;
  // What goes wrong on the way shows in the calls; without a listener it would be thrown at nobody.
  client.onerror = () => {};
  const kill = (): void => {
    if (transport instanceof ProgramTransport) transport.kill();
    else void transport.close().catch(() => {});
  };
  signal.throwIfAborted();
  signal.addEventListener("abort", kill, { once: true });
  try {
    await client.connect(transport as Parameters<Client["connect"]>[0], { timeout: LIMITS.mcpStartMs });
  } catch (error) {
    await transport.close().catch(() => {});
    throw new Error(
      `${errorWords(error)}${transport instanceof ProgramTransport ? transport.lastWords : ""}`,
    );
  } finally {
    signal.removeEventListener("abort", kill);
  }
  const noteLost = (error: unknown): void => {
    // A session that the other side knows no more, or nobody who answers: the next call reaches it anew.
    if (transport instanceof StreamableHTTPClientTransport && !(error instanceof McpError)) onGone();
  };
  return {
    listTools: () => listTools(client),
    call: (tool, input, signal) =>
      call(client, { server: server.name, tool, input, signal, broken: broken.signal, noteLost }),
    close: async () => {
      if (transport instanceof StreamableHTTPClientTransport)
        await transport.terminateSession().catch(() => {});
      await client.close();
    },
    kill,
  };
}

function program({ command, args = [], env = [], cwd }: McpServerSetting, place: McpPlace): ProgramTransport {
  const given = childEnvironment(env, place.env);
  return new ProgramTransport({ command: command!, args, env: given, cwd: cwd ?? place.workingFolder });
}

/** Credentials are for one address: redirections are not followed, and no other host is asked. */
function http(
  { url, headers }: McpServerSetting,
  { env }: McpPlace,
  onTooLarge: (error: Error) => void,
): StreamableHTTPClientTransport {
  const at = new URL(url!);
  const maxBytes = LIMITS.remoteAnswerBytes;
  return new StreamableHTTPClientTransport(at, {
    fetch: originFetch(at, { headers: headersFrom(headers, env), maxBytes, onTooLarge }),
  });
}

async function listTools(client: Client): Promise<readonly McpTool[]> {
  const tools: McpTool[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor }, {
      timeout: LIMITS.mcpStartMs,
    });
    for (const { name, description = "", inputSchema } of page.tools)
      if (/^[\w.-]{1,64}$/.test(name))
        tools.push({
          name,
          description: description.slice(0, LIMITS.toolDescriptionCharacters),
          inputSchema: inputSchema as JsonObject,
        });
    cursor = page.nextCursor;
  } while (cursor !== undefined && tools.length < LIMITS.toolsOfServer);
  return tools.slice(0, LIMITS.toolsOfServer);
}

type Asked = {
  readonly server: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly signal: AbortSignal;
  /** Aborts when the connection is of no use any more. */
  readonly broken: AbortSignal;
  readonly noteLost: (error: unknown) => void;
};

async function call(
  client: Client,
  { server, tool, input, signal, broken, noteLost }: Asked,
): Promise<ToolResult> {
  try {
    const result = (await client.callTool({ name: tool, arguments: input }, undefined, {
      signal: AbortSignal.any([signal, broken]),
      timeout: LIMITS.toolCallMs,
    })) as CallToolResult;
    const text = textOf(result);
    if (result.isError)
      return {
        kind: "failed",
        failure: {
          code: "MCP_TOOL_FAILED",
          message: `${tool} of the server ${server} says: ${text.slice(0, 2_000)}`,
          retryable: false,
        },
        tainted: true,
      };
    const structured = result.structuredContent as Json | undefined;
    return { kind: "done", text, ...(isJsonObject(structured) ? { data: structured } : {}), tainted: true };
  } catch (error) {
    if (signal.aborted)
      return {
        kind: "failed",
        failure: { code: "CANCELLED", message: "cancelled", retryable: false },
        tainted: false,
      };
    noteLost(error);
    return {
      kind: "failed",
      failure: failureOf(server, broken.aborted ? broken.reason : error),
      tainted: true,
    };
  }
}

/** Texts as they are; what is no text is named, not shown. */
function textOf({ content = [] }: CallToolResult): string {
  return content
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "resource" && "text" in part.resource) return String(part.resource.text);
      if (part.type === "resource_link") return `[${part.name}: ${part.uri}]`;
      return `[${part.type}]`;
    })
    .join("\n");
}

function failureOf(server: string, error: unknown): Failure {
  const words = errorWords(error);
  const code = error instanceof McpError ? error.code : undefined;
  if (code === ErrorCode.InvalidParams)
    return {
      code: "TOOL_ARGUMENTS",
      message: `the server ${server} refuses the arguments: ${words}`,
      retryable: false,
    };
  if (code === ErrorCode.RequestTimeout)
    return {
      code: "MCP_TIMEOUT",
      message: `the server ${server} does not answer: ${words}`,
      retryable: true,
    };
  if (code === ErrorCode.MethodNotFound)
    return {
      code: "TOOL_UNKNOWN",
      message: `the server ${server} has no such tool: ${words}`,
      retryable: false,
    };
  return {
    code: "MCP_UNAVAILABLE",
    message: `the server ${server} gave no answer: ${words}`,
    retryable: true,
  };
}
