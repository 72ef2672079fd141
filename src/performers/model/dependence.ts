import type { Dependence, Task } from "../../actors/ports.ts";
import type { AgentKind } from "../../templates/template.ts";
import type { ToolUse } from "../tools/tool-use.ts";
import type { Models } from "./models.ts";
import { PROMPT_VERSION, promptInputs } from "./prompt.ts";

/** What the answers of a model depend on, beside the question. */
export type ModelSettings = {
  readonly models: Models;
  /** The tools that there are; absent: none. */
  readonly tools?: ToolUse;
  readonly agentKind: (name: string) => AgentKind | null;
};

/** What the answer to a task depends on: who is asked where, with which settings, and how the question is put. */
export function modelDependence(task: Task, settings: ModelSettings): Dependence | null {
  // What tools find changes, and what they do is not done by finding an earlier answer.
  if (task.tools && task.tools.use.length > 0) return null;
  const { models, agentKind } = settings;
  const model = models.askedBy(task);
  const kind = agentKind(task.agent);
  return {
    beside: {
      model,
      address: model && models.addressOf(model),
      maxOutputTokens: models.maxOutputTokens,
      prompt: PROMPT_VERSION,
      ...(task.asksConfidence ? { asksConfidence: true } : {}),
      system: kind?.system ?? null,
      temperature: kind?.temperature ?? null,
    },
    inputs: promptInputs(task),
  };
}
