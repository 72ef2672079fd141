import type { ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { McpServers } from "../../../src/performers/tools/mcp-servers.ts";
import type { Tool, ToolResult } from "../../../src/performers/tools/tool.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { bodyOf, everythingOverHttp, sendJson, serve } from "./remote-server.ts";

type Call = (tool: string, input: JsonObject, signal?: AbortSignal) => Promise<ToolResult>;

function connect(port: number): { readonly servers: McpServers; readonly call: Call } {
  const servers = new McpServers(
    [{ name: "s", url: `http://127.0.0.1:${port}/mcp`, headers: [{ name: "authorization", env: "TOKEN" }] }],
    { workingFolder: temporaryFolder(), env: { TOKEN: "t-1" }, version: "0" },
  );
  onTestFinished(() => servers.close());
  let known: readonly Tool[] = [];
  return {
    servers,
    call: async (name, input, signal = new AbortController().signal) => {
      const tools = await servers.tools("s");
      if (tools.ok) known = tools.value;
      const tool = known.find((one) => one.name === `mcp:s/${name}`);
      if (!tool) return { kind: "failed", failure: tools.ok ? never(name) : tools.error, tainted: false };
      return tool.call(input, { runId: "r_1", signal, idempotencyKey: "k", mayReach: () => false });
    },
  };
}

function never(name: string): never {
  throw new Error(`no tool ${name}`);
}

const failed = (code: string, retryable: boolean, words?: string) => ({
  kind: "failed",
  failure: { code, retryable, ...(words ? { message: expect.stringContaining(words) } : {}) },
});

describe("the MCP project's own server, over streamable HTTP", () => {
  test("answers with a session, adds, and refuses bad arguments", async () => {
    const { port } = await everythingOverHttp();
    const { call } = connect(port);
    expect(await call("echo", { message: "hello" })).toEqual({
      kind: "done",
      text: "Echo: hello",
      tainted: true,
    });
    expect(await call("get-sum", { a: 2, b: 40 })).toMatchObject({ text: expect.stringContaining("42") });
    expect(await call("get-sum", { a: "two" })).toMatchObject({
      kind: "failed",
      failure: { code: expect.stringMatching(/^(MCP_TOOL_FAILED|TOOL_ARGUMENTS)$/) },
    });
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => call("echo", { message: `${n}` })));
    expect(all.map((one) => one.kind === "done" && one.text)).toEqual(all.map((_, n) => `Echo: ${n}`));
  });

  test("that is killed fails the calls it takes along, and is reached anew once it is there again", async () => {
    const first = await everythingOverHttp();
    const { call } = connect(first.port);
    expect(await call("echo", { message: "one" })).toMatchObject({ kind: "done" });
    const under = call("trigger-long-running-operation", { duration: 600, steps: 600 });
    await first.kill();
    // Nobody is there: refused at once, and again, as often as it is asked.
    for (let time = 0; time < LIMITS.mcpRestarts + 3; time++)
      expect(await call("echo", { message: "two" })).toMatchObject(failed("MCP_UNAVAILABLE", true));
    await everythingOverHttp(first.port);
    expect(await call("echo", { message: "three" })).toMatchObject({ kind: "done", text: "Echo: three" });
    void under.catch(() => {});
  });

  test("whose session is over is given a new one by the next call", async () => {
    const first = await everythingOverHttp();
    const { call, servers } = connect(first.port);
    const tools = await servers.tools("s");
    const echo = tools.ok ? tools.value.find(({ name }) => name === "mcp:s/echo")! : never("echo");
    await first.kill();
    await everythingOverHttp(first.port);
    const context = {
      runId: "r",
      signal: new AbortController().signal,
      idempotencyKey: "k",
      mayReach: () => false,
    };
    expect(await echo.call({ message: "lost" }, context)).toMatchObject(failed("MCP_UNAVAILABLE", true));
    expect(await call("echo", { message: "found" })).toMatchObject({ kind: "done", text: "Echo: found" });
  });

  test("is told at once that a call is over when its attempt is", async () => {
    const { port } = await everythingOverHttp();
    const { call } = connect(port);
    const over = new AbortController();
    const answer = call("trigger-long-running-operation", { duration: 600, steps: 600 }, over.signal);
    await call("echo", { message: "meanwhile" });
    over.abort();
    expect(await answer).toMatchObject(failed("CANCELLED", false));
  });
});

/** A server of ours that speaks just enough of the protocol, and answers calls as the test says. */
async function scripted(
  onCall: (response: ServerResponse, id: unknown) => void,
  seen: string[] = [],
): Promise<number> {
  const { port } = await serve(async (request, response) => {
    if (request.method !== "POST") {
      seen.push(request.method!);
      response.writeHead(405).end();
      return;
    }
    seen.push(String(request.headers.authorization));
    const { id, method, params } = JSON.parse(await bodyOf(request));
    if (method === "initialize") {
      response.setHeader("mcp-session-id", "s-1");
      const { protocolVersion } = params;
      const serverInfo = { name: "x", version: "0" };
      const result = { protocolVersion, capabilities: { tools: {} }, serverInfo };
      return sendJson(response, { jsonrpc: "2.0", id, result });
    }
    if (method === "tools/list")
      return sendJson(response, {
        jsonrpc: "2.0",
        id,
        result: { tools: [{ name: "t", inputSchema: { type: "object" } }] },
      });
    if (method === "tools/call") return onCall(response, id);
    response.writeHead(202).end();
  });
  return port;
}

describe("a server over HTTP", () => {
  test("that answers no JSON, or none of the protocol's, fails the call with a typed error", async () => {
    for (const [type, text] of [
      ["application/json", "<html>"],
      ["text/html", "<html>"],
      ["application/json", '{"jsonrpc":"1.0"}'],
      ["application/json", ""],
    ] as const) {
      const { call } = connect(
        await scripted((response) => response.setHeader("content-type", type).end(text)),
      );
      expect(await call("t", {}), type + text).toMatchObject(failed("MCP_UNAVAILABLE", true));
    }
  });

  test("that is not there, or is something else, is told of in words of people", async () => {
    const { port, stop } = await serve((_, response) => sendJson(response, { welcome: "to the hotel" }));
    const { call } = connect(port);
    const failure = await call("t", {});
    expect(failure).toMatchObject(failed("MCP_UNAVAILABLE", true, "no message of the protocol"));
    stop();
    expect(await call("t", {})).toMatchObject(failed("MCP_UNAVAILABLE", true, "ECONNREFUSED"));
  });

  test("that ends the connection in the midst of its answer fails the call with a typed error", async () => {
    const { call } = connect(
      await scripted((response) => {
        response.setHeader("content-type", "application/json");
        response.setHeader("content-length", "1000");
        response.write('{"jsonrpc":', () => response.destroy());
      }),
    );
    expect(await call("t", {})).toMatchObject(failed("MCP_UNAVAILABLE", true));
  });

  test.each(["application/json", "text/event-stream"])(
    "that answers without end (%s) is read to the limit, and no further",
    async (type) => {
      let written = 0;
      const ended = Promise.withResolvers<void>();
      const { call } = connect(
        await scripted((response) => {
          response.setHeader("content-type", type);
          response.write(type === "application/json" ? '"' : "data: ");
          const more = (): void => {
            while (response.writable && response.write("x".repeat(64 * 1024))) written += 64 * 1024;
          };
          response.on("drain", more);
          response.on("close", ended.resolve);
          more();
        }),
      );
      expect(await call("t", {})).toMatchObject(
        failed("MCP_UNAVAILABLE", true, `${LIMITS.remoteAnswerBytes} bytes`),
      );
      await ended.promise;
      expect(written).toBeLessThan(4 * LIMITS.remoteAnswerBytes);
    },
  );

  test("that never answers is waited for until its attempt is over, and then no longer", async () => {
    const asked = Promise.withResolvers<void>();
    const { call } = connect(await scripted(() => asked.resolve()));
    const over = new AbortController();
    const answer = call("t", {}, over.signal);
    await asked.promise;
    over.abort();
    expect(await answer).toMatchObject(failed("CANCELLED", false));
  });

  test("that leads elsewhere is not followed, and its headers go nowhere", async () => {
    const hits: string[] = [];
    const other = await serve((request, response) => {
      hits.push(request.url!);
      response.end();
    });
    const { port } = await serve((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${other.port}/mcp` }).end();
    });
    const { call } = connect(port);
    expect(await call("t", {})).toMatchObject(failed("MCP_UNAVAILABLE", true));
    expect(hits).toEqual([]);
  });

  test("is given its headers with every request, and told when it is no longer needed", async () => {
    const seen: string[] = [];
    const { call, servers } = connect(
      await scripted(
        (response, id) =>
          sendJson(response, { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "ok" }] } }),
        seen,
      ),
    );
    expect(await call("t", {})).toMatchObject({ kind: "done", text: "ok" });
    await servers.close();
    expect(seen.at(-1)).toBe("DELETE");
    expect(new Set(seen.filter((one) => one !== "DELETE" && one !== "GET"))).toEqual(new Set(["t-1"]));
  });
});
