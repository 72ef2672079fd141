import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4Usage,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { Signal } from "../../actors/ports.ts";
import { type Charge, type Failure, NO_USAGE, type Usage, untoldUsage } from "../../plan/outcome.ts";
import type { JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { callBound } from "./budgeted-model.ts";
import { answerTooLong, callFailure, isUncharged, tooManyCalls, unavailable } from "./call-failure.ts";
import { languageModel } from "./language-model.ts";
import { costMicros, type Price } from "./prices.ts";
import type { ProviderAccess } from "./provider-access.ts";
import type { Answer, AskModel, Question, ToolCall } from "./question.ts";
import { sdkPrompt, sdkTools, toolCallOf } from "./sdk-messages.ts";

type Terms = {
  /** As its provider calls it. */
  readonly model: string;
  readonly access: ProviderAccess;
  readonly price: Price | null;
  readonly maxOutputTokens: number;
};

/** What came back of a call, put together. */
type Spoken = {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly usage: LanguageModelV4Usage;
  readonly finish: LanguageModelV4FinishReason;
};

type Emit = (signal: Signal) => void;

/**
 * A model as something to ask. Loads its provider. An answer whose words nobody wants while they come is asked for whole: that
 * takes a third of the processor time. A long one is streamed all the same, for connections do not stay silent for ever.
 */
export async function openModel({ model: name, access, price, maxOutputTokens }: Terms): Promise<AskModel> {
  const forms = [languageModel(name, access, "whole"), languageModel(name, access, "streamed")] as const;
  const [model, streaming] = await Promise.all(forms);
  const isLong = maxOutputTokens > LIMITS.wholeAnswerTokens;
  return async (question, signal, emit) => {
    if (signal.aborted) return { kind: "failed", failure: CANCELLED, usage: NO_USAGE };
    const options = optionsFor(question, maxOutputTokens, access.speaks === "anthropic");
    const bound = (): Charge => callBound(question, { price, maxOutputTokens });
    try {
      const spoken =
        question.isHeard === false && !isLong
          ? await whole(await model.doGenerate({ ...options, abortSignal: signal }), emit)
          : await streamed(streaming, options, signal, emit);
      const usage = isTold(spoken.usage) ? usageOf(spoken.usage, price) : untoldUsage(bound());
      return signal.aborted ? { kind: "failed", failure: CANCELLED, usage } : answerOf(spoken, usage);
    } catch (error) {
      const failure = signal.aborted ? CANCELLED : callFailure(error, access);
      const isFree = !signal.aborted && isUncharged(error);
      return { kind: "failed", failure, usage: isFree ? { ...NO_USAGE, calls: 1 } : untoldUsage(bound()) };
    }
  };
}

function optionsFor(
  question: Question,
  maxOutputTokens: number,
  isMarked: boolean,
): LanguageModelV4CallOptions {
  const { schema, tools, temperature } = question;
  return {
    prompt: sdkPrompt(isMarked ? question : { ...question, shared: 0 }),
    maxOutputTokens,
    ...(tools?.length ? { tools: sdkTools(tools), toolChoice: { type: "auto" as const } } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(schema && isObjectSchema(schema) ? { responseFormat: { type: "json", schema }, ...NOT_STRICT } : {}),
  };
}

/** A step's schema need not keep to the subset that OpenAI calls strict; the answer is held to it here. */
const NOT_STRICT = { providerOptions: { openai: { strictJsonSchema: false } } };

type Model = Awaited<ReturnType<typeof languageModel>>;

function whole(
  { content, usage, finishReason, warnings }: Awaited<ReturnType<Model["doGenerate"]>>,
  emit: Emit,
): Spoken {
  warn(warnings, emit);
  const calls: ToolCall[] = [];
  let text = "";
  for (const part of content) {
    if (part.type === "text") text += part.text;
    if (part.type === "tool-call") calls.push(toolCallOf(part));
  }
  return { text, calls, usage, finish: finishReason };
}

async function streamed(
  model: Model,
  options: LanguageModelV4CallOptions,
  signal: AbortSignal,
  emit: Emit,
): Promise<Spoken> {
  const over = new AbortController();
  const { stream, response } = await model.doStream({
    ...options,
    abortSignal: AbortSignal.any([signal, over.signal]),
  });
  const calls: ToolCall[] = [];
  let text = "";
  try {
    for await (const part of stream) {
      if (signal.aborted) break;
      if (part.type === "error") throw part.error;
      if (part.type === "stream-start") warn(part.warnings, emit);
      if (part.type === "text-delta") {
        text += part.delta;
        if (text.length > LIMITS.modelAnswerCharacters) break;
        emit({ type: "token", text: part.delta });
      }
      if (part.type === "tool-call") calls.push(toolCallOf(part));
      if (part.type !== "finish") continue;
      const { usage, finishReason: finish } = part;
      const type = response?.headers?.["content-type"] ?? "";
      if (finish.raw === undefined && !type.includes("event-stream"))
        throw new Error(`the server answers with ${type || "something"} that is no stream of words`);
      return { text, calls, usage, finish };
    }
    return { text, calls, usage: UNTOLD, finish: { unified: "interrupted", raw: undefined } };
  } finally {
    // Whoever goes on talking after the answer is not listened to.
    over.abort();
  }
}

function answerOf({ text, calls, finish }: Spoken, usage: Usage): Answer {
  const not = (failure: Failure): Answer => ({ kind: "failed", failure, usage });
  if (text.length > LIMITS.modelAnswerCharacters) return not(answerTooLong());
  if (calls.length > LIMITS.toolCallsOfAnswer) return not(tooManyCalls(LIMITS.toolCallsOfAnswer));
  // Servers say of calls that they are the end, or that they have stopped.
  if (calls.length > 0 && (finish.unified === "tool-calls" || finish.unified === "stop"))
    return { kind: "calls", text, calls, usage };
  const refusal = endFailure(finish);
  return refusal ? not(refusal) : { kind: "text", text, usage };
}

/** Why an answer that has ended is none; null: it is one. */
function endFailure({ unified, raw }: LanguageModelV4FinishReason): Failure | null {
  const detail = { finishReason: raw ?? unified };
  if (unified === "stop") return null;
  if (unified === "length")
    return {
      code: "MODEL_OUTPUT_TOO_LONG",
      message: "the answer was cut off at the most tokens that one may have",
      retryable: false,
      hint: "raise models.max_output_tokens, or ask for less",
      detail,
    };
  if (unified === "content-filter" || raw === "content_filter" || raw === "refusal")
    return { code: "MODEL_REFUSED", message: "the model refuses to answer", retryable: false, detail };
  // Servers end with words of their own too; without any word the answer broke off.
  return raw === undefined ? unavailable(`it broke off (${unified})`, detail) : null;
}

function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage, price: Price | null): Usage {
  const [input, output] = [count(inputTokens.total), count(outputTokens.total)];
  const cached = Math.min(input, count(inputTokens.cacheRead));
  const written = Math.min(input - cached, count(inputTokens.cacheWrite));
  return {
    calls: 1,
    inputTokens: input,
    outputTokens: output,
    costMicros: price ? costMicros(price, { input, cached, written, output }) : 0,
  };
}

function isTold({ inputTokens, outputTokens }: LanguageModelV4Usage): boolean {
  return isCount(inputTokens.total) && isCount(outputTokens.total);
}

/** Whether that can be a number of tokens: less than none would give a budget back what it never held. */
function isCount(tokens: number | undefined): tokens is number {
  return Number.isInteger(tokens) && tokens! >= 0 && tokens! <= LIMITS.tokensOfCall;
}

function count(tokens: number | undefined): number {
  return isCount(tokens) ? tokens : 0;
}

function warn(warnings: readonly SharedV4Warning[], emit: Emit): void {
  for (const warning of warnings)
    emit({ type: "log", level: "warn", message: `the model's provider: ${JSON.stringify(warning)}` });
}

/** Providers take no other schema at the root. */
function isObjectSchema({ type }: JsonObject): boolean {
  return type === "object";
}

/** Of a stream that ended before it said. */
const UNTOLD: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

const CANCELLED: Failure = {
  code: "CANCELLED",
  message: "cancelled while the model answered",
  retryable: false,
};
