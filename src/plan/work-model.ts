import type { Diagnostic } from "../shared/diagnostic.ts";
import { err, ok, type Result } from "../shared/result.ts";
import { readsOf, renderValue } from "../templates/expressions.ts";
import type { AgentKind, Step } from "../templates/template.ts";
import type { Enclosing, PlacedStep } from "./expansion.ts";
import { isKnown, namesOf } from "./known-values.ts";
import type { AgentNode } from "./plan.ts";
import type { PlanSettings } from "./plan-builder.ts";

/**
 * The model that a step or an alternative names itself; null: none. Which model is asked is part of the plan, so what is written may
 * read only what the plan knows. Errors: MODEL_NOT_KNOWN, MODEL_UNKNOWN_PROVIDER.
 */
export function namedModel(
  written: string | undefined,
  { step, path, input }: Pick<PlacedStep, "step" | "path" | "input">,
  enclosing: Enclosing,
  { models }: PlanSettings,
): Result<string | null, Diagnostic> {
  if (written === undefined) return ok(null);
  const isReady = isKnown(written, enclosing, false) && !readsLaterLoop(written, step, input);
  const rendered = isReady
    ? renderValue(written, { ...namesOf(enclosing), ...input.loop })
    : ok<unknown>(undefined);
  if (!rendered.ok) return rendered;
  const { value } = rendered;
  if (value === null || value === "") return ok(null);
  if (typeof value !== "string") return err(notKnown(path, written, value));
  const fault = models?.fault(value);
  return fault ? err({ ...fault, message: `${path}: ${fault.message}` }) : ok(value);
}

/** Whether an expression reads the variable of a loop whose list only the run will know. */
function readsLaterLoop(written: string, { forEach }: Step, { loop }: PlacedStep["input"]): boolean {
  if (!forEach || loop) return false;
  const reads = readsOf(written);
  return reads.ok && reads.value.some(([root]) => root === forEach.variable);
}

function notKnown(path: string, written: string, got: unknown): Diagnostic {
  return {
    code: "MODEL_NOT_KNOWN",
    severity: "error",
    message: `${path}: which model is asked must be known when the plan is made`,
    expected: "provider/model, or an expression over parameters that gives it",
    got: got === undefined ? written : JSON.stringify(got).slice(0, 100),
    hint: "hand the model over as a parameter of the command",
  };
}

/** What is settled about a piece of work before its model is. */
type Work = {
  readonly named: string | null;
  /** The model that the command around it names. */
  readonly commanded: string | null;
  readonly kind: AgentKind;
  readonly performer: string;
};

/**
 * The model of a piece of work: its own, else its command's, its kind's, the run's; none where its performer asks no model. Errors:
 * MODEL_NOT_ASKED, where it names one and its kind never asks any; MODEL_UNKNOWN_PROVIDER for the kind's.
 */
export function workModel(
  { named, commanded, kind, performer }: Work,
  path: string,
  { models, modelPerformers }: PlanSettings,
): Result<Pick<AgentNode, "model">, Diagnostic> {
  if (!modelPerformers.includes(performer)) {
    const asks = kind.performers.some((name) => modelPerformers.includes(name));
    return named === null || asks ? ok({}) : err(notAsked(path, named, kind, modelPerformers));
  }
  const given = named ?? commanded;
  const model = given ?? kind.model ?? models?.usual;
  if (model === undefined || model === null) return ok({});
  const fault = given === null && kind.model !== undefined ? models?.fault(model) : null;
  return fault ? err({ ...fault, place: kind.source }) : ok({ model });
}

function notAsked(path: string, model: string, kind: AgentKind, asking: readonly string[]): Diagnostic {
  return {
    code: "MODEL_NOT_ASKED",
    severity: "error",
    message: `${path} names a model, and ${kind.name} never asks one`,
    expected: `a kind whose performers list ${asking.join(" or ")}`,
    got: `${model}, of ${kind.name}: ${kind.performers.join(", ")}`,
    hint: "take the model away, or name another kind of agent",
  };
}
