import type { CallAccess } from "../../actors/ports.ts";
import { type Charge, type Failure, NO_USAGE } from "../../plan/outcome.ts";
import { costMicros, type Price } from "./prices.ts";
import type { AskModel, Question } from "./question.ts";

type Terms = { readonly price: Price | null; readonly maxOutputTokens: number };

/** Tokens that a provider adds to any call, and to one that offers tools or has a schema (which some offer as a tool). */
const ADDED_TOKENS = { any: 64, withTools: 1_024 } as const;

/** The same model, each call of which the run counts, and lets begin only when its budgets have room for the most that it may take. */
export function budgetedModel(ask: AskModel, calls: CallAccess, terms: Terms): AskModel {
  return async (question, signal, emit) => {
    const bound = callBound(question, terms);
    let reserved: Awaited<ReturnType<CallAccess["reserve"]>>;
    try {
      reserved = await calls.reserve(bound);
    } catch {
      return { kind: "failed", failure: CANCELLED, usage: NO_USAGE };
    }
    if ("code" in reserved) return { kind: "failed", failure: reserved, usage: NO_USAGE };
    const answer = await ask(question, signal, emit);
    reserved.settle(answer.usage);
    return answer;
  };
}

/**
 * The most that one call may take: a token of a byte-level tokenizer stands for at least one byte of what is sent, and no more is
 * written than is allowed.
 */
export function callBound({ system, messages, schema, tools }: Question, terms: Terms): Charge {
  const { price, maxOutputTokens } = terms;
  const bytes = Buffer.byteLength(JSON.stringify({ system, messages, schema, tools }));
  const input = bytes + ADDED_TOKENS.any + (tools?.length || schema ? ADDED_TOKENS.withTools : 0);
  const output = maxOutputTokens;
  const priced = ([cached, written]: readonly [number, number]): number =>
    price ? costMicros(price, { input, cached, written, output }) : 0;
  // All of the input fresh, or from the provider's cache, or put there: whatever costs most.
  const worst = Math.max(...[[0, 0] as const, [input, 0] as const, [0, input] as const].map(priced));
  return { tokens: input + output, costMicros: worst };
}

const CANCELLED: Failure = {
  code: "CANCELLED",
  message: "cancelled while the call waited for room in its budget",
  retryable: false,
};
