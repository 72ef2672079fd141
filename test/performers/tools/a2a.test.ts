import { type Message, type Part, Role, TaskState, type TaskStatus } from "@a2a-js/sdk";
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
} from "@a2a-js/sdk/server";
import { describe, expect, test } from "vitest";
import { a2aTools } from "../../../src/performers/tools/a2a-agents.ts";
import type { ToolResult } from "../../../src/performers/tools/tool.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { bodyOf, sendJson, serve } from "./remote-server.ts";

function ask(port: number, message: string, signal = new AbortController().signal): Promise<ToolResult> {
  const setting = {
    name: "planner",
    url: `http://127.0.0.1:${port}`,
    headers: [{ name: "authorization", env: "TOKEN" }],
  };
  const [tool] = a2aTools([setting], { TOKEN: "t-1" });
  return tool!.call({ message }, { runId: "r_1", signal, idempotencyKey: "k", mayReach: () => false });
}

const failed = (code: string, words?: string) => ({
  kind: "failed",
  failure: { code, ...(words ? { message: expect.stringContaining(words) } : {}) },
});

function part(value: string): Part {
  return { content: { $case: "text", value }, metadata: undefined, filename: "", mediaType: "text/plain" };
}

function said(text: string): Message {
  return {
    messageId: "m-1",
    contextId: "",
    taskId: "",
    role: Role.ROLE_AGENT,
    parts: [part(text)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
}

function status(state: TaskState, text?: string): TaskStatus {
  return { state, message: text === undefined ? undefined : said(text), timestamp: undefined };
}

function card(url: string) {
  return {
    name: "planner",
    description: "Plans.",
    supportedInterfaces: [{ url, protocolBinding: "JSONRPC", tenant: "", protocolVersion: "1.0" }],
    provider: undefined,
    version: "1.0.0",
    capabilities: { streaming: false, pushNotifications: false, extensions: [] },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
    signatures: [],
  };
}

/** An agent behind the SDK's own server, which does what the text of a message says. */
const executor: AgentExecutor = {
  execute: async ({ taskId, contextId, userMessage }, bus) => {
    const [content] = userMessage.parts.map((one) => one.content);
    const text = content?.$case === "text" ? content.value : "";
    const task = (state: TaskState, told: string, artifact?: string) =>
      AgentEvent.task({
        id: taskId,
        contextId,
        status: status(state, told),
        artifacts:
          artifact === undefined
            ? []
            : [
                {
                  artifactId: "a-1",
                  name: "plan",
                  description: "",
                  parts: [part(artifact)],
                  metadata: undefined,
                  extensions: [],
                },
              ],
        history: [],
        metadata: undefined,
      });
    if (text === "speak") bus.publish(AgentEvent.message(said("Spoken.")));
    if (text === "plan") bus.publish(task(TaskState.TASK_STATE_COMPLETED, "Done.", "1. Begin."));
    if (text === "fail") bus.publish(task(TaskState.TASK_STATE_FAILED, "I cannot."));
    if (text === "refuse") bus.publish(task(TaskState.TASK_STATE_REJECTED, "I will not."));
    if (text === "ask") bus.publish(task(TaskState.TASK_STATE_INPUT_REQUIRED, "Which city?"));
    bus.finished();
  },
  cancelTask: async () => {},
};

/** The SDK's server, mounted on a bare one; gives its port, and notes what it was told in `authorization`. */
async function agent(tokens: string[] = []): Promise<number> {
  let handler: JsonRpcTransportHandler | undefined;
  let shown: ReturnType<typeof card> | undefined;
  const { port } = await serve(async (request, response) => {
    tokens.push(String(request.headers.authorization));
    if (request.method === "GET") return sendJson(response, shown);
    const requestedVersion = String(request.headers["a2a-version"] ?? "");
    const context = new ServerCallContext({ requestedVersion });
    const answer = await handler!.handle(await bodyOf(request), context);
    return sendJson(response, answer);
  });
  shown = card(`http://127.0.0.1:${port}/a2a`);
  handler = new JsonRpcTransportHandler(new DefaultRequestHandler(shown, new InMemoryTaskStore(), executor));
  return port;
}

describe("an agent behind the A2A project's own server", () => {
  test("answers with a message, or with a task and what it made; all of it is from outside", async () => {
    const tokens: string[] = [];
    const port = await agent(tokens);
    expect(await ask(port, "speak")).toEqual({
      kind: "done",
      text: "Spoken.",
      data: { state: "message" },
      tainted: true,
    });
    expect(await ask(port, "plan")).toEqual({
      kind: "done",
      text: "1. Begin.\nDone.",
      data: { state: "completed" },
      tainted: true,
    });
    expect(new Set(tokens)).toEqual(new Set(["t-1"]));
  });

  test("that fails, refuses or wants to know more is a typed failure, with its words", async () => {
    const port = await agent();
    expect(await ask(port, "fail")).toMatchObject(failed("A2A_FAILED", "I cannot."));
    expect(await ask(port, "refuse")).toMatchObject(failed("A2A_FAILED", "I will not."));
    expect(await ask(port, "ask")).toMatchObject(failed("A2A_INPUT_REQUIRED", "Which city?"));
  });

  test("that says nothing at all is a typed failure", async () => {
    expect(await ask(await agent(), "be silent")).toMatchObject({ kind: "failed", tainted: true });
  });
});

describe("a remote agent", () => {
  const unavailable = (words?: string) => failed("A2A_UNAVAILABLE", words);

  test("that is not there, or answers what is no card, is unavailable", async () => {
    const { port, stop } = await serve((_, response) => response.end("<html>"));
    expect(await ask(port, "x")).toMatchObject(unavailable());
    stop();
    expect(await ask(port, "x")).toMatchObject(unavailable("ECONNREFUSED"));
    const empty = await serve((_, response) => sendJson(response, {}));
    expect(await ask(empty.port, "x")).toMatchObject(unavailable());
  });

  test("whose card leads elsewhere, or that redirects, is not followed, and its headers go nowhere", async () => {
    const hits: string[] = [];
    const other = await serve((request, response) => {
      hits.push(request.url!);
      sendJson(response, {});
    });
    const led = await serve((_, response) => sendJson(response, card(`http://127.0.0.1:${other.port}/a2a`)));
    expect(await ask(led.port, "x")).toMatchObject(unavailable("leads to"));
    const sent = await serve((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${other.port}/` }).end();
    });
    expect(await ask(sent.port, "x")).toMatchObject(unavailable());
    expect(hits).toEqual([]);
  });

  /** Shows its card, and answers questions as the test says. */
  async function answering(answer: Parameters<typeof serve>[0]): Promise<number> {
    let at = 0;
    const { port } = await serve((request, response) => {
      if (request.method === "GET") return sendJson(response, card(`http://127.0.0.1:${at}/`));
      return answer(request, response);
    });
    at = port;
    return port;
  }

  test.each([
    "<html>",
    "",
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}',
  ])("that answers %j is unavailable", async (text) => {
    const port = await answering((_, response) =>
      response.setHeader("content-type", "application/json").end(text),
    );
    expect(await ask(port, "x")).toMatchObject({
      kind: "failed",
      failure: { code: expect.stringMatching(/^A2A_/) },
    });
  });

  test("that answers without end is read to the limit, and no further", async () => {
    let written = 0;
    const ended = Promise.withResolvers<void>();
    const port = await answering((_, response) => {
      response.setHeader("content-type", "application/json");
      const more = (): void => {
        while (response.writable && response.write("x".repeat(64 * 1024))) written += 64 * 1024;
      };
      response.on("drain", more);
      response.on("close", ended.resolve);
      more();
    });
    expect(await ask(port, "x")).toMatchObject(unavailable(`${LIMITS.remoteAnswerBytes} bytes`));
    await ended.promise;
    expect(written).toBeLessThan(4 * LIMITS.remoteAnswerBytes);
  });

  test("that never answers is waited for until its attempt is over, and then no longer", async () => {
    const asked = Promise.withResolvers<void>();
    const port = await answering(() => asked.resolve());
    const over = new AbortController();
    const answer = ask(port, "x", over.signal);
    await asked.promise;
    over.abort();
    expect(await answer).toMatchObject(failed("CANCELLED"));
  });
});
