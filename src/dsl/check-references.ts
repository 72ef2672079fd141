import type { Diagnostic } from "../shared/diagnostic.ts";
import { LIMITS } from "../shared/limits.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { Expression, Name, Program, Reference, Value } from "./syntax.ts";

/** Bound names that are compared for "did you mean". */
const CANDIDATES_MAX = 1_000;

/**
 * Finds `$names` that no statement binds and names that are bound twice. A reference may stand before its binding;
 * whether references go round in a circle is found by the plan.
 */
export function checkReferences(program: Program): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const bound = new Map<string, Name>();
  for (const { name } of program.statements) {
    if (name === undefined) continue;
    const first = bound.get(name.text);
    if (first === undefined) bound.set(name.text, name);
    else diagnostics.push(duplicateName(name, first));
  }
  // Looking for near names costs a pass over the bound ones: only as often as it can be listed.
  const unknown = program.statements
    .flatMap(({ name, body }) => referencesIn(body).map((reference) => ({ reference, own: name?.text })))
    .filter(({ reference }) => !bound.has(reference.name))
    .slice(0, LIMITS.diagnosticsMax);
  const candidates = [...bound.values()].slice(0, CANDIDATES_MAX);
  for (const { reference, own } of unknown) {
    // What a name stands for cannot be made of itself.
    const others = candidates.filter(({ text }) => text !== own);
    diagnostics.push(unknownName(reference, others));
  }
  return diagnostics
    .sort((a, b) => a.span!.start.offset - b.span!.start.offset)
    .slice(0, LIMITS.diagnosticsMax);
}

/** Every reference in an expression or value, in the order of the text. */
export function referencesIn(node: Expression | Value): Reference[] {
  switch (node.kind) {
    case "reference":
      return [node];
    case "chain":
      return node.steps.flatMap(referencesIn);
    case "fork":
      return node.branches.flatMap(referencesIn);
    case "command":
      return node.arguments.flatMap((argument) => referencesIn(argument.value));
    case "array":
      return node.items.flatMap(referencesIn);
    case "object":
      return node.members.flatMap((member) => referencesIn(member.value));
    case "literal":
      return [];
  }
}

function duplicateName(name: Name, first: Name): Diagnostic {
  return {
    code: "DSL_DUPLICATE_NAME",
    severity: "error",
    message: `the name \`${name.text}\` is bound twice`,
    span: name.span,
    expected: "a name that no other statement binds",
    got: `\`${name.text}\``,
    hint: "rename one of the two",
    related: [{ message: "it is first bound here", span: first.span }],
  };
}

function unknownName(reference: Reference, bound: readonly Name[]): Diagnostic {
  const near = nearestName(
    reference.name,
    bound.map(({ text }) => text),
  );
  const nearName = bound.find(({ text }) => text === near);
  return {
    code: "DSL_UNKNOWN_NAME",
    severity: "error",
    message: `no statement binds the name \`${reference.name}\``,
    span: reference.span,
    expected: bound.length === 0 ? "a name bound by `name = ...`" : `one of ${namesOf(bound)}`,
    got: `\`$${reference.name}\``,
    hint:
      near === undefined
        ? `bind it with \`${reference.name} = ABYSSAL[...](...)\`, or quote it if it is a text`
        : `did you mean $${near}?`,
    ...(nearName === undefined
      ? {}
      : { related: [{ message: `\`${near}\` is bound here`, span: nearName.span }] }),
  };
}

const NAMES_SHOWN = 8;

function namesOf(bound: readonly Name[]): string {
  const names = bound.slice(0, NAMES_SHOWN).map(({ text }) => `$${text}`);
  return `${names.join(", ")}${bound.length > NAMES_SHOWN ? ", ..." : ""}`;
}
