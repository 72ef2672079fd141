import type { PerformContext, Task } from "../../actors/ports.ts";
import { addUsage, type Confidence, type Failure, type Outcome, type Usage } from "../../plan/outcome.ts";
import type { Json } from "../../shared/json.ts";
import { checkTools } from "../../shared/tool-names.ts";
import { sightOf, type ToolUse } from "../tools/tool-use.ts";
import { dataMarkdown } from "./data-markdown.ts";
import { fencedFiles } from "./fenced-files.ts";
import { answerSchema, repairRequest } from "./prompt.ts";
import type { AskModel, Message, Question, ToolOffer } from "./question.ts";
import { statedInData, statedInText } from "./stated-confidence.ts";
import { readStepData } from "./step-data.ts";

/**
 * A model's own word, which nobody has checked, where it does not say how sure it is: above any draft, well below anything checked.
 * An answer that had to be repaired is believed a little less.
 */
const CONFIDENCE = { asked: 0.6, repaired: 0.55 } as const;
const REPAIRED = CONFIDENCE.repaired / CONFIDENCE.asked;
type Made = keyof typeof CONFIDENCE;

/** What a model has answered, and everything that was said before. */
type Answered = {
  readonly kind: "text";
  readonly text: string;
  readonly messages: readonly Message[];
  readonly usage: Usage;
  readonly isShared?: true;
  readonly isTainted: boolean;
  /** What was offered: providers want to be told of tools as long as calls of them are shown. */
  readonly tools?: readonly ToolOffer[];
};

/**
 * Asks until there is an answer, letting tools be called on the way; where the answer breaks the step's schema asks once more, with
 * what was wrong.
 */
export async function converse(
  task: Task,
  ask: AskModel,
  context: PerformContext,
  question: Question,
  use: ToolUse | undefined,
): Promise<Outcome> {
  const first =
    task.tools && task.tools.use.length > 0
      ? await withTools(task, ask, context, question, use)
      : await withoutTools(ask, context, question);
  if (first.kind !== "text") return first;
  const mark = first.isTainted ? { tainted: true } : {};
  const shared = first.isShared ? { shared: true as const } : {};
  const schema = answerSchema(task);
  if (!schema) return { ...textOutcome(first, task), ...mark, ...shared };
  const data = readStepData(first.text, schema);
  if (data.ok) return { ...dataOutcome(data.value, task, first.usage, "asked"), ...mark, ...shared };
  context.emit({ type: "progress", message: "asks again for data that keeps to the schema" });
  const second = await ask(
    {
      ...question,
      ...(first.tools ? { tools: first.tools } : {}),
      messages: [
        ...first.messages,
        { role: "assistant", content: first.text || "(nothing)" },
        { role: "user", content: repairRequest(data.error) },
      ],
    },
    context.signal,
    context.emit,
  );
  const usage = addUsage(first.usage, second.usage);
  if (second.kind === "failed") return { ...second, usage };
  if (second.kind === "calls") return uncalled(usage);
  const repaired = readStepData(second.text, schema);
  if (repaired.ok) return { ...dataOutcome(repaired.value, task, usage, "repaired"), ...mark };
  return {
    kind: "failed",
    failure: invalid(`the answer stayed broken after one repair: ${repaired.error}`),
    usage,
  };
}

async function withoutTools(
  ask: AskModel,
  { signal, emit }: PerformContext,
  question: Question,
): Promise<Answered | Outcome> {
  const answer = await ask(question, signal, emit);
  if (answer.kind === "failed") return answer;
  if (answer.kind === "calls") return uncalled(answer.usage);
  return { ...answer, messages: question.messages, isTainted: false };
}

async function withTools(
  task: Task,
  ask: AskModel,
  context: PerformContext,
  question: Question,
  use: ToolUse | undefined,
): Promise<Answered | Outcome> {
  const tools = task.tools!;
  const catalogue = use ? (await use.toolbox()).catalogue : { names: [], servers: [] };
  const [finding] = checkTools(tools.use, tools.within, catalogue);
  if (!use || finding) return { kind: "failed", failure: refusal(finding) };
  const opened = await (await use.toolbox()).open(tools.use);
  if (!opened.ok) return { kind: "failed", failure: opened.error };
  const { runToolLoop } = await import("./tool-loop.ts");
  const deadline = tools.deadline ?? use.deadline;
  const { signal, emit, idempotencyKey, guards } = context;
  const end = await runToolLoop(
    ask,
    question,
    {
      tools: opened.value,
      sight: sightOf(task, use, tools.autonomy ?? use.autonomy),
      stepsMax: use.stepsMax,
    },
    { signal, emit, idempotencyKey, ...(guards ? { guards } : {}), runId: task.runId },
    task.resumed,
  );
  if (end.kind === "text") return end;
  if (end.kind === "failed") return { kind: "failed", failure: end.failure, usage: end.usage };
  const { question: asked, state, usage } = end;
  return { kind: "asks", question: asked, state, usage, ...(deadline ? { deadline } : {}) };
}

function refusal(finding: ReturnType<typeof checkTools>[number] | undefined): Failure {
  if (!finding) return { code: "TOOL_UNKNOWN", message: "there are no tools here", retryable: false };
  const { code, message, got, hint } = finding;
  return { code, message: `${message}: ${got}`, retryable: false, ...(hint ? { hint } : {}) };
}

function textOutcome({ text: said, usage }: Answered, { asksConfidence }: Task): Outcome {
  const { text, confidence } = asksConfidence ? statedInText(said) : { text: said, confidence: null };
  if (text.trim() === "") return { kind: "failed", failure: invalid("the model answered nothing"), usage };
  const artifacts = fencedFiles(text);
  return {
    kind: "completed",
    output: text,
    ...(artifacts.length > 0 ? { artifacts } : {}),
    confidence: declared(confidence, "asked"),
    usage,
  };
}

function dataOutcome(said: Json, task: Task, usage: Usage, made: Made): Outcome {
  const { step, agent, outputSchema, asksConfidence } = task;
  const { data, confidence } = asksConfidence
    ? statedInData(said, outputSchema!)
    : { data: said, confidence: null };
  const output = dataMarkdown(step ?? agent, data);
  return { kind: "completed", output, data, confidence: declared(confidence, made), usage };
}

/** Nothing was offered, or nothing but an answer was asked for. */
function uncalled(usage: Usage): Outcome {
  return { kind: "failed", failure: invalid("the model calls a tool, and was to answer"), usage };
}

/** `stated`: how sure the model says that it is; null: it says nothing. */
function declared(stated: number | null, made: Made): Confidence {
  if (stated === null) return { value: CONFIDENCE[made], source: "declared" };
  return { value: made === "asked" ? stated : stated * REPAIRED, source: "declared" };
}

function invalid(message: string): Failure {
  return { code: "OUTPUT_INVALID", message, retryable: true };
}
