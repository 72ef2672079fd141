import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AbyssalOptions } from "../../src/surfaces/abyssal-options.ts";
import { createAbyssal, type ToolFunction } from "../../src/surfaces/runtime.ts";
import { listening } from "../support/loopback.ts";
import { always, modelServer } from "../support/model-server.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function serve(text: (url: string) => string): Promise<{ port: number; hits: string[] }> {
  const hits: string[] = [];
  const server = createServer((asked, response) => {
    hits.push(asked.url!);
    response.end(text(asked.url!));
  });
  return { port: await listening(server), hits };
}

function template(steps: string, parameters = ""): string {
  return `name: T\nversion: 1.0.0\ndescription: A test\ncategory: test\n${parameters}steps:\n${steps.replace(/^/gm, "  ")}\n`;
}

async function open(options: AbyssalOptions) {
  const abyssal = await createAbyssal({ workingFolder: temporaryFolder(), env: {}, ...options });
  onTestFinished(() => abyssal.close());
  return abyssal;
}

/** A server that others have written. */
const EVERYTHING = new URL(
  "../../node_modules/@modelcontextprotocol/server-everything/dist/index.js",
  import.meta.url,
);

const WIPE = { description: "Wipes.", inputSchema: { type: "object" }, tainted: false } as const;

describe("a step that names its tool", () => {
  test("fetches, writes and reads without a model; what comes from outside is marked, and what is made of it", async () => {
    const { port } = await serve(() => "the news");
    const abyssal = await open({
      config: { tools: { privateHosts: [`127.0.0.1:${port}`] } },
      templates: [
        template(`
fetch: { run: { performer: http, url: "http://127.0.0.1:${port}/" } }
keep: { needs: [fetch], run: { performer: files, action: write, path: news.txt, content: "{{ steps.fetch.output }}" } }
read: { needs: [keep], run: { performer: files, action: read, path: news.txt } }`),
      ],
    });
    const result = await abyssal.execute("ABYSSAL[T]()");
    const of = (step: string) => result.results.find(({ path }) => path.endsWith(`/${step}`))!;
    expect(result.results.map(({ path, status, failure }) => [path, status, failure?.code])).toEqual([
      ["t/fetch", "succeeded", undefined],
      ["t/keep", "succeeded", undefined],
      ["t/read", "succeeded", undefined],
    ]);
    expect(of("read").status).toBe("succeeded");
    const folder = join(abyssal.workingFolder, ".abyssal", "workspaces", result.runId);
    expect(readFileSync(join(folder, "news.txt"), "utf8")).toBe("the news");
  });

  test("fails alone and typed where nobody is there, or its options are wrong; the rest goes on", async () => {
    const abyssal = await open({
      config: { tools: { mcp: [{ name: "none", command: "/no/such/program", restarts: 0 }] } },
      templates: [
        template(`
private: { run: { performer: http, url: "http://127.0.0.1:1/" } }
server: { run: { performer: mcp, server: none, tool: t } }
strange: { run: { performer: mcp, server: other, tool: t } }
agent: { run: { performer: a2a, agent: nobody, message: hi } }
options: { run: { performer: http, url: "https://example.com/", method: FETCH } }
outside: { run: { performer: files, action: read, path: ../../secret } }
fine: { run: { performer: files, action: write, path: a.txt, content: b } }`),
      ],
    });
    const { results } = await abyssal.execute("ABYSSAL[T]()");
    expect(Object.fromEntries(results.map(({ path, failure }) => [path, failure?.code ?? "fine"]))).toEqual({
      "t/private": "HTTP_ADDRESS",
      "t/server": "MCP_UNAVAILABLE",
      "t/strange": "TOOL_UNKNOWN",
      "t/agent": "TOOL_UNKNOWN",
      "t/options": "TOOL_ARGUMENTS",
      "t/outside": "FILES_PATH",
      "t/fine": "fine",
    });
  });

  test("says what may have been meant: the nearest tool of the server, the setting that allows an address", async () => {
    const main = fileURLToPath(EVERYTHING);
    const abyssal = await open({
      config: { tools: { mcp: [{ name: "every", command: process.execPath, args: [main] }] } },
      templates: [
        template(`
slip: { run: { performer: mcp, server: every, tool: ecco, arguments: { message: hi } } }
private: { run: { performer: http, url: "http://127.0.0.1:1/" } }`),
      ],
    });
    const { results } = await abyssal.execute("ABYSSAL[T]()");
    expect(results.map(({ failure }) => failure?.hint)).toEqual([
      "did you mean `mcp:every/echo`?",
      "declare `127.0.0.1:1` under `tools.private_hosts`, if it is meant",
    ]);
  });

  test("does not go where a page says until a person has allowed that very address", async () => {
    const canary = await serve(() => "hit");
    const page = await serve(() => `http://127.0.0.1:${canary.port}/stolen`);
    const privateHosts = [`127.0.0.1:${page.port}`, `localhost:${canary.port}`, `127.0.0.1:${canary.port}`];
    const text = template(`
page: { run: { performer: http, url: "http://localhost:${page.port}/" } }
go: { needs: [page], run: { performer: http, url: "{{ steps.page.output }}" } }`);
    for (const approved of [false, true]) {
      const abyssal = await open({
        config: { tools: { privateHosts: [...privateHosts, `localhost:${page.port}`] } },
        templates: [text],
      });
      const run = abyssal.start("ABYSSAL[T]()");
      const question = await new Promise<string>((resolve) => {
        run.events$.subscribe((event) => {
          if (event.type === "agent.awaitingApproval") resolve(event.question);
        });
      });
      expect(question).toContain("the host 127.0.0.1 may come from outside");
      expect(canary.hits).toEqual([]);
      run.decide("t/go", { approved });
      const { results } = await run.result;
      expect(results[1]!.failure?.code).toBe(approved ? undefined : "TOOL_REJECTED");
      expect(canary.hits).toEqual(approved ? ["/stolen"] : []);
    }
  });

  test("runs no program that a page names", async () => {
    const page = await serve(() => "touch");
    const abyssal = await open({
      config: { tools: { privateHosts: [`127.0.0.1:${page.port}`], approvalMinutes: 0 } },
      templates: [
        template(`
page: { run: { performer: http, url: "http://127.0.0.1:${page.port}/" } }
name: { needs: [page], run: { performer: command, command: "{{ steps.page.output }}", args: [owned.txt] } }
path: { needs: [page], run: { performer: command, command: touch, args: ["../{{ steps.page.output }}"] } }
key: { needs: [page], run: { performer: command, command: env, env: ["{{ steps.page.output }}"] } }
value: { needs: [page], run: { performer: command, command: env, env: ["WORD={{ steps.page.output }}"] } }
fine: { needs: [page], run: { performer: command, command: echo, args: ["{{ steps.page.output }}"] } }`),
      ],
    });
    const { results } = await abyssal.execute("ABYSSAL[T]()");
    expect(results.map(({ path, failure, status }) => [path, failure?.code ?? status])).toEqual([
      ["t/page", "succeeded"],
      ["t/name", "TOOL_REJECTED"],
      ["t/path", "TOOL_REJECTED"],
      ["t/key", "TOOL_REJECTED"],
      ["t/value", "succeeded"],
      ["t/fine", "succeeded"],
    ]);
  });
});

test("a program that holds its runtime by `await using` ends by itself, and its servers with it", () => {
  const at = fileURLToPath(EVERYTHING);
  const options = {
    workingFolder: temporaryFolder(),
    config: { tools: { mcp: [{ name: "every", command: process.execPath, args: [at] }] } },
    templates: [
      template(
        'say: { run: { performer: mcp, server: every, tool: echo, arguments: { message: "hello" } } }',
      ),
    ],
  };
  const script = `
    import { createAbyssal } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)};
    await using abyssal = await createAbyssal(${JSON.stringify(options)});
    const { status, output } = await abyssal.execute("ABYSSAL[T]()");
    console.log(status, output.includes("Echo: hello"));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 25_000,
  });
  expect(said).toBe("succeeded true\n");
});

test("what an agent's calls reach is guarded and counted as what steps call", async () => {
  const server = await modelServer([
    { match: { hasToolResult: true }, response: { content: "Answered." } },
    always({ toolCalls: [{ id: "c1", name: "command_say", arguments: '{"operands":["hello"]}' }] }),
  ]);
  const abyssal = await open({
    env: { ...process.env, ...server.env },
    config: {
      model: "openai/m",
      tools: { commands: [{ name: "say", description: "Says it.", command: "echo" }] },
    },
    templates: [
      template('work: { agent: researcher, prompt: "Do it.", tools: ["command:say"], autonomy: high }'),
    ],
  });
  expect((await abyssal.execute("ABYSSAL[T]()")).status).toBe("succeeded");
  expect(abyssal.resources().map(({ resource, calls, atWork }) => [resource, calls, atWork])).toEqual([
    ["model:openai/m", 1, 0],
    ["command:echo", 1, 0],
  ]);
});

describe("an agent with tools", () => {
  const STEP = `work: { agent: researcher, prompt: "Do it.", tools: [files.*, "function:wipe"], autonomy: medium }`;

  async function withModel(tools: Readonly<Record<string, ToolFunction>>, more: AbyssalOptions = {}) {
    const server = await modelServer([
      { match: { hasToolResult: true }, response: { content: "Answered." } },
      {
        match: { predicate: ({ tools = [] }) => tools.length > 0 },
        response: { toolCalls: [{ id: "c1", name: "function_wipe", arguments: "{}" }] },
      },
      always({ content: "Said." }),
    ]);
    const options = {
      env: server.env,
      tools,
      config: { model: "openai/m" },
      templates: [template(STEP)],
      ...more,
    };
    return { server, options };
  }

  test("calls what its step lists, and answers", async () => {
    let wiped = 0;
    const { options, server } = await withModel({ wipe: { ...WIPE, access: "read", call: () => ++wiped } });
    const abyssal = await open(options);
    const result = await abyssal.execute("ABYSSAL[T]()");
    expect(result).toMatchObject({ status: "succeeded", usage: { calls: 2 } });
    expect(result.output).toContain("Answered.");
    expect(wiped).toBe(1);
    expect(JSON.stringify(server.asked()[0])).toContain("files_read");
  });

  test("asks a person before it changes anything, outlives its process, and goes on with the decision", async () => {
    let wiped = 0;
    const wipe = { ...WIPE, call: () => ++wiped };
    const { options } = await withModel({ wipe }, { durable: true, workingFolder: temporaryFolder() });
    const before = await createAbyssal(options);
    const run = before.start("ABYSSAL[T]()");
    await new Promise<void>((resolve) => {
      run.events$.subscribe((event) => {
        if (event.type === "run.suspended") resolve();
      });
    });
    expect(wiped).toBe(0);
    before.close();
    await run.result.catch(() => {});
    const after = await open(options);
    const resumed = after.resume();
    expect(wiped).toBe(0);
    resumed.decide("t/work", { approved: true, by: "ann" });
    const result = await resumed.result;
    expect(result).toMatchObject({ status: "succeeded", usage: { calls: 2 } });
    expect(wiped).toBe(1);
  });

  test("is denied by the declared default when nobody answers, and answers all the same", async () => {
    let wiped = 0;
    const wipe = { ...WIPE, call: () => ++wiped };
    const { options, server } = await withModel({ wipe });
    const abyssal = await open({ ...options, config: { model: "openai/m", tools: { approvalMinutes: 0 } } });
    expect(await abyssal.execute("ABYSSAL[T]()")).toMatchObject({ status: "succeeded" });
    expect(wiped).toBe(0);
    expect(JSON.stringify(server.asked()[1])).toContain("TOOL_REJECTED");
  });

  test("may not name what there is not, nor more than its kind has: refused before anything runs", async () => {
    const check = async (step: string, kind = "") => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, "templates", "agents"), { recursive: true });
      const text = `name: narrow\ndescription: x\ncapabilities: []\nperformers: [draft]\nsystem: x\n${kind}`;
      writeFileSync(join(folder, "templates", "agents", "narrow.yaml"), text);
      const abyssal = await open({ workingFolder: folder, templates: [template(step)] });
      return abyssal.check("ABYSSAL[T]()").map(({ code, hint }) => [code, hint]);
    };
    expect(await check(`a: { agent: narrow, prompt: x, tools: [files.raed] }`)).toEqual([
      ["TOOL_UNKNOWN", "did you mean `files.read`?"],
    ]);
    expect(await check(`a: { agent: narrow, prompt: x, tools: ["mcp:none/x"] }`)).toMatchObject([
      { 0: "TOOL_UNKNOWN" },
    ]);
    const kind = "tools: [files.*]\n";
    expect(await check(`a: { agent: narrow, prompt: x, tools: [http.get] }`, kind)).toMatchObject([
      { 0: "TOOL_NOT_ALLOWED" },
    ]);
    expect(await check(`a: { agent: narrow, prompt: x, tools: [files.read] }`, kind)).toEqual([]);
    expect(await check(`a: { agent: narrow, prompt: x }`, kind)).toEqual([]);
  });

  test("has what AGENT's parameters say: tools, how far it goes by itself, and whether it sees the others", async () => {
    let wiped = 0;
    const wipe = { ...WIPE, call: () => ++wiped };
    const { options, server } = await withModel({ wipe });
    const abyssal = await open({ ...options, config: { model: "openai/m", tools: { approvalMinutes: 0 } } });
    const go = (name: string, level: string, mode: string) =>
      `ABYSSAL[AGENT]("${name}", {task: "Wipe.", tools: ["function:wipe"], autonomy_level: "${level}", collaboration_mode: "${mode}"})`;
    const result = await abyssal.execute(
      `${go("first", "high", "cooperative")} -> ${go("second", "medium", "independent")} -> ${go("third", "low", "supervised")}`,
    );
    expect(result.status).toBe("succeeded");
    expect(wiped).toBe(1);
    const works = server
      .asked()
      .map(({ messages }) => JSON.stringify(messages))
      .filter((text) => text.includes("Do this now") && !text.includes("tool_call_id"));
    expect(works).toHaveLength(3);
    expect(works.map((text) => text.includes("What the other agents have found"))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

test("a run that uses no tool loads neither MCP nor A2A, and a declared server is not started", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const script = `
    import { createAbyssal } from ${JSON.stringify(join(root, "src/index.ts"))};
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ load(url, context, next) { if (/modelcontextprotocol|a2a-js/.test(url)) seen.add(url); return next(url, context); } });
    const abyssal = await createAbyssal({ env: {}, config: { tools: { mcp: [{ name: "s", command: "/no/such" }] } } });
    await abyssal.execute("ABYSSAL[RESEARCH]('x')");
    abyssal.close();
    console.log(seen.size);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: temporaryFolder(),
    encoding: "utf8",
  });
  expect(out.trim()).toBe("0");
});
