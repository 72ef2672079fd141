import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider";
import { FORBIDDEN_KEYS, type Json } from "../../shared/json.ts";
import type { Message, Question, ToolCall, ToolOffer } from "./question.ts";

/** A question's conversation as providers of the AI SDK take it. */
export function sdkPrompt({ system, messages }: Question): LanguageModelV4Prompt {
  return [{ role: "system", content: system }, ...messages.map(sdkMessage)];
}

function sdkMessage(message: Message): LanguageModelV4Message {
  switch (message.role) {
    case "user":
      return { role: "user", content: [{ type: "text", text: message.content }] };
    case "assistant": {
      const { content, calls = [] } = message;
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

/** Tools as providers offer them. */
export function sdkTools(offers: readonly ToolOffer[]): LanguageModelV4FunctionTool[] {
  return offers.map(({ name, description, inputSchema }) => ({
    type: "function",
    name,
    description,
    inputSchema: inputSchema as LanguageModelV4FunctionTool["inputSchema"],
  }));
}

/** A call as it came in; a name that nobody offered and an input that is no JSON stay what they are. */
export function toolCallOf(part: {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: string;
}): ToolCall {
  return { id: part.toolCallId, name: part.toolName, input: plain(part.input) };
}

/** No arguments at all are an empty object: tools without parameters are called so. */
function plain(input: string): Json {
  if (input.trim() === "") return {};
  try {
    return JSON.parse(input, (key, value: Json) => (FORBIDDEN_KEYS.has(key) ? undefined : value)) as Json;
  } catch {
    return input;
  }
}
