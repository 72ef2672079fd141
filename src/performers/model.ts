import type { PerformContext, Performer, Task } from "../actors/ports.ts";
import type { Confidence, Failure, Outcome, Usage } from "../plan/outcome.ts";
import type { Json } from "../shared/json.ts";
import { openModel } from "./model/ask-model.ts";
import { budgetedModel } from "./model/budgeted-model.ts";
import { type ModelSettings, modelDependence } from "./model/dependence.ts";
import { fencedFiles } from "./model/fenced-files.ts";
import { checkModelName, readModelName } from "./model/model-name.ts";
import { promptFor, repairRequest } from "./model/prompt.ts";
import { providerAccess } from "./model/provider-access.ts";
import type { Answer, AskModel, Question } from "./model/question.ts";
import { SharedCalls } from "./model/shared-calls.ts";
import { readStepData } from "./model/step-data.ts";

/**
 * A model's own word, which nobody has checked: above any draft, well below anything checked. An answer that had to be
 * repaired is believed a little less.
 */
const CONFIDENCE = { asked: 0.6, repaired: 0.55 } as const;

/**
 * The performer that asks a language model: one call for each attempt, a second one where data broke the step's schema. Retries are
 * the run's. Failures: MODEL_*, OUTPUT_INVALID; what was used counts in them too.
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
      const opened = task.contentHash === null ? alone : shared;
      const { calls } = context;
      const ask = calls ? budgetedModel(opened, calls, { price, maxOutputTokens }) : opened;
      return converse(task, ask, context, {
        system,
        messages: [{ role: "user", content: user }],
        shared: told,
        temperature: kind?.temperature,
        schema: task.outputSchema,
        isHeard: context.isHeard?.() ?? true,
      });
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

/** Asks, and where the answer breaks the step's schema asks once more, with what was wrong. */
async function converse(
  task: Task,
  ask: AskModel,
  { signal, emit }: PerformContext,
  question: Question,
): Promise<Outcome> {
  const first = await ask(question, signal, emit);
  if (first.kind === "failed") return first;
  if (first.kind === "calls") return uncalled(first.usage);
  if (!task.outputSchema) return textOutcome(first);
  const data = readStepData(first.text, task.outputSchema);
  if (data.ok) return dataOutcome(data.value, first.usage, CONFIDENCE.asked);
  emit({ type: "progress", message: "asks again for data that keeps to the schema" });
  const second = await ask(
    {
      ...question,
      messages: [
        ...question.messages,
        { role: "assistant", content: first.text || "(nothing)" },
        { role: "user", content: repairRequest(data.error) },
      ],
    },
    signal,
    emit,
  );
  const usage = added(first.usage, second.usage);
  if (second.kind === "failed") return { ...second, usage };
  if (second.kind === "calls") return uncalled(usage);
  const repaired = readStepData(second.text, task.outputSchema);
  if (repaired.ok) return dataOutcome(repaired.value, usage, CONFIDENCE.repaired);
  return { kind: "failed", failure: invalid(`after one repair, ${repaired.error}`), usage };
}

function textOutcome({ text, usage }: Extract<Answer, { kind: "text" }>): Outcome {
  if (text.trim() === "") return { kind: "failed", failure: invalid("the model answered nothing"), usage };
  const artifacts = fencedFiles(text);
  return {
    kind: "completed",
    output: text,
    ...(artifacts.length > 0 ? { artifacts } : {}),
    confidence: declared(CONFIDENCE.asked),
    usage,
  };
}

function dataOutcome(data: Json, usage: Usage, confidence: number): Outcome {
  const output = `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\``;
  return { kind: "completed", output, data, confidence: declared(confidence), usage };
}

/** No tools were offered. */
function uncalled(usage: Usage): Outcome {
  return { kind: "failed", failure: invalid("the model calls a tool, and was offered none"), usage };
}

function declared(value: number): Confidence {
  return { value, source: "declared" };
}

function invalid(message: string): Failure {
  return { code: "OUTPUT_INVALID", message, retryable: true };
}

function unknownProvider(model: string): Failure {
  const { code, message, expected, hint } = checkModelName(model)!;
  return { code, message: `${message}: expected ${expected}, got ${model}`, retryable: false, hint: hint! };
}

function added(one: Usage, other: Usage): Usage {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    costMicros: one.costMicros + other.costMicros,
  };
}
