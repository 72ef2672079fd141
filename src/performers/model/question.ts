import type { Signal } from "../../actors/ports.ts";
import type { Failure, Usage } from "../../plan/outcome.ts";
import type { Json, JsonObject } from "../../shared/json.ts";

/** What is said in a conversation with a model. Results of tools follow the message that called them, in its order. */
export type Message =
  | { readonly role: "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string; readonly calls?: readonly ToolCall[] }
  | { readonly role: "tool"; readonly results: readonly ToolReply[] };

/** A tool as a model is told of it; `name` is letters, digits, `_` and `-`, at most 64 of them. */
export type ToolOffer = {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema whose root is an object. */
  readonly inputSchema: JsonObject;
};

/** A model's wish that a tool be called. Nothing of it has been checked: not the name, not the input. */
export type ToolCall = { readonly id: string; readonly name: string; readonly input: Json };

/** What a model is told of a call; `isError`: why there is no result. */
export type ToolReply = {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
};

/** One question, with everything that was said before it. */
export type Question = {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly temperature?: number | undefined;
  /** A JSON Schema for the answer; null: any text. */
  readonly schema: JsonObject | null;
  /** What may be called in place of an answer. */
  readonly tools?: readonly ToolOffer[] | undefined;
  /** Characters of the first message, from its beginning, that other questions begin with as well; default: none. */
  readonly shared?: number | undefined;
  /** False: nobody wants the words while they come; default: they are streamed. */
  readonly isHeard?: boolean | undefined;
};

/**
 * What came back of one call, and what it cost: `untold` where the provider may have counted tokens of which it has told nothing (an answer
 * that broke off, a server that tells no usage). `failure` says why there is no text. `isShared`: another one paid for the call.
 */
export type Answer = Said & { readonly isShared?: true };

type Said =
  | { readonly kind: "text"; readonly text: string; readonly usage: Usage }
  /** Calls of tools, at least one, and what was said beside them. */
  | {
      readonly kind: "calls";
      readonly text: string;
      readonly calls: readonly ToolCall[];
      readonly usage: Usage;
    }
  | { readonly kind: "failed"; readonly failure: Failure; readonly usage: Usage };

/** Asks once: no retries, whatever happens; aborts with `signal`. Never throws. Calls come only where tools are offered. */
export type AskModel = (
  question: Question,
  signal: AbortSignal,
  emit: (signal: Signal) => void,
) => Promise<Answer>;
