import type { Command, Reference, Value } from "../dsl/syntax.ts";
import type { Json, JsonObject } from "../shared/json.ts";
import { pointerKey } from "../shared/json-pointer.ts";
import { type BoundArgument, bindParameters } from "../templates/bind-parameters.ts";
import { tighter } from "./budget.ts";
import { commandModel, unaskedModel } from "./command-model.ts";
import { expandSteps } from "./expand-steps.ts";
import type { Bindings, Call, Place } from "./expansion.ts";
import type { AgentInput, Scope, ValueSource } from "./plan.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";

/** A value whose answer comes at run time, and where it stands within its argument. */
type Deferred = { readonly keys: readonly string[]; readonly source: Command | Reference | ExpressionSource };
type ExpressionSource = { readonly kind: "expression"; readonly value: Json; readonly input: AgentInput };

/** Expands a command that stands in the text; gives its node's path, also when it could not be expanded. */
export function expandCommand(
  command: Command,
  place: Place,
  bindings: Bindings,
  builder: PlanBuilder,
  path: string,
): string {
  const { template: name, version, span } = command;
  const found = builder.registry.get(name.text, version?.text);
  if (!found.ok) {
    builder.report(
      [found.error],
      version && found.error.code === "TEMPLATE_VERSION_UNKNOWN" ? version.span : name.span,
    );
    return path;
  }
  const args = command.arguments.map((argument) => {
    const named = argument.name ? { name: argument.name.text, nameSpan: argument.name.span } : {};
    return { ...argumentOf(argument.value), ...named };
  });
  expandCall({ path, place, template: found.value, args, span, nesting: [], bindings }, builder);
  return path;
}

/** Adds a command's group, the commands among its parameters, and its steps. */
export function expandCall(call: Call, builder: PlanBuilder): void {
  const { template, path, place, span, nesting, as } = call;
  if (builder.full || !mayNest(call, builder)) return;
  const bound = bindParameters(template, call.args, { ...(span ? { span } : {}), isStep: as !== undefined });
  if (!bound.ok) {
    builder.report(bound.error, span);
    return;
  }
  builder.report(bound.value.warnings, span);
  builder.report(builder.board.declare(template), span);
  const { parameters } = bound.value;
  const { model: own, context, warnings } = commandModel(bound.value.context, builder.settings.models);
  builder.report(warnings, span);
  const refs: Record<string, ValueSource> = {};
  const scope: Scope = { parameters, context, refs };
  const supervision = as?.supervision ?? template.supervision;
  const budget = tighter(template.budget, as?.budget);
  const group: GroupDraft = {
    kind: "chain",
    path,
    parent: place.parent,
    needs: [...new Set([...place.previous, ...(as?.needs ?? [])])],
    children: [],
    template: `${template.name}@${template.version}`,
    step: as?.step ?? null,
    ...(as?.phase === undefined ? {} : { phase: as.phase }),
    ...(as?.when === undefined ? {} : { when: as.when }),
    ...(as ? { input: as.input } : {}),
    priority: as?.priority ?? 0,
    synthesis: template.synthesis.mode,
    ...(template.synthesis.resolve ? { resolve: template.synthesis.resolve } : {}),
    ...(template.synthesis.answer ? { answerOf: template.synthesis.answer } : {}),
    successThreshold: 1,
    ...(supervision ? { supervision } : {}),
    ...(budget ? { budget } : {}),
    role: "command",
    scope,
  };
  builder.add(group, span);
  const deferred = bound.value.placed.flatMap(({ tag, pointer }) =>
    (tag as readonly Deferred[]).map(({ keys, source }) => ({
      pointer: [pointer, ...keys.map(pointerKey)].join("/"),
      source,
    })),
  );
  const valueForks = expandValues(call, group, refs, deferred, builder);
  expandSteps(
    {
      call,
      group,
      scope,
      model: own ?? call.model ?? null,
      nesting: [...nesting, template.name],
      valueForks,
      nest: (inner) => expandCall(inner, builder),
    },
    builder,
  );
  const unasked = own === null ? null : unaskedModel(own, path, builder.nodes);
  if (unasked) builder.report([unasked], span);
}

function mayNest({ template, place, nesting, span }: Call, builder: PlanBuilder): boolean {
  if (nesting.includes(template.name)) {
    const loop = [...nesting.slice(nesting.indexOf(template.name)), template.name];
    builder.error("PLAN_CYCLE", `these templates nest each other: ${loop.join(" -> ")}`, span, {
      expected: "templates that nest one another only downwards",
      hint: `let ${loop.at(-2)} no longer nest ${template.name}`,
    });
    return false;
  }
  const { maxDepth } = builder.settings;
  if (place.depth <= maxDepth) return true;
  builder.error("PLAN_TOO_DEEP", `${template.name} is nested too deeply`, span, {
    expected: `at most ${maxDepth} commands within each other`,
    got: String(place.depth),
    hint: "bind inner commands to names, or raise execution.max_recursive_depth",
  });
  return false;
}

type PlacedValue = { readonly pointer: string; readonly source: Deferred["source"] };

/** Expands the commands that stand in parameters; where enough of them stand in one, they are a fork. */
function expandValues(
  call: Call,
  group: GroupDraft,
  refs: Record<string, ValueSource>,
  deferred: readonly PlacedValue[],
  builder: PlanBuilder,
): readonly GroupDraft[] {
  const byParameter = new Map<string, { readonly command: Command; readonly pointer: string }[]>();
  for (const { pointer, source } of deferred) {
    if (source.kind === "expression") refs[pointer] = source;
    else if (source.kind === "reference") {
      const path = call.bindings.get(source.name);
      if (path !== undefined) refs[pointer] = { kind: "answer", path };
    } else {
      const name = pointer.split("/")[2]!;
      byParameter.set(name, [...(byParameter.get(name) ?? []), { command: source, pointer }]);
    }
  }
  const forks: GroupDraft[] = [];
  for (const [name, commands] of byParameter) {
    const fork = commands.length >= builder.settings.forkThreshold ? valueFork(call, name, builder) : null;
    if (fork) {
      group.children.push(fork.path);
      forks.push(fork);
    }
    const parent = fork ?? group;
    for (const { command, pointer } of commands) {
      const prefix = `${call.path}/${pointer.split("/").slice(2).join(".")}/`;
      const place: Place = { parent: parent.path, prefix, previous: [], depth: call.place.depth + 1 };
      const path = builder.claim(`${prefix}${command.template.text.toLowerCase()}`);
      parent.children.push(expandCommand(command, place, call.bindings, builder, path));
      refs[pointer] = { kind: "answer", path };
    }
  }
  return forks;
}

function valueFork(call: Call, name: string, builder: PlanBuilder): GroupDraft {
  const fork: GroupDraft = {
    kind: "fork",
    path: builder.claim(`${call.path}/${name}`),
    parent: call.path,
    needs: [],
    children: [],
    template: null,
    step: null,
    priority: 0,
    synthesis: "aggregate",
    successThreshold: call.template.synthesis.threshold,
    role: "value",
  };
  builder.add(fork, call.span);
  return fork;
}

/** An argument as JSON, null in the place of every answer that comes later. */
function argumentOf(value: Value): BoundArgument {
  const deferred: Deferred[] = [];
  const json = jsonOf(value, [], deferred);
  const base = { json, span: value.span, deferred: deferred.length > 0, tag: deferred };
  if (value.kind !== "object") return base;
  // Of duplicate keys the last one counts (JSON5); the parser has warned.
  const members = new Map<string, BoundArgument>();
  for (const { key, value: inner } of value.members) {
    members.delete(key.text);
    members.set(key.text, { ...argumentOf(inner), name: key.text, nameSpan: key.span });
  }
  return { ...base, members: [...members.values()] };
}

function jsonOf(value: Value, keys: readonly string[], deferred: Deferred[]): Json {
  switch (value.kind) {
    case "literal":
      return value.value;
    case "array":
      return value.items.map((item, index) => jsonOf(item, [...keys, String(index)], deferred));
    case "object": {
      const json: JsonObject = {};
      const last = new Map(value.members.map((member) => [member.key.text, member.value]));
      for (const [key, inner] of last) json[key] = jsonOf(inner, [...keys, key], deferred);
      return json;
    }
    default:
      deferred.push({ keys, source: value });
      return null;
  }
}
