import type { AgentKind, Step, StepAlternative } from "../templates/template.ts";
import { AUTO, HUMAN } from "../templates/template.ts";
import type { Enclosing } from "./expansion.ts";
import type { AgentNode, Alternative } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { lacksCapability } from "./routing/no-route.ts";

/**
 * What stands in for the work of one agent, ready for its node; errors go to the builder: AGENT_UNKNOWN, PLAN_NO_PERFORMER,
 * ROUTE_CAPABILITY_MISSING. `own`: whom the step itself has got. Where that is a person nothing does: a no is final.
 */
export function alternativesOf(
  step: Step,
  path: string,
  own: { readonly kind: AgentKind; readonly performer: string },
  enclosing: Enclosing,
  builder: PlanBuilder,
): Pick<AgentNode, "alternatives"> {
  if (!step.alternatives || own.performer === HUMAN) return {};
  const alternatives = step.alternatives.flatMap((one, index) => {
    const place = `${enclosing.call.template.source}, step ${step.name}, alternative ${index + 1}`;
    return alternativeOf(one, step, own.kind, { path, place, enclosing, builder }) ?? [];
  });
  return alternatives.length > 0 ? { alternatives } : {};
}

type Site = {
  readonly path: string;
  readonly place: string;
  readonly enclosing: Enclosing;
  readonly builder: PlanBuilder;
};

function alternativeOf(
  alternative: StepAlternative,
  step: Step,
  own: AgentKind,
  { path, place, enclosing, builder }: Site,
): Alternative | null {
  const { work, timeoutMs, retry } = alternative;
  const { span } = enclosing.call;
  const found =
    work.agent === AUTO ? { ok: true as const, value: own } : builder.registry.agentKind(work.agent);
  if (!found.ok) {
    builder.report([{ ...found.error, place }], span);
    return null;
  }
  const kind = found.value;
  const lacks = step.capabilities.filter((name) => !kind.capabilities.includes(name));
  if (work.kind === "agent" && lacks.length > 0) {
    const finding = lacksCapability(step, place, { kind, rule: null, lacks }, builder.registry.agentKinds());
    builder.report([{ ...finding, place }], span);
    return null;
  }
  const named = work.kind === "run" ? work.performer : alternative.performer;
  const able = named === undefined ? kind.performers.filter((name) => name !== HUMAN) : [named];
  const performer = able.find((name) => builder.settings.performers.includes(name));
  if (performer === undefined) {
    builder.error("PLAN_NO_PERFORMER", `nothing here can do the work that stands in for ${path}`, span, {
      place,
      expected: `one of ${able.join(", ") || "its performers but human"}`,
      got: `performers ${builder.settings.performers.join(", ")}`,
      hint: "configure one of them, or take the alternative away",
    });
    return null;
  }
  return {
    agent: kind.name,
    performer,
    ...(work.kind === "agent" && work.prompt !== undefined ? { prompt: work.prompt } : {}),
    options: work.kind === "run" ? work.options : {},
    timeoutMs,
    retry,
    ...(step.cache ? { contentHash: builder.contentHash(step, kind, alternative) } : {}),
  };
}
