import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { ok, type Result } from "../shared/result.ts";
import { readsOfExpression, renderValue } from "../templates/expressions.ts";
import { type AgentKind, HUMAN, type Step, type StepWork } from "../templates/template.ts";
import { alternativesOf } from "./add-alternatives.ts";
import type { Enclosing, PlacedStep } from "./expansion.ts";
import { isKnown, namesOf } from "./known-values.ts";
import type { AgentNode } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import type { Route } from "./routing/router.ts";
import { stepNode, templateOf } from "./step-node.ts";
import { toolTermsOf } from "./tools/plan-tools.ts";
import { namedModel, workModel } from "./work-model.ts";

/** What a node has beside what its step says. */
type Extra = Pick<AgentNode, "replica" | "judges">;

/** Adds one agent of a step. */
export function addAgent(
  placed: PlacedStep,
  enclosing: Enclosing,
  builder: PlanBuilder,
  extra: Extra = {},
): void {
  const node = agentNode(placed, enclosing, builder, extra);
  if (node) builder.add(node);
}

/** One agent of a step; null: something is wrong with it, which is reported. */
export function agentNode(
  placed: PlacedStep,
  enclosing: Enclosing,
  builder: PlanBuilder,
  extra: Extra,
): AgentNode | null {
  const { step, path } = placed;
  const doer = doerOf(placed, enclosing, builder);
  const tools = doer && step.work.kind === "agent" ? toolsOf(placed, doer.kind, enclosing, builder) : {};
  if (!doer || !tools) return null;
  const { kind, performer, model, routed } = doer;
  // Of several agents the fork around them stands for the step.
  const isWhole = path.endsWith(`/${step.name}`) && !step.forEach;
  const judged = isJudged(step, isWhole ? "step" : "copy");
  return {
    kind: "agent",
    ...stepNode(placed, enclosing),
    ...(judged ? { when: step.when! } : {}),
    agent: kind.name,
    performer,
    ...(model === undefined ? {} : { model }),
    ...(routed ? { routed } : {}),
    // A person needs nothing that agents share.
    resources: performer === HUMAN ? { cpu: 0, memoryMb: 0 } : step.resources,
    durationMs: step.durationMs,
    timeoutMs: step.timeoutMs,
    retry: step.retry,
    ...(step.minConfidence === undefined || model === undefined ? {} : { minConfidence: step.minConfidence }),
    ...alternativesOf(placed, { kind, performer }, enclosing, builder),
    ...(step.fallback ? { fallback: step.fallback } : {}),
    approve: step.approve,
    ...(step.ask ? { ask: step.ask } : {}),
    cache: step.cache,
    ...(step.cache ? { contentHash: builder.contentHash(step, kind) } : {}),
    ...(step.output ? { outputSchema: step.output } : {}),
    capabilities: step.capabilities,
    ...(step.budget && isWhole ? { budget: step.budget } : {}),
    ...tools,
    ...(step.publish ? { publish: step.publish } : {}),
    ...extra,
  };
}

type Doer = Pick<AgentNode, "performer" | "model" | "routed"> & { readonly kind: AgentKind };

/** Who does the work of a step, and on which model; null: nobody can, which is reported. */
function doerOf(placed: PlacedStep, enclosing: Enclosing, builder: PlanBuilder): Doer | null {
  const { call } = enclosing;
  const { step, path } = placed;
  const { work } = step;
  if (work.kind === "template") throw new Error(`${path}: a nested template is no agent`);
  const place = `${call.template.source}, step ${step.name}`;
  const refuse = (finding: Diagnostic): null => {
    builder.report([finding], call.span);
    return null;
  };
  const named = namedModel(step.model, placed, enclosing, builder.settings);
  if (!named.ok) return refuse({ ...named.error, place });
  const commanded = enclosing.model;
  const namesModel = (named.value ?? commanded) !== null;
  const route = routeOf(step, work, { call, namesModel }, builder);
  if (!route.ok) return refuse({ ...route.error, place });
  const { kind, performer, routed } = route.value;
  if (performer === undefined) {
    const performers = work.kind === "run" ? [work.performer] : kind.performers;
    const here = builder.settings.performers.filter((name) => builder.isHere(name, kind, namesModel));
    builder.error("PLAN_NO_PERFORMER", `nothing here can do the work of ${path}`, call.span, {
      expected: `one of ${performers.join(", ")}`,
      got: `performers ${here.join(", ")}`,
      hint: "configure one of them, or give the step another agent",
    });
    return null;
  }
  const model = workModel({ named: named.value, commanded, kind, performer }, path, builder.settings);
  if (!model.ok) return refuse({ place, ...model.error });
  return { kind, performer, ...model.value, ...(routed ? { routed } : {}) };
}

/** What an agent may use; null: something is wrong with it, which is reported. */
function toolsOf(
  { step, path }: PlacedStep,
  kind: AgentKind,
  enclosing: Enclosing,
  builder: PlanBuilder,
): Pick<AgentNode, "tools"> | null {
  const known = (value: Json): Json | undefined => {
    if (!isKnown(value, enclosing, false)) return undefined;
    const rendered = renderValue(value, namesOf(enclosing));
    return rendered.ok ? rendered.value : undefined;
  };
  const tools = toolTermsOf(step, kind, { path, catalogue: builder.settings.tools, known });
  if (tools.ok) return tools.value;
  const { template, span } = enclosing.call;
  const place = `${template.source}, step ${step.name}`;
  builder.report(
    tools.error.map((finding) => ({ ...finding, place })),
    span,
  );
  return null;
}

/** Who does the work: the performer that a `run` step names, else whom the router chooses. */
function routeOf(
  step: Step,
  work: Exclude<StepWork, { kind: "template" }>,
  { call, namesModel }: Pick<Enclosing, "call"> & { readonly namesModel: boolean },
  builder: PlanBuilder,
): Result<Route, Diagnostic> {
  if (work.kind === "agent") return builder.route(step, templateOf(call.template), namesModel);
  const kind = builder.registry.agentKind(work.agent);
  if (!kind.ok) return kind;
  const performer = builder.isHere(work.performer, kind.value, namesModel) ? work.performer : undefined;
  return ok({ kind: kind.value, performer });
}

/** A condition is judged once for the step, or for each copy when it reads the loop's variable. */
export function isJudged({ when, forEach }: Step, who: "step" | "copy"): boolean {
  if (when === undefined) return false;
  const reads = readsOfExpression(when);
  const perCopy =
    forEach !== undefined && reads.ok && reads.value.some(([root]) => root === forEach.variable);
  return perCopy === (who === "copy");
}
