import type { Diagnostic } from "../shared/diagnostic.ts";
import type { JsonObject } from "../shared/json.ts";
import type { ModelCatalogue } from "./models.ts";
import type { PlanNode } from "./plan.ts";

/** The argument by which a command names the model of its agents, where its template declares no such parameter. */
const ARGUMENT = "model";

export type CommandModel = {
  /** The model that it names; null: none. */
  readonly model: string | null;
  /** What its agents are given as context, without it. */
  readonly context: JsonObject;
  readonly warnings: readonly Diagnostic[];
};

/**
 * Takes the model that a command names out of its context. Only the name of a model that somebody can be asked for is one: under the same
 * word another text may stand ("client/server"), and stays context. Warning: MODEL_UNKNOWN_PROVIDER, where it comes near to one.
 */
export function commandModel(context: JsonObject, models: ModelCatalogue | undefined): CommandModel {
  const value = context[ARGUMENT];
  if (typeof value !== "string" || !models) return { model: null, context, warnings: [] };
  const fault = models.fault(value);
  if (!fault) {
    const { [ARGUMENT]: _, ...rest } = context;
    return { model: value, context: rest, warnings: [] };
  }
  const isNear = fault.hint?.startsWith("did you mean") === true;
  const message = `"${value}" names no model that can be asked; it is passed on as context`;
  return { model: null, context, warnings: isNear ? [{ ...fault, severity: "warning", message }] : [] };
}

/** The warning that nobody below a command asks the model that it names; null: somebody does. */
export function unaskedModel(model: string, path: string, nodes: readonly PlanNode[]): Diagnostic | null {
  const isAsked = nodes.some((node) => {
    const agent = node.kind === "agent" ? node : node.kind === "fork" ? node.forEach?.template : undefined;
    return agent?.model === model && node.path.startsWith(`${path}/`);
  });
  if (isAsked) return null;
  return {
    code: "MODEL_NOT_ASKED",
    severity: "warning",
    message: `${path} names a model, and none of its agents asks it`,
    got: model,
    hint: "take it away, or look with `abyssal plan` at what its agents do",
  };
}
