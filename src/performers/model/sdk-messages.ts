import { jsonSchema, type ModelMessage, type ToolSet, tool } from "ai";
import { FORBIDDEN_KEYS, type Json } from "../../shared/json.ts";
import type { Message, ToolCall, ToolOffer } from "./question.ts";

/** A conversation as the SDK takes it. */
export function sdkMessages(messages: readonly Message[]): ModelMessage[] {
  return messages.map(sdkMessage);
}

function sdkMessage(message: Message): ModelMessage {
  switch (message.role) {
    case "user":
      return { role: "user", content: message.content };
    case "assistant": {
      const { content, calls = [] } = message;
      if (calls.length === 0) return { role: "assistant", content };
      const called = calls.map(({ id, name, input }) => ({
        type: "tool-call" as const,
        toolCallId: id,
        toolName: name,
        input,
      }));
      const said = content === "" ? [] : [{ type: "text" as const, text: content }];
      return { role: "assistant", content: [...said, ...called] };
    }
    case "tool":
      return {
        role: "tool",
        content: message.results.map(({ id, name, text, isError }) => ({
          type: "tool-result" as const,
          toolCallId: id,
          toolName: name,
          output: { type: isError ? ("error-text" as const) : ("text" as const), value: text },
        })),
      };
  }
}

/** Tools as the SDK offers them: without anything to execute, so that a call comes back to us. */
export function sdkTools(offers: readonly ToolOffer[]): ToolSet {
  const tools: ToolSet = {};
  for (const { name, description, inputSchema } of offers)
    tools[name] = tool({ description, inputSchema: jsonSchema(inputSchema) });
  return tools;
}

/** A call as it came in; a name that nobody offered and an input that is no JSON stay what they are. */
export function toolCallOf(part: {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
}): ToolCall {
  return { id: part.toolCallId, name: part.toolName, input: plain(part.input) };
}

function plain(input: unknown): Json {
  const text = JSON.stringify(input, (key, value: unknown) =>
    FORBIDDEN_KEYS.has(key) ? undefined : value,
  ) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
}
