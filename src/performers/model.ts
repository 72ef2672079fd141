import type { Performer } from "../actors/ports.ts";
import type { Failure } from "../plan/outcome.ts";
import { openModel } from "./model/ask-model.ts";
import { budgetedModel } from "./model/budgeted-model.ts";
import { converse } from "./model/converse.ts";
import { type ModelSettings, modelDependence } from "./model/dependence.ts";
import { checkModelName, readModelName } from "./model/model-name.ts";
import { promptFor } from "./model/prompt.ts";
import { providerAccess } from "./model/provider-access.ts";
import type { AskModel } from "./model/question.ts";
import { SharedCalls } from "./model/shared-calls.ts";

/**
 * The performer that asks a language model: one call for each attempt, more where it calls tools, and one where data broke the step's
 * schema. Retries are the run's. Failures: MODEL_*, OUTPUT_INVALID, TOOL_*, MCP_UNAVAILABLE; what was used counts in them too.
 */
export function createModelPerformer(settings: ModelSettings): Performer {
  let opening: Promise<Opened> | undefined;
  return {
    name: "model",
    dependence: (task) => modelDependence(task, settings),
    resources: () => [`model:${settings.model}`],
    async perform(task, context) {
      const name = readModelName(settings.model);
      if (!name) return { kind: "failed", failure: unknownProvider(settings.model) };
      const access = providerAccess(name.provider, settings.env);
      if (!access.ok) return { kind: "failed", failure: access.error };
      const { maxOutputTokens, price } = settings;
      opening ??= open({ name, access: access.value, price, maxOutputTokens });
      const kind = settings.agentKind(task.agent);
      const { system, user, shared: told } = promptFor(task, kind);
      const { alone, shared } = await opening;
      // Who may not be given the result of another task is not given another's answer either.
      const opened = task.contentHash === null || task.tools ? alone : shared;
      const { calls } = context;
      const ask = calls ? budgetedModel(opened, calls, { price, maxOutputTokens }) : opened;
      const question = {
        system,
        messages: [{ role: "user" as const, content: user }],
        shared: told,
        temperature: kind?.temperature,
        schema: task.outputSchema,
        isHeard: context.isHeard?.() ?? true,
      };
      return converse(task, ask, context, question, settings.tools);
    },
  };
}

type Opened = { readonly alone: AskModel; readonly shared: AskModel };

/** A model, for who wants an answer of its own, and for who may share one with others that ask the same at the same time. */
async function open(terms: Parameters<typeof openModel>[0]): Promise<Opened> {
  const alone = await openModel(terms);
  const { name, access, maxOutputTokens } = terms;
  const identity = { name: { ...name }, address: access.baseUrl, maxOutputTokens };
  return { alone, shared: new SharedCalls().share(alone, identity) };
}

function unknownProvider(model: string): Failure {
  const { code, message, expected, hint } = checkModelName(model)!;
  return { code, message: `${message}: expected ${expected}, got ${model}`, retryable: false, hint: hint! };
}
