import type {
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider";
import { FORBIDDEN_KEYS, type Json } from "../../shared/json.ts";
import type { Message, Question, ToolCall, ToolOffer } from "./question.ts";

/**
 * Characters from which on a prefix that questions share is worth a mark; shorter ones Anthropic does not keep (1,024 tokens at least, by
 * its documentation), and each one that is kept costs a quarter more than it would.
 */
const WORTH_KEEPING = 4_000;

/**
 * A question's conversation as providers of the AI SDK take it. What it shares with others is marked for Anthropic's prefix cache, which keeps
 * only what is marked; other providers find it themselves, and do not see the mark.
 */
export function sdkPrompt({ system, messages, shared = 0 }: Question): LanguageModelV4Prompt {
  const [first, ...rest] = messages;
  const begin =
    first?.role === "user" && shared >= WORTH_KEEPING
      ? cut(first.content, shared)
      : first && sdkMessage(first);
  return [{ role: "system", content: system }, ...(begin ? [begin] : []), ...rest.map(sdkMessage)];
}

function cut(text: string, at: number): LanguageModelV4Message {
  const providerOptions = { anthropic: { cacheControl: { type: "ephemeral" } } };
  const own = text.slice(at);
  return {
    role: "user",
    content: [
      { type: "text", text: text.slice(0, at), providerOptions },
      ...(own === "" ? [] : [{ type: "text" as const, text: own }]),
    ],
  };
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
