import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json, JsonObject } from "../shared/json.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { BoundArgument } from "../templates/bind-parameters.ts";
import { evaluateItems, readsOf, readsOfExpression, renderValue } from "../templates/expressions.ts";
import { HUMAN, type Step, type StepWork } from "../templates/template.ts";
import { alternativesOf } from "./add-alternatives.ts";
import type { Enclosing, PlacedStep } from "./expansion.ts";
import { autoParallelism, complexityOf } from "./parallelism.ts";
import type { AgentInput, AgentNode, GroupNode } from "./plan.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";
import type { Route } from "./routing/router.ts";

/** Adds the node, or the nodes, of one step: an agent, a nested command, or a fork of either. */
export function addStep(placed: PlacedStep, enclosing: Enclosing, builder: PlanBuilder): void {
  const { step } = placed;
  if (step.forEach) {
    addLoop(placed, step.forEach, enclosing, builder);
    return;
  }
  const count = replicasOf(placed, enclosing, builder);
  if (step.work.kind === "template") addNested(placed, step.work, enclosing, builder);
  else if (count === 1 && !step.supervision) addAgent(placed, enclosing, builder);
  else addReplicas(placed, count, enclosing, builder);
}

function replicasOf({ step, isDependent }: PlacedStep, { scope }: Enclosing, builder: PlanBuilder): number {
  if (step.parallelism !== "auto") return step.parallelism;
  return autoParallelism(builder.settings.capacity.cpu, complexityOf(scope.parameters), isDependent);
}

/** Several agents on the same work; or a single one that has a supervisor, which is a group even then. */
function addReplicas(placed: PlacedStep, count: number, enclosing: Enclosing, builder: PlanBuilder): void {
  const fork = stepFork(placed, enclosing, "best");
  builder.add(fork);
  for (let index = 0; index < count; index++) {
    const path = `${placed.path}.${index}`;
    fork.children.push(path);
    const extra = count === 1 ? {} : { replica: { index, count } };
    addAgent({ ...placed, path, parent: fork.path, needs: [] }, enclosing, builder, extra);
  }
}

function addLoop(
  placed: PlacedStep,
  loop: NonNullable<Step["forEach"]>,
  enclosing: Enclosing,
  builder: PlanBuilder,
): void {
  const { step } = placed;
  const fork = stepFork(placed, enclosing, "aggregate");
  const items = isKnown(loop.items, enclosing, true) ? evaluateItems(loop.items, namesOf(enclosing)) : null;
  if (items === null) {
    addDynamicLoop(placed, fork, loop, enclosing, builder);
    return;
  }
  builder.add(fork);
  if (!items.ok) {
    builder.report([items.error], enclosing.call.span);
    return;
  }
  items.value.forEach((item, index) => {
    if (builder.full) return;
    const path = `${placed.path}.${index}`;
    fork.children.push(path);
    const input = { ...placed.input, loop: { [loop.variable]: item } };
    const copy = { ...placed, path, parent: fork.path, needs: [], input };
    if (step.work.kind === "template") addNested(copy, step.work, enclosing, builder);
    else addAgent(copy, enclosing, builder);
  });
}

/** A loop over what is known only at run time: the fork carries the agent of which copies will be made. */
function addDynamicLoop(
  placed: PlacedStep,
  fork: GroupDraft,
  { variable, items }: NonNullable<Step["forEach"]>,
  enclosing: Enclosing,
  builder: PlanBuilder,
): void {
  const { step, path } = placed;
  if (step.work.kind === "template") {
    builder.error(
      "PLAN_DYNAMIC_TEMPLATE",
      `${path} nests a template for each element of a list that is not known yet`,
      enclosing.call.span,
      {
        expected: "an agent or run step, or a list that the parameters give",
        got: `forEach over ${JSON.stringify(items)}`,
        hint: "let an agent do the work of each element, or pass the list as a parameter",
      },
    );
    return;
  }
  const template = agentNode({ ...placed, needs: [] }, enclosing, builder, {});
  if (template) builder.add({ ...fork, forEach: { variable, items, template } });
}

function addNested(
  placed: PlacedStep,
  work: Extract<StepWork, { kind: "template" }>,
  enclosing: Enclosing,
  builder: PlanBuilder,
): void {
  const { step, path, parent, needs, input } = placed;
  const { call } = enclosing;
  const found = builder.registry.get(work.template, work.version);
  if (!found.ok) {
    builder.report([{ ...found.error, place: `${call.template.source}, step ${step.name}` }], call.span);
    return;
  }
  const args: BoundArgument[] = [];
  for (const [name, value] of Object.entries(work.with)) {
    const argument = argumentOf(name, value, input, enclosing);
    if (argument.ok) args.push(argument.value);
    else builder.report([argument.error], call.span);
  }
  enclosing.nest({
    path,
    place: { parent, prefix: `${path}/`, previous: [], depth: call.place.depth + 1 },
    template: found.value,
    args,
    ...(call.span ? { span: call.span } : {}),
    nesting: enclosing.nesting,
    bindings: call.bindings,
    as: {
      step: step.name,
      needs,
      ...(isJudged(step, path.endsWith(`/${step.name}`) && !step.forEach ? "step" : "copy")
        ? { when: step.when! }
        : {}),
      input,
      priority: step.priority,
      // Of a loop the fork around the copies is the supervisor.
      ...(step.supervision && !step.forEach ? { supervision: step.supervision } : {}),
    },
  });
}

/** A nested template's parameter: its value when the plan knows it, else its expression for later. */
function argumentOf(
  name: string,
  value: Json,
  input: AgentInput,
  enclosing: Enclosing,
): Result<BoundArgument, Diagnostic> {
  if (!isKnown(value, enclosing, false)) {
    return ok({
      name,
      json: null,
      deferred: true,
      tag: [{ keys: [], source: { kind: "expression", value, input } }],
    });
  }
  const rendered = renderValue(value, { ...namesOf(enclosing), ...input.loop });
  return rendered.ok ? ok({ name, json: rendered.value, deferred: false, tag: [] }) : err(rendered.error);
}

/** Whether everything that a value's expressions read stands in the plan. `bare`: a string is itself an expression. */
function isKnown(value: Json, { scope }: Enclosing, bare: boolean): boolean {
  const reads =
    bare && typeof value === "string" && !value.includes("{{") ? readsOfExpression(value) : readsOf(value);
  if (!reads.ok) return true;
  const pointers = Object.keys(scope.refs);
  return reads.value.every(([root, member]) => {
    if (root === "steps" || root === "previous" || root === "board") return false;
    const prefix =
      root === "context" ? `/context${member === undefined ? "" : `/${member}`}` : `/parameters/${root}`;
    return !pointers.some((pointer) => pointer === prefix || pointer.startsWith(`${prefix}/`));
  });
}

function namesOf({ scope }: Enclosing): JsonObject {
  return { ...scope.parameters, context: scope.context };
}

function stepFork(
  { step, path, parent, needs, input }: PlacedStep,
  { call }: Enclosing,
  synthesis: GroupNode["synthesis"],
): GroupDraft {
  return {
    kind: "fork",
    path,
    parent,
    needs,
    children: [],
    template: templateOf(call.template),
    step: step.name,
    ...(isJudged(step, "step") ? { when: step.when! } : {}),
    input,
    priority: step.priority,
    synthesis,
    successThreshold: step.successThreshold,
    ...(step.supervision ? { supervision: step.supervision } : {}),
    role: "step",
  };
}

/** A condition is judged once for the step, or for each copy when it reads the loop's variable. */
function isJudged({ when, forEach }: Step, who: "step" | "copy"): boolean {
  if (when === undefined) return false;
  const reads = readsOfExpression(when);
  const perCopy =
    forEach !== undefined && reads.ok && reads.value.some(([root]) => root === forEach.variable);
  return perCopy === (who === "copy");
}

function templateOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

type Extra = { readonly replica?: { readonly index: number; readonly count: number } };

function addAgent(placed: PlacedStep, enclosing: Enclosing, builder: PlanBuilder, extra: Extra = {}): void {
  const node = agentNode(placed, enclosing, builder, extra);
  if (node) builder.add(node);
}

function agentNode(
  placed: PlacedStep,
  enclosing: Enclosing,
  builder: PlanBuilder,
  extra: Extra,
): AgentNode | null {
  const { call } = enclosing;
  const { step, path, parent, needs, input } = placed;
  const { work } = step;
  if (work.kind === "template") throw new Error(`${path}: a nested template is no agent`);
  const route = routeOf(step, work, templateOf(call.template), builder);
  if (!route.ok) {
    builder.report([{ ...route.error, place: `${call.template.source}, step ${step.name}` }], call.span);
    return null;
  }
  const { kind, performer, routed } = route.value;
  if (performer === undefined) {
    const performers = work.kind === "run" ? [work.performer] : kind.performers;
    builder.error("PLAN_NO_PERFORMER", `nothing here can do the work of ${path}`, call.span, {
      expected: `one of ${performers.join(", ")}`,
      got: `performers ${builder.settings.performers.join(", ")}`,
      hint: "configure one of them, or give the step another agent",
    });
    return null;
  }
  const judged = isJudged(step, path.endsWith(`/${step.name}`) && !step.forEach ? "step" : "copy");
  return {
    kind: "agent",
    path,
    parent,
    needs,
    children: [],
    template: templateOf(call.template),
    step: step.name,
    ...(judged ? { when: step.when! } : {}),
    priority: step.priority,
    agent: kind.name,
    performer,
    ...(routed ? { routed } : {}),
    input,
    // A person needs nothing that agents share.
    resources: performer === HUMAN ? { cpu: 0, memoryMb: 0 } : step.resources,
    durationMs: step.durationMs,
    timeoutMs: step.timeoutMs,
    retry: step.retry,
    ...alternativesOf(step, path, { kind, performer }, enclosing, builder),
    ...(step.fallback ? { fallback: step.fallback } : {}),
    approve: step.approve,
    ...(step.ask ? { ask: step.ask } : {}),
    cache: step.cache,
    ...(step.cache ? { contentHash: builder.contentHash(step, kind) } : {}),
    ...(step.output ? { outputSchema: step.output } : {}),
    capabilities: step.capabilities,
    ...(step.publish ? { publish: step.publish } : {}),
    ...extra,
  };
}

/** Who does the work: the performer that a `run` step names, else whom the router chooses. */
function routeOf(
  step: Step,
  work: Exclude<StepWork, { kind: "template" }>,
  template: string,
  builder: PlanBuilder,
): Result<Route, Diagnostic> {
  if (work.kind === "agent") return builder.route(step, template);
  const kind = builder.registry.agentKind(work.agent);
  if (!kind.ok) return kind;
  const performer = builder.settings.performers.includes(work.performer) ? work.performer : undefined;
  return ok({ kind: kind.value, performer });
}
