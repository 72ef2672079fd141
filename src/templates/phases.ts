import type { Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { SourceDocument } from "./source-document.ts";
import type { Needs } from "./step-graph.ts";
import type { PhaseFile, TemplateFile } from "./template-schema.ts";

/**
 * What every step needs: what it says itself, then what its phase says. A phase begins when all steps of the one before
 * have ended well; in a sequential one each step also waits for the one before it.
 */
export function needsWithPhases({ steps, phases = [] }: TemplateFile): Needs {
  const needs = new Map(Object.entries(steps).map(([name, step]) => [name, step.needs ?? []]));
  phases.forEach(({ steps: members, order }, index) => {
    const before = phases[index - 1]?.steps ?? [];
    members.forEach((name, position) => {
      const previous = order === "sequential" && position > 0 ? [members[position - 1]!] : [];
      const own = needs.get(name);
      if (own) needs.set(name, [...new Set([...own, ...before, ...previous])]);
    });
  });
  return needs;
}

/** The phase that a step stands in. */
export function phaseOf(name: string, phases: readonly PhaseFile[] | undefined): string | undefined {
  return phases?.find(({ steps }) => steps.includes(name))?.name;
}

/** Every step stands in one phase, and every phase has a name of its own. */
export function checkPhases(document: SourceDocument, { steps, phases }: TemplateFile): Diagnostic[] {
  if (!phases) return [];
  const known = Object.keys(steps);
  const placed = new Map<string, string>();
  const found: Diagnostic[] = [];
  phases.forEach((phase, index) => {
    if (phases.findIndex(({ name }) => name === phase.name) < index)
      found.push(
        invalid(document, ["phases", index, "name"], "value", `two phases are called "${phase.name}"`, {
          expected: "a name of its own for each phase",
          got: phase.name,
          hint: "rename one",
        }),
      );
    phase.steps.forEach((name, position) => {
      const fault = faultOf(name, known, placed.get(name));
      if (fault) found.push(invalid(document, ["phases", index, "steps", position], "value", ...fault));
      else placed.set(name, phase.name);
    });
  });
  const left = known.filter((name) => !placed.has(name));
  if (left.length > 0)
    found.push(
      invalid(document, ["phases"], "key", `these steps stand in no phase: ${left.join(", ")}`, {
        expected: "every step in one phase",
        got: [...placed.keys()].join(", "),
        hint: `add ${left[0]} to the steps of a phase`,
      }),
    );
  return found;
}

type Fault = readonly [string, Pick<Diagnostic, "expected" | "got" | "hint">];

function faultOf(name: string, known: readonly string[], phase: string | undefined): Fault | null {
  if (!known.includes(name)) {
    const near = nearestName(name, known);
    const hint = near === undefined ? "name a step of this template" : `did you mean "${near}"?`;
    return [
      `there is no step "${name}" for a phase`,
      { expected: `one of ${known.join(", ")}`, got: name, hint },
    ];
  }
  if (phase === undefined) return null;
  return [
    `step "${name}" stands in a phase already`,
    { expected: "every step in one phase", got: `${name}, which is in "${phase}"`, hint: "remove it once" },
  ];
}
