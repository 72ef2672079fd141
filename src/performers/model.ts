import type { Performer } from "../actors/ports.ts";
import type { Failure } from "../plan/outcome.ts";
import { ok, type Result } from "../shared/result.ts";
import { openModel } from "./model/ask-model.ts";
import { budgetedModel } from "./model/budgeted-model.ts";
import { converse } from "./model/converse.ts";
import { type ModelSettings, modelDependence } from "./model/dependence.ts";
import type { Models } from "./model/models.ts";
import { answerSchema, promptFor } from "./model/prompt.ts";
import type { AskModel } from "./model/question.ts";
import { SharedCalls } from "./model/shared-calls.ts";
import { Turnstile } from "./model/turnstile.ts";

/**
 * The performer that asks a language model: one call for each attempt, more where it calls tools, and one where data broke the step's
 * schema. Retries are the run's. Failures: MODEL_*, OUTPUT_INVALID, TOOL_*, MCP_UNAVAILABLE; what was used counts in them too.
 */
export function createModelPerformer(settings: ModelSettings): Performer {
  const { models } = settings;
  const opened = new Map<string, Promise<Opened>>();
  const turnstile = new Turnstile();
  const opening = async (name: string): Promise<Result<Opened, Failure>> => {
    const known = opened.get(name);
    if (known) return ok(await known);
    const found = models.access(name);
    if (!found.ok) return found;
    const made = open(name, found.value, models);
    opened.set(name, made);
    return ok(await made);
  };
  return {
    name: "model",
    dependence: (task) => modelDependence(task, settings),
    resources: (task) => models.resourcesOf(task),
    async perform(task, context) {
      await turnstile.pass();
      const name = models.askedBy(task);
      if (name === null) return { kind: "failed", failure: NO_MODEL };
      const model = await opening(name);
      if (!model.ok) return { kind: "failed", failure: model.error };
      const kind = settings.agentKind(task.agent);
      const { system, user, shared: told } = promptFor(task, kind);
      const { alone, shared } = model.value;
      // Who may not be given the result of another task is not given another's answer either.
      const chosen = task.contentHash === null || task.tools ? alone : shared;
      const { calls } = context;
      const ask = calls ? budgetedModel(chosen, calls, models.terms(name)) : chosen;
      const question = {
        system,
        messages: [{ role: "user" as const, content: user }],
        shared: told,
        temperature: kind?.temperature,
        schema: answerSchema(task),
        isHeard: context.isHeard?.() ?? true,
      };
      return converse(task, ask, context, question, settings.tools);
    },
  };
}

type Opened = { readonly alone: AskModel; readonly shared: AskModel };
type Found = Extract<ReturnType<Models["access"]>, { readonly ok: true }>["value"];

/** A model, for who wants an answer of its own, and for who may share one with others that ask the same at the same time. */
async function open(name: string, { model, access }: Found, models: Models): Promise<Opened> {
  const { maxOutputTokens, price } = models.terms(name);
  const alone = await openModel({ model, access, price, maxOutputTokens });
  const identity = { name, address: access.baseUrl, maxOutputTokens };
  return { alone, shared: new SharedCalls().share(alone, identity) };
}

const NO_MODEL: Failure = {
  code: "MODEL_UNKNOWN",
  message: "no model is named, neither here nor where the run was planned",
  retryable: false,
  hint: "set `model` in the configuration, or pass --model",
};
