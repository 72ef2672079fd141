import type { Diagnostic } from "../../shared/diagnostic.ts";
import { nearestName } from "../../shared/nearest-name.ts";
import type { AgentKind, Step } from "../../templates/template.ts";

/** Kinds that are named as nearest. */
const LISTED = 3;

/** No kind of agent has all that a step needs. */
export function nobodyFits(step: Step, template: string, kinds: readonly AgentKind[]): Diagnostic {
  return {
    code: "ROUTE_NO_AGENT",
    severity: "error",
    place: `${template}, step ${step.name}`,
    message: "no kind of agent has all capabilities that this step needs",
    expected: `an agent kind with ${step.capabilities.join(", ")}`,
    got: nearest(step, kinds) || "no agent kind at all",
    hint: slipOf(step, kinds) ?? "give one of these kinds what it lacks, or split the step",
  };
}

/** The kind that a step, or rule number `rule` for it, names does not have all that the step needs. */
export function lacksCapability(
  step: Step,
  template: string,
  {
    kind,
    rule,
    lacks,
  }: { readonly kind: AgentKind; readonly rule: number | null; readonly lacks: readonly string[] },
  kinds: readonly AgentKind[],
): Diagnostic {
  const able = kinds.filter(({ capabilities }) =>
    step.capabilities.every((name) => capabilities.includes(name)),
  );
  const others = able.map(({ name }) => name).slice(0, LISTED);
  return {
    code: "ROUTE_CAPABILITY_MISSING",
    severity: "error",
    place: `${template}, step ${step.name}`,
    message: `${kind.name}${rule === null ? "" : `, named by routing.rules[${rule}],`} does not have every capability that this step needs`,
    expected: `an agent kind with ${step.capabilities.join(", ")}`,
    got: `${kind.name}, without ${lacks.join(", ")}`,
    hint:
      others.length > 0
        ? `${others.join(", ")} ${others.length === 1 ? "has" : "have"} all of it; ${rule === null ? "or write agent: auto" : "or let the rule be for other steps"}`
        : (slipOf({ ...step, capabilities: lacks }, kinds) ?? `nearest: ${nearest(step, kinds)}`),
  };
}

/** The kinds that have most of what is needed, with what each one lacks. */
function nearest({ capabilities }: Step, kinds: readonly AgentKind[]): string {
  const lacking = kinds.map((kind) => ({
    name: kind.name,
    lacks: capabilities.filter((name) => !kind.capabilities.includes(name)),
  }));
  lacking.sort((a, b) => a.lacks.length - b.lacks.length);
  return lacking
    .slice(0, LISTED)
    .map(({ name, lacks }) => `${name} without ${lacks.join(", ")}`)
    .join("; ");
}

/** A needed capability that nobody has, and that looks like one that somebody has. */
function slipOf({ capabilities }: Step, kinds: readonly AgentKind[]): string | undefined {
  const known = [...new Set(kinds.flatMap((kind) => kind.capabilities))];
  for (const name of capabilities) {
    const near = known.includes(name) ? undefined : nearestName(name, known);
    if (near !== undefined) return `did you mean "${near}"?`;
  }
  return undefined;
}
