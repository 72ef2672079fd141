import { randomUUID } from "node:crypto";
import type { Failure } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";
import { errorWords } from "../error-words.ts";
import { type HeaderSetting, headersFrom } from "./secret-headers.ts";
import { type Tool, type ToolContext, type ToolResult, toolFailed } from "./tool.ts";

/** A remote agent as it is declared: where its card stands. */
export type A2aSetting = {
  readonly name: string;
  readonly url: string;
  readonly description?: string | undefined;
  readonly headers?: readonly HeaderSetting[] | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** `a2a:NAME` for each declared agent. Failures: A2A_UNAVAILABLE, A2A_FAILED, A2A_INPUT_REQUIRED, CANCELLED. */
export function a2aTools(agents: readonly A2aSetting[], env: Environment): readonly Tool[] {
  return agents.map((agent) => ({
    name: `a2a:${agent.name}`,
    description: agent.description ?? `Asks the remote agent ${agent.name}.`,
    inputSchema: {
      type: "object",
      properties: { message: { type: "string" } },
      required: ["message"],
      additionalProperties: false,
    },
    access: "write",
    resources: () => [`a2a:${agent.name}`],
    // Where it goes is declared; what it says is a message, and no address.
    reach: () => ({ addresses: [], paths: [] }),
    call: (input, context) => ask(agent, env, String(input.message), context),
  }));
}

async function ask(
  agent: A2aSetting,
  env: Environment,
  text: string,
  { signal }: ToolContext,
): Promise<ToolResult> {
  try {
    const { askA2a } = await import("./a2a-client.ts");
    const answer = await askA2a({
      url: agent.url,
      headers: headersFrom(agent.headers, env),
      text,
      messageId: randomUUID(),
      signal,
    });
    if (answer.kind === "done") {
      const data: JsonObject = { state: answer.state, ...(answer.data ? { data: answer.data } : {}) };
      return { kind: "done", text: answer.text, data, tainted: true };
    }
    const code = answer.kind === "asks" ? "A2A_INPUT_REQUIRED" : "A2A_FAILED";
    return {
      kind: "failed",
      failure: {
        code,
        message: `the agent ${agent.name} ended as ${answer.state}: ${answer.text.slice(0, 1_000)}`,
        retryable: false,
      },
      tainted: true,
    };
  } catch (error) {
    if (signal.aborted) return toolFailed("CANCELLED", "cancelled while the agent answered");
    return { kind: "failed", failure: unavailable(agent.name, error), tainted: true };
  }
}

function unavailable(name: string, error: unknown): Failure {
  const message = `the agent ${name} gave no answer: ${errorWords(error)}`;
  return { code: "A2A_UNAVAILABLE", message, retryable: true };
}
