/**
 * Purpose: let a model call tools until it answers, each question being one call of `AskModel`.
 * Owns: the conversation, what it has used. Does not own: which tools there are, whether a call is allowed (tools/border.ts).
 * Invariants:
 * L1 no tool is called that was not offered, with an input that breaks its schema, or without the border's leave.
 * L2 a call that needs a person's word ends the attempt with the conversation as state; the very call that was shown is made, or not.
 * L3 after the signal has aborted neither the model nor a tool is called.
 * L4 at most `stepsMax` answers are asked for.
 * L5 a call passes the guards of what it reaches; one that they refuse is not made, and the model is told why.
 */

import type { PerformContext, Resumed } from "../../actors/ports.ts";
import { addUsage, type Failure, NO_USAGE, type Usage } from "../../plan/outcome.ts";
import type { Json, JsonObject } from "../../shared/json.ts";
import { LIMITS } from "../../shared/limits.ts";
import { thrownWords } from "../../shared/thrown-words.ts";
import { judgeCall, type Sight } from "../tools/border.ts";
import { Offers } from "../tools/offers.ts";
import { isTrustedHost } from "../tools/reaches.ts";
import type { Tool, ToolContext, ToolResult } from "../tools/tool.ts";
import { toolFailed } from "../tools/tool.ts";
import type { AskModel, Message, Question, ToolCall, ToolOffer, ToolReply } from "./question.ts";

/** What a model may use, and how far it may go by itself. */
export type ToolTerms = {
  readonly tools: readonly Tool[];
  readonly sight: Sight;
  /** Answers of the model in one piece of work. */
  readonly stepsMax: number;
};

export type LoopEnd =
  | ({
      readonly kind: "text";
      readonly text: string;
      readonly messages: readonly Message[];
      readonly tools: readonly ToolOffer[];
    } & Spent)
  | ({ readonly kind: "failed"; readonly failure: Failure } & Spent)
  | ({ readonly kind: "asks"; readonly question: string; readonly state: Json } & Spent);

type Spent = { readonly usage: Usage; readonly isTainted: boolean };

/** Where an attempt stopped to ask: in the midst of the calls of the last answer. */
type Stop = {
  readonly messages: readonly Message[];
  readonly calls: readonly ToolCall[];
  readonly replies: readonly ToolReply[];
  readonly steps: number;
  readonly isTainted: boolean;
};

export async function runToolLoop(
  ask: AskModel,
  question: Question,
  terms: ToolTerms,
  context: Pick<PerformContext, "signal" | "emit" | "idempotencyKey" | "guards"> & { readonly runId: string },
  resumed?: Resumed,
): Promise<LoopEnd> {
  return new ToolLoop(ask, question, terms, context).run(resumed);
}

class ToolLoop {
  readonly #ask: AskModel;
  readonly #question: Question;
  readonly #terms: ToolTerms;
  readonly #context: Parameters<typeof runToolLoop>[3];
  readonly #offers: Offers;
  #messages: readonly Message[];
  #usage: Usage = NO_USAGE;
  #isTainted: boolean;
  #steps = 0;

  constructor(
    ask: AskModel,
    question: Question,
    terms: ToolTerms,
    context: Parameters<typeof runToolLoop>[3],
  ) {
    this.#ask = ask;
    this.#question = question;
    this.#terms = terms;
    this.#context = context;
    this.#offers = new Offers(terms.tools);
    this.#messages = question.messages;
    this.#isTainted = terms.sight.isTainted || this.#offers.areForeign;
  }

  async run(resumed: Resumed | undefined): Promise<LoopEnd> {
    if (resumed) {
      const stop = resumed.state as unknown as Stop;
      this.#messages = stop.messages;
      this.#isTainted ||= stop.isTainted;
      this.#steps = stop.steps;
      const end = await this.#answerCalls(stop.calls, stop.replies, resumed);
      if (end) return end;
    }
    const tools = this.#offers.list();
    while (this.#steps < this.#terms.stepsMax) {
      this.#steps++;
      // Data by a schema is asked for once tools have given what is needed: providers force a form on every answer.
      const asked = { ...this.#question, messages: this.#messages, tools, schema: null };
      const answer = await this.#ask(asked, this.#context.signal, this.#context.emit);
      this.#usage = addUsage(this.#usage, answer.usage);
      if (answer.kind === "failed") return { kind: "failed", failure: answer.failure, ...this.#spent };
      if (answer.kind === "text")
        return { kind: "text", text: answer.text, messages: this.#messages, tools, ...this.#spent };
      this.#messages = [...this.#messages, { role: "assistant", content: answer.text, calls: answer.calls }];
      const end = await this.#answerCalls(answer.calls, [], undefined);
      if (end) return end;
    }
    return { kind: "failed", failure: tooManySteps(this.#terms.stepsMax), ...this.#spent };
  }

  get #spent(): Spent {
    return { usage: this.#usage, isTainted: this.#isTainted };
  }

  /** Makes the calls of an answer one after the other; an end, where the attempt is over. `decision` is about the first that has no reply. */
  async #answerCalls(
    calls: readonly ToolCall[],
    before: readonly ToolReply[],
    decision: Resumed | undefined,
  ): Promise<LoopEnd | null> {
    const replies = [...before];
    for (const call of calls.slice(before.length)) {
      if (this.#context.signal.aborted) return { kind: "failed", failure: CANCELLED, ...this.#spent };
      const decided = replies.length === before.length ? decision : undefined;
      const result = await this.#make(call, replies.length, decided);
      if (result.kind === "asks") return this.#stop(result.why, call, { calls, replies });
      this.#isTainted ||= result.tainted;
      replies.push(replyTo(call, result));
    }
    this.#messages = [...this.#messages, { role: "tool", results: replies }];
    return null;
  }

  async #make(
    call: ToolCall,
    place: number,
    decision: Resumed | undefined,
  ): Promise<ToolResult | { readonly kind: "asks"; readonly why: string }> {
    const read = this.#offers.read(call);
    if (!read.ok) return read.error;
    const { tool, input } = read.value;
    const sight = { ...this.#terms.sight, isTainted: this.#isTainted };
    const verdict = judgeCall(tool, input, sight);
    if (decision && !decision.approved) return rejected(tool, decision);
    if (!decision && verdict.kind === "ask") return { kind: "asks", why: verdict.why };
    const passed = await this.#context.guards?.enter(tool.resources?.(input) ?? []);
    if (passed && "code" in passed) return { kind: "failed", failure: passed, tainted: false };
    const { signal, emit, idempotencyKey, runId } = this.#context;
    emit({ type: "progress", message: `calls ${tool.name}` });
    const result = await outcomeOf(tool, input, {
      runId,
      signal,
      idempotencyKey: `${idempotencyKey}/${this.#steps}.${place}`,
      mayReach: (host) => !this.#isTainted || isTrustedHost(host, sight.trust),
    });
    passed?.leave(result.kind === "failed" ? result.failure : null);
    return result;
  }

  #stop(why: string, call: ToolCall, { calls, replies }: Pick<Stop, "calls" | "replies">): LoopEnd {
    const stop: Stop = {
      messages: this.#messages,
      calls,
      replies,
      steps: this.#steps,
      isTainted: this.#isTainted,
    };
    const state = JSON.parse(JSON.stringify(stop)) as Json;
    if (JSON.stringify(state).length > LIMITS.askStateCharacters)
      return { kind: "failed", failure: tooLong(), ...this.#spent };
    const read = this.#offers.read(call);
    const name = read.ok ? read.value.tool.name : call.name;
    const input = JSON.stringify(call.input, null, 1).slice(0, QUESTION_CHARACTERS);
    return { kind: "asks", question: `May it call ${name}? ${why}.\n${input}`, state, ...this.#spent };
  }
}

/** A tool that throws has failed with TOOL_CRASHED. */
async function outcomeOf(tool: Tool, input: JsonObject, context: ToolContext): Promise<ToolResult> {
  try {
    return await tool.call(input, context);
  } catch (error) {
    const message = thrownWords(error);
    return { ...toolFailed("TOOL_CRASHED", `${tool.name}: ${message}`), tainted: true };
  }
}

/** Characters of an input that a person is shown: all of it, for all but the largest. */
const QUESTION_CHARACTERS = 8_000;

function replyTo({ id, name }: ToolCall, result: ToolResult): ToolReply {
  const text =
    result.kind === "done"
      ? result.text
      : `${result.failure.code}: ${result.failure.message}${hintOf(result.failure)}`;
  const most = LIMITS.toolResultCharacters;
  const shown = text.length > most ? `${text.slice(0, most)}\n(${text.length - most} more characters)` : text;
  return { id, name, text: shown, isError: result.kind === "failed" };
}

/** What the answer says in the failure is part of what a model may want to see. */
function hintOf({ hint, detail }: Failure): string {
  return `${hint ? ` (${hint})` : ""}${detail ? `\n${JSON.stringify(detail)}` : ""}`;
}

function rejected(tool: Tool, { by, answer }: Resumed): ToolResult {
  const who = by ? ` by ${by}` : "";
  return toolFailed(
    "TOOL_REJECTED",
    `the call of ${tool.name} was rejected${who}${answer ? `: ${answer}` : ""}`,
    {
      hint: "go on without it",
    },
  );
}

function tooManySteps(most: number): Failure {
  return {
    code: "TOOL_STEPS_EXCEEDED",
    message: `the model still calls tools after ${most} answers`,
    retryable: false,
    hint: "raise tools.steps, or ask for less",
  };
}

function tooLong(): Failure {
  const message = `what would have to be kept while a person is asked is longer than ${LIMITS.askStateCharacters} characters`;
  return { code: "TOOL_STATE_TOO_LARGE", message, retryable: false };
}

const CANCELLED: Failure = { code: "CANCELLED", message: "cancelled between two calls", retryable: false };
