import type { Diagnostic } from "../shared/diagnostic.ts";
import { secretsOf } from "../templates/secret-parameter.ts";
import type { AgentKind, StepAlternative } from "../templates/template.ts";
import { AUTO, HUMAN } from "../templates/template.ts";
import type { Enclosing, PlacedStep } from "./expansion.ts";
import type { AgentNode, Alternative } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { lacksCapability } from "./routing/no-route.ts";
import { namedModel, workModel } from "./work-model.ts";

/**
 * What stands in for the work of one agent, ready for its node; errors go to the builder: AGENT_UNKNOWN, PLAN_NO_PERFORMER,
 * ROUTE_CAPABILITY_MISSING, MODEL_NOT_KNOWN, MODEL_NOT_ASKED, MODEL_UNKNOWN_PROVIDER. `own`: whom the step itself has got. Where that is a person nothing does: a no is final.
 */
export function alternativesOf(
  placed: PlacedStep,
  own: { readonly kind: AgentKind; readonly performer: string },
  enclosing: Enclosing,
  builder: PlanBuilder,
): Pick<AgentNode, "alternatives"> {
  const { step } = placed;
  if (!step.alternatives || own.performer === HUMAN) return {};
  const alternatives = step.alternatives.flatMap((one, index) => {
    const place = `${enclosing.call.template.source}, step ${step.name}, alternative ${index + 1}`;
    return alternativeOf(one, own.kind, { placed, place, enclosing, builder }) ?? [];
  });
  return alternatives.length > 0 ? { alternatives } : {};
}

type Site = {
  readonly placed: PlacedStep;
  readonly place: string;
  readonly enclosing: Enclosing;
  readonly builder: PlanBuilder;
};

function alternativeOf(
  alternative: StepAlternative,
  own: AgentKind,
  { placed, place, enclosing, builder }: Site,
): Alternative | null {
  const { step, path } = placed;
  const { work, timeoutMs, retry } = alternative;
  const { span } = enclosing.call;
  const refuse = (finding: Diagnostic): null => {
    builder.report([{ place, ...finding }], span);
    return null;
  };
  const found =
    work.agent === AUTO ? { ok: true as const, value: own } : builder.registry.agentKind(work.agent);
  if (!found.ok) return refuse({ ...found.error, place });
  const kind = found.value;
  const lacks = step.capabilities.filter((name) => !kind.capabilities.includes(name));
  if (work.kind === "agent" && lacks.length > 0) {
    const finding = lacksCapability(step, place, { kind, rule: null, lacks }, builder.registry.agentKinds());
    return refuse({ ...finding, place });
  }
  const asked = namedModel(alternative.model, placed, enclosing, builder.settings);
  if (!asked.ok) return refuse({ ...asked.error, place });
  const commanded = enclosing.model;
  const namesModel = (asked.value ?? commanded) !== null;
  const named = work.kind === "run" ? work.performer : alternative.performer;
  const able = named === undefined ? ablePerformers(kind, asked.value !== null, builder) : [named];
  const performer = able.find((name) => builder.isHere(name, kind, namesModel));
  if (performer === undefined) {
    builder.error("PLAN_NO_PERFORMER", `nothing here can do the work that stands in for ${path}`, span, {
      place,
      expected: `one of ${able.join(", ") || "its performers but human"}`,
      got: `performers ${builder.settings.performers.join(", ")}`,
      hint: "configure one of them, or take the alternative away",
    });
    return null;
  }
  const model = workModel({ named: asked.value, commanded, kind, performer }, path, builder.settings);
  if (!model.ok) return refuse(model.error);
  const { call, scope } = enclosing;
  const secrets = work.kind === "run" && secretsOf(work.options, call.template.parameters, scope.parameters);
  return {
    agent: kind.name,
    performer,
    ...model.value,
    ...(work.kind === "agent" && work.prompt !== undefined ? { prompt: work.prompt } : {}),
    options: work.kind === "run" ? work.options : {},
    ...(secrets ? { secrets } : {}),
    timeoutMs,
    retry,
    ...(step.cache ? { contentHash: builder.contentHash(step, kind, alternative) } : {}),
  };
}

/** Who may do an alternative that names no performer; one that names a model is for those who ask one. */
function ablePerformers(kind: AgentKind, namesModel: boolean, { settings }: PlanBuilder): readonly string[] {
  const asking = kind.performers.filter((name) => settings.modelPerformers.includes(name));
  if (namesModel && asking.length > 0) return asking;
  return kind.performers.filter((name) => name !== HUMAN);
}
