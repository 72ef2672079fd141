import type { Command, Expression, Program, Statement } from "../dsl/syntax.ts";
import type { Span } from "../shared/diagnostic.ts";
import { expandCommand } from "./expand-command.ts";
import type { Bindings, Place } from "./expansion.ts";
import type { GroupDraft, PlanBuilder } from "./plan-builder.ts";

/** Adds the nodes of a program to the builder and gives the paths of its roots. */
export function expandProgram(program: Program, builder: PlanBuilder): readonly string[] {
  const bindings = bindNames(program, builder);
  const roots: string[] = [];
  for (const { name, body } of program.statements) {
    const place: Place = { parent: null, prefix: "", previous: [], depth: 1 };
    if (body.kind === "reference") continue;
    const path = name ? bindings.get(name.text) : undefined;
    roots.push(...expandExpression(body, place, bindings, builder, path).made);
  }
  return roots;
}

/** Gives every bound statement its path before any is expanded, so that a name may be used before it is bound. */
function bindNames(program: Program, builder: PlanBuilder): Bindings {
  const bound = new Map<string, Statement>();
  for (const statement of program.statements) if (statement.name) bound.set(statement.name.text, statement);
  const paths = new Map<string, string>();
  for (const [name, { body }] of bound) if (body.kind !== "reference") paths.set(name, builder.claim(name));
  const circling = new Set<string>();
  for (const [name, { body, span }] of bound) {
    const seen = [name];
    let at: Expression = body;
    while (at.kind === "reference") {
      const next = bound.get(at.name);
      if (!next) break;
      if (seen.includes(at.name)) {
        if (!circling.has(at.name))
          reportCycle(builder, [...seen.slice(seen.indexOf(at.name)), at.name], span);
        for (const member of seen) circling.add(member);
        break;
      }
      seen.push(at.name);
      at = next.body;
    }
    const path = paths.get(seen.at(-1)!);
    if (path !== undefined) paths.set(name, path);
  }
  return paths;
}

/** Reports names that wait for each other; each waits for the next, the first stands at the end again. */
export function reportCycle(builder: PlanBuilder, names: readonly string[], span: Span | undefined): void {
  builder.error("PLAN_CYCLE", `these wait for each other: ${names.join(" -> ")}`, span, {
    expected: "dependencies that end somewhere",
    got: `a cycle of ${names.length - 1}`,
    hint: `let ${names[0]} no longer depend on ${names[1]}`,
  });
}

/** `made`: nodes added here; `answers`: paths whose answers are the expression's result. */
type Expanded = { readonly made: readonly string[]; readonly answers: readonly string[] };

function expandExpression(
  expression: Expression,
  place: Place,
  bindings: Bindings,
  builder: PlanBuilder,
  path?: string,
): Expanded {
  switch (expression.kind) {
    case "reference": {
      const target = bindings.get(expression.name);
      return { made: [], answers: target === undefined ? [] : [target] };
    }
    case "command": {
      const made = expandCommand(
        expression,
        place,
        bindings,
        builder,
        path ?? commandPath(expression, place, builder),
      );
      return { made: [made], answers: [made] };
    }
    case "chain":
      return expandChain(expression.steps, expression.span, place, bindings, builder, path);
    case "fork":
      return expandFork(expression.branches, expression.span, place, bindings, builder, path);
  }
}

function commandPath(command: Command, place: Place, builder: PlanBuilder): string {
  return builder.claim(`${place.prefix}${command.template.text.toLowerCase()}`);
}

function expandChain(
  steps: readonly Expression[],
  span: Span,
  place: Place,
  bindings: Bindings,
  builder: PlanBuilder,
  given?: string,
): Expanded {
  const path = given ?? builder.claim(`${place.prefix}flow`);
  const group = programGroup("chain", path, place);
  builder.add(group, span);
  let previous = place.previous;
  for (const step of steps) {
    const inside: Place = { ...place, parent: path, prefix: `${path}/`, previous };
    const expanded = expandExpression(step, inside, bindings, builder);
    group.children.push(...expanded.made);
    previous = expanded.answers;
  }
  return { made: [path], answers: [path] };
}

function expandFork(
  branches: readonly Expression[],
  span: Span,
  place: Place,
  bindings: Bindings,
  builder: PlanBuilder,
  given?: string,
): Expanded {
  const path = given ?? builder.claim(`${place.prefix}fork`);
  const group = programGroup("fork", path, place);
  builder.add(group, span);
  const borrowed: string[] = [];
  for (const branch of branches) {
    const inside: Place = { ...place, parent: path, prefix: `${path}/`, previous: place.previous };
    const expanded = expandExpression(branch, inside, bindings, builder);
    group.children.push(...expanded.made);
    if (expanded.made.length === 0) borrowed.push(...expanded.answers);
  }
  return { made: [path], answers: [path, ...borrowed] };
}

function programGroup(kind: "chain" | "fork", path: string, place: Place): GroupDraft {
  return {
    kind,
    path,
    parent: place.parent,
    needs: [...place.previous],
    children: [],
    template: null,
    step: null,
    priority: 0,
    synthesis: "aggregate",
    successThreshold: kind === "fork" ? 0.8 : 1,
    role: "program",
  };
}
