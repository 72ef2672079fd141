import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { err, ok, type Result } from "../shared/result.ts";
import type { BoundArgument } from "../templates/bind-parameters.ts";
import { evaluateItems, renderValue } from "../templates/expressions.ts";
import type { Step, StepWork, SynthesisMode } from "../templates/template.ts";
import { addAgent, agentNode, isJudged } from "./add-agent.ts";
import { addJudge } from "./add-judge.ts";
import type { Enclosing, PlacedStep } from "./expansion.ts";
import { isKnown, namesOf } from "./known-values.ts";
import { autoParallelism, complexityOf } from "./parallelism.ts";
import type { AgentInput } from "./plan.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";
import { stepNode } from "./step-node.ts";

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
  const { fork, end } = beginGroup(placed, "best", enclosing, builder);
  builder.add(fork);
  for (let index = 0; index < count; index++) {
    const path = `${fork.path}.${index}`;
    fork.children.push(path);
    const extra = count === 1 ? {} : { replica: { index, count } };
    addAgent({ ...placed, path, parent: fork.path, needs: [] }, enclosing, builder, extra);
  }
  end();
}

function addLoop(
  placed: PlacedStep,
  loop: NonNullable<Step["forEach"]>,
  enclosing: Enclosing,
  builder: PlanBuilder,
): void {
  const { step } = placed;
  const { fork, end } = beginGroup(placed, "aggregate", enclosing, builder);
  const items = isKnown(loop.items, enclosing, true) ? evaluateItems(loop.items, namesOf(enclosing)) : null;
  if (items === null) {
    addDynamicLoop(placed, fork, loop, enclosing, builder);
    end();
    return;
  }
  builder.add(fork);
  if (!items.ok) {
    builder.report([items.error], enclosing.call.span);
    return;
  }
  items.value.forEach((item, index) => {
    if (builder.full) return;
    const path = `${fork.path}.${index}`;
    fork.children.push(path);
    const input = { ...placed.input, loop: { [loop.variable]: item } };
    const copy = { ...placed, path, parent: fork.path, needs: [], input };
    if (step.work.kind === "template") addNested(copy, step.work, enclosing, builder);
    else addAgent(copy, enclosing, builder);
  });
  end();
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
    ...(enclosing.model === null ? {} : { model: enclosing.model }),
    as: {
      step: step.name,
      ...(step.phase === undefined ? {} : { phase: step.phase }),
      needs,
      ...(isJudged(step, path.endsWith(`/${step.name}`) && !step.forEach ? "step" : "copy")
        ? { when: step.when! }
        : {}),
      input,
      priority: step.priority,
      // Of a loop the fork around the copies is the supervisor.
      ...(step.supervision && !step.forEach ? { supervision: step.supervision } : {}),
      ...(step.budget && !step.forEach ? { budget: step.budget } : {}),
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

/**
 * The fork of a step's agents. Under a judge it stands in a chain of its own, whose last child is the judge; `end` adds that
 * once the agents are known.
 */
function beginGroup(
  placed: PlacedStep,
  usual: SynthesisMode,
  enclosing: Enclosing,
  builder: PlanBuilder,
): { readonly fork: GroupDraft; readonly end: () => void } {
  const { step, input } = placed;
  const { mode = usual, resolve, judge } = step.synthesis ?? {};
  const terms = { synthesis: mode, ...(resolve ? { resolve } : {}) };
  const supervision = step.supervision ? { supervision: step.supervision } : {};
  const budget = step.budget ? { budget: step.budget } : {};
  const when = isJudged(step, "step") ? { when: step.when! } : {};
  if (!judge)
    return {
      fork: { ...stepGroup("fork", placed, enclosing), ...when, ...terms, ...supervision, ...budget },
      end: () => {},
    };
  const outer: GroupDraft = {
    ...stepGroup("chain", placed, enclosing),
    ...when,
    ...terms,
    ...budget,
    successThreshold: 1,
  };
  builder.add(outer);
  const path = builder.claim(`${placed.path}/agents`);
  outer.children.push(path);
  const inner = stepGroup("fork", { ...placed, path, parent: outer.path, needs: [] }, enclosing);
  const end = (): void => addJudge(outer, judge, input, enclosing, builder);
  return { fork: { ...inner, ...supervision, role: "siblings" }, end };
}

function stepGroup(kind: "fork" | "chain", placed: PlacedStep, enclosing: Enclosing): GroupDraft {
  const { successThreshold } = placed.step;
  const shared = { synthesis: "aggregate", successThreshold, role: "step" } as const;
  return { kind, ...stepNode(placed, enclosing), ...shared };
}
