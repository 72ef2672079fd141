import { createProviderRegistry, jsonSchema, Output, streamText } from "ai";
import type { Signal } from "../../actors/ports.ts";
import { type Failure, NO_USAGE, type Usage } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { callFailure, unavailable } from "./call-failure.ts";
import type { ModelName } from "./model-name.ts";
import { costMicros, type Price } from "./prices.ts";
import type { ProviderAccess } from "./provider-access.ts";
import type { Answer, AskModel, ToolCall } from "./question.ts";
import { sdkMessages, sdkTools, toolCallOf } from "./sdk-messages.ts";

type Terms = {
  readonly name: ModelName;
  readonly access: ProviderAccess;
  readonly price: Price | null;
  readonly maxOutputTokens: number;
};

/** A model as something to ask. Loads its provider. */
export async function openModel(terms: Terms): Promise<AskModel> {
  const { name, access, price, maxOutputTokens } = terms;
  // The SDK writes warnings to the console unless told otherwise; here they are signals.
  globalThis.AI_SDK_LOG_WARNINGS ??= false;
  const model = await languageModel(name, access);
  return async (question, signal, emit) => {
    if (signal.aborted) return { kind: "failed", failure: CANCELLED, usage: NO_USAGE };
    const over = new AbortController();
    const stream = streamText({
      model,
      instructions: question.system,
      messages: sdkMessages(question.messages),
      ...(question.tools?.length ? { tools: sdkTools(question.tools) } : {}),
      ...(question.temperature === undefined ? {} : { temperature: question.temperature }),
      ...(question.schema && isObjectSchema(question.schema)
        ? { output: Output.object({ schema: jsonSchema(question.schema) }) }
        : {}),
      // A step's schema need not keep to the subset that OpenAI calls strict; the answer is held to it here.
      providerOptions: { openai: { strictJsonSchema: false } },
      maxOutputTokens,
      maxRetries: 0,
      abortSignal: AbortSignal.any([signal, over.signal]),
      onError: () => {},
    });
    const answer = await listen(stream.stream, { signal, emit, price, secret: access.apiKey });
    // Whoever goes on talking after the answer is not listened to.
    over.abort();
    return answer;
  };
}

type Listening = {
  readonly signal: AbortSignal;
  readonly emit: (signal: Signal) => void;
  readonly price: Price | null;
  readonly secret: string;
};

async function listen(
  stream: ReturnType<typeof streamText>["stream"],
  { signal, emit, price, secret }: Listening,
): Promise<Answer> {
  let text = "";
  const calls: ToolCall[] = [];
  let usage: Usage = { ...NO_USAGE, calls: 1 };
  const failed = (failure: Failure): Answer => ({ kind: "failed", failure, usage });
  try {
    for await (const part of stream) {
      if (signal.aborted || part.type === "abort") return failed(CANCELLED);
      if (part.type === "error") return failed(callFailure(part.error, secret));
      if (part.type === "start-step")
        for (const warning of part.warnings)
          emit({ type: "log", level: "warn", message: `the model's provider: ${JSON.stringify(warning)}` });
      if (part.type === "text-delta") {
        text += part.text;
        if (text.length > LIMITS.modelAnswerCharacters) return failed(tooLong(LIMITS.modelAnswerCharacters));
        emit({ type: "token", text: part.text });
      }
      if (part.type === "tool-call") {
        calls.push(toolCallOf(part));
        if (calls.length > LIMITS.toolCallsOfAnswer) return failed(tooManyCalls(LIMITS.toolCallsOfAnswer));
      }
      if (part.type === "finish") {
        usage = usageOf(part.totalUsage, price);
        // Servers say of calls that they are the end, or that they have stopped.
        if (calls.length > 0 && (part.finishReason === "tool-calls" || part.finishReason === "stop"))
          return { kind: "calls", text, calls, usage };
        const refusal = endFailure(part.finishReason, part.rawFinishReason);
        return refusal ? failed(refusal) : { kind: "text", text, usage };
      }
    }
    return failed(signal.aborted ? CANCELLED : unavailable("it broke off", {}));
  } catch (error) {
    return failed(signal.aborted ? CANCELLED : callFailure(error, secret));
  }
}

/** A server that writes on, whatever it was allowed. */
function tooLong(characters: number): Failure {
  const message = `the answer is longer than ${characters} characters`;
  return { code: "MODEL_OUTPUT_TOO_LONG", message, retryable: false, hint: "ask for less" };
}

function tooManyCalls(most: number): Failure {
  const message = `the model wants more than ${most} tools called at once`;
  return { code: "MODEL_OUTPUT_TOO_LONG", message, retryable: false, hint: "ask for less" };
}

/** Why an answer that has ended is none; null: it is one. */
function endFailure(reason: string, raw: string | undefined): Failure | null {
  const detail = { finishReason: raw ?? reason };
  if (reason === "stop") return null;
  if (reason === "length")
    return {
      code: "MODEL_OUTPUT_TOO_LONG",
      message: "the answer was cut off at the most tokens that one may have",
      retryable: false,
      hint: "raise models.max_output_tokens, or ask for less",
      detail,
    };
  if (reason === "content-filter" || raw === "content_filter" || raw === "refusal")
    return { code: "MODEL_REFUSED", message: "the model refuses to answer", retryable: false, detail };
  // Servers end with words of their own too; without any word the answer broke off.
  return raw === undefined ? unavailable(`it broke off (${reason})`, detail) : null;
}

type TokenCounts = {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined };
};

function usageOf({ inputTokens, outputTokens, inputTokenDetails }: TokenCounts, price: Price | null): Usage {
  const [input, output] = [inputTokens ?? 0, outputTokens ?? 0];
  const cached = Math.min(input, inputTokenDetails.cacheReadTokens ?? 0);
  return {
    calls: 1,
    inputTokens: input,
    outputTokens: output,
    costMicros: price ? costMicros(price, { input, cached, output }) : 0,
  };
}

async function languageModel({ provider, model }: ModelName, { apiKey, baseUrl }: ProviderAccess) {
  const settings = { apiKey, baseURL: baseUrl, fetch: fetchThere };
  switch (provider) {
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      const openai = createOpenAI(settings);
      // Chat completions are what every compatible server speaks.
      const chat = { ...openai, specificationVersion: "v4" as const, languageModel: openai.chat };
      return createProviderRegistry({ openai: chat }, { separator: "/" }).languageModel(`openai/${model}`);
    }
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      const registry = createProviderRegistry({ anthropic: createAnthropic(settings) }, { separator: "/" });
      return registry.languageModel(`anthropic/${model}`);
    }
  }
}

/** A key is for one address: a redirection would carry it, and what was asked, elsewhere. */
const fetchThere: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "error" });

/** Providers take no other schema at the root. */
function isObjectSchema({ type }: JsonObject): boolean {
  return type === "object";
}

const CANCELLED: Failure = {
  code: "CANCELLED",
  message: "cancelled while the model answered",
  retryable: false,
};
