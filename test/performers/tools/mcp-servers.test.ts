import { once } from "node:events";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { McpConnection } from "../../../src/performers/tools/mcp-connection.ts";
import { type McpServerSetting, McpServers } from "../../../src/performers/tools/mcp-servers.ts";
import type { Tool, ToolResult } from "../../../src/performers/tools/tool.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Servers that others have written, as they stand in node_modules. */
function real(name: "everything" | "filesystem" | "memory", ...args: string[]): McpServerSetting {
  const at = fileURLToPath(
    new URL(`../../../node_modules/@modelcontextprotocol/server-${name}/dist/index.js`, import.meta.url),
  );
  return { name, command: process.execPath, args: [at, ...args] };
}

type Made = {
  readonly servers: McpServers;
  readonly call: (tool: string, input: JsonObject) => Promise<ToolResult>;
};

function make(settings: readonly McpServerSetting[], env: NodeJS.ProcessEnv = process.env): Made {
  const servers = new McpServers(settings, { workingFolder: temporaryFolder(), env, version: "0" });
  onTestFinished(() => servers.close());
  return {
    servers,
    call: async (name, input) => {
      const [, server] = /^mcp:([^/]+)\//.exec(name)!;
      const tools = await servers.tools(server!);
      if (!tools.ok) return { kind: "failed", failure: tools.error, tainted: false };
      return found(tools.value, name).call(input, {
        runId: "r_1",
        signal: new AbortController().signal,
        idempotencyKey: "k",
        mayReach: () => false,
      });
    },
  };
}

function found(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((one) => one.name === name);
  if (!tool) throw new Error(`${name} is none of ${tools.map((one) => one.name).join(", ")}`);
  return tool;
}

describe("servers that others have written", () => {
  test("the one of everything echoes, adds and refuses bad arguments; all it says is from outside", async () => {
    const { servers, call } = make([real("everything")]);
    const tools = await servers.tools("everything");
    expect(tools.ok && tools.value.every(({ isForeign, access }) => isForeign && access === "write")).toBe(
      true,
    );
    expect(await call("mcp:everything/echo", { message: "hello" })).toEqual({
      kind: "done",
      text: "Echo: hello",
      tainted: true,
    });
    expect(await call("mcp:everything/get-sum", { a: 2, b: 40 })).toMatchObject({
      kind: "done",
      text: expect.stringContaining("42"),
    });
    expect(await call("mcp:everything/get-sum", { a: "two" })).toMatchObject({
      kind: "failed",
      failure: { code: expect.stringMatching(/^(MCP_TOOL_FAILED|TOOL_ARGUMENTS)$/), retryable: false },
    });
  });

  test("the one of files keeps to its folder", async () => {
    const folder = realpathSync(temporaryFolder());
    mkdirSync(join(folder, "in"));
    writeFileSync(join(folder, "in", "a.txt"), "inside");
    writeFileSync(join(folder, "b.txt"), "outside");
    const { call } = make([real("filesystem", join(folder, "in"))]);
    expect(await call("mcp:filesystem/read_text_file", { path: join(folder, "in", "a.txt") })).toMatchObject({
      kind: "done",
      text: expect.stringContaining("inside"),
      tainted: true,
    });
    expect(await call("mcp:filesystem/read_text_file", { path: join(folder, "b.txt") })).toMatchObject({
      kind: "failed",
      failure: { code: "MCP_TOOL_FAILED" },
    });
  });

  test("the one that remembers keeps what it is told, in a file that its environment names", async () => {
    const file = join(temporaryFolder(), "memory.json");
    const setting = { ...real("memory"), env: ["MEMORY_FILE_PATH"] };
    const { call } = make([setting], { ...process.env, MEMORY_FILE_PATH: file });
    const entities = [{ name: "cache", entityType: "part", observations: ["is fast"] }];
    expect(await call("mcp:memory/create_entities", { entities })).toMatchObject({ kind: "done" });
    expect(await call("mcp:memory/read_graph", {})).toMatchObject({
      kind: "done",
      data: { entities: [{ name: "cache" }] },
    });
    expect(readFileSync(file, "utf8")).toContain("is fast");
  });

  test("several are closed at once, and are gone then", async () => {
    const { servers } = make([real("everything"), real("memory")]);
    await Promise.all([servers.tools("everything"), servers.tools("memory")]);
    await servers.close();
    expect(await servers.tools("everything")).toMatchObject({
      ok: false,
      error: { code: "MCP_UNAVAILABLE" },
    });
  });
});

/** A connection in the hands of the test. */
class HeldServer {
  starts = 0;
  readonly closed: string[] = [];
  gone: () => void = () => {};
  closes = true;

  readonly connect = async (
    { name }: McpServerSetting,
    _: unknown,
    onGone: () => void,
  ): Promise<McpConnection> => {
    this.starts++;
    this.gone = onGone;
    return {
      listTools: async () => [{ name: "t", description: "", inputSchema: { type: "object" } }],
      call: async () => ({ kind: "done", text: `start ${this.starts}`, tainted: true }),
      close: () => {
        this.closed.push(name);
        return this.closes ? Promise.resolve() : new Promise(() => {});
      },
      kill: () => this.closed.push(`${name} killed`),
    };
  };
}

describe("a declared server", () => {
  const place = { workingFolder: "/", env: {}, version: "0" };
  const setting = { name: "s", command: "x", restarts: 2 };

  test("is started when it is first used, once for all who use it (S1)", async () => {
    const held = new HeldServer();
    const servers = new McpServers([setting], place, held.connect);
    expect(held.starts).toBe(0);
    await Promise.all([servers.tools("s"), servers.tools("s"), servers.tools("s")]);
    expect(held.starts).toBe(1);
  });

  test("that dies is started again, and no more than it may (S2)", async () => {
    const held = new HeldServer();
    const servers = new McpServers([setting], place, held.connect);
    for (let start = 1; start <= 3; start++) {
      expect((await servers.tools("s")).ok).toBe(true);
      expect(held.starts).toBe(start);
      held.gone();
    }
    expect(await servers.tools("s")).toMatchObject({
      ok: false,
      error: { code: "MCP_UNAVAILABLE", retryable: false, message: expect.stringContaining("died 3 times") },
    });
    expect(held.starts).toBe(3);
  });

  test("is not started after everything was closed, and none was before (S3)", async () => {
    const held = new HeldServer();
    const servers = new McpServers([setting], place, held.connect);
    await servers.close();
    expect(await servers.tools("s")).toMatchObject({ ok: false });
    expect([held.starts, held.closed]).toEqual([0, []]);
  });

  test("that is coming up when everything is closed is not waited for, and is gone (S3)", async () => {
    const [up, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const listener = createServer((socket) => {
      up.resolve();
      socket.on("error", () => {}).on("close", () => gone.resolve());
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void listener.close());
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    // It never answers, and does not go for a friendly word.
    const program = `process.on("SIGTERM", () => {}); require("node:net").connect(${port}, "127.0.0.1");`;
    const { servers } = make([{ name: "mute", command: process.execPath, args: ["-e", program] }]);
    const coming = servers.tools("mute");
    await up.promise;
    await servers.close();
    expect(await coming).toMatchObject({ ok: false, error: { code: "MCP_UNAVAILABLE" } });
    await gone.promise;
  });

  test.each([
    ["goes when it is told to", ""],
    ["goes by force alone", `process.on("SIGTERM", () => {});`],
  ])(
    "that was started by another program, as npx does, and %s is gone with it once all are closed (S3)",
    async (_, stays) => {
      const gone = Promise.withResolvers<void>();
      const listener = createServer((socket) => {
        socket.on("error", () => {}).on("close", () => gone.resolve());
      }).listen(0, "127.0.0.1");
      onTestFinished(() => void listener.close());
      await once(listener, "listening");
      const { port } = listener.address() as AddressInfo;
      // It does not go when its input ends.
      const watched = `import { connect } from "node:net"; connect(${port}, "127.0.0.1"); ${stays}\n${DYING}`;
      const spawned = JSON.stringify(["--input-type=module", "-e", watched]);
      const program = `require("node:child_process").spawn(process.execPath, ${spawned}, { stdio: "inherit" });`;
      const { servers } = make([{ name: "wrapped", command: process.execPath, args: ["-e", program] }]);
      expect(await servers.tools("wrapped")).toMatchObject({ ok: true });
      await servers.close();
      await gone.promise;
    },
  );

  test("that ends in place of coming up is told with its last words", async () => {
    const program = 'console.error("no licence:\\n  set LICENCE"); process.exit(3)';
    const { servers } = make([{ name: "dead", command: process.execPath, args: ["-e", program] }]);
    expect(await servers.tools("dead")).toMatchObject({
      ok: false,
      error: {
        code: "MCP_UNAVAILABLE",
        message: expect.stringContaining("it said: no licence: set LICENCE"),
      },
    });
  });

  test("that cannot be started says why, and takes nothing with it", async () => {
    const { servers } = make([{ name: "none", command: "/there/is/no/such/program", restarts: 0 }]);
    expect(await servers.tools("none")).toMatchObject({
      ok: false,
      error: { code: "MCP_UNAVAILABLE", message: expect.stringContaining("none") },
    });
    expect(await servers.tools("strange")).toMatchObject({ ok: false, error: { code: "TOOL_UNKNOWN" } });
  });

  test("that dies in the midst of a call fails it with a typed error", async () => {
    const { call } = make([
      { name: "dying", command: process.execPath, args: ["--input-type=module", "-e", DYING], restarts: 0 },
    ]);
    expect(await call("mcp:dying/die", {})).toMatchObject({
      kind: "failed",
      failure: { code: "MCP_UNAVAILABLE", retryable: true },
    });
    expect(await call("mcp:dying/die", {})).toMatchObject({
      kind: "failed",
      failure: { code: "MCP_UNAVAILABLE", retryable: false },
    });
  });
});

/** Speaks just enough of the protocol to be called once. */
const DYING = `
import { createInterface } from "node:readline";
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize")
    answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "d", version: "0" } });
  if (method === "tools/list") answer(id, { tools: [{ name: "die", inputSchema: { type: "object" } }] });
  if (method === "tools/call") process.exit(1);
}`;
