import type { Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { checkAsking } from "./check-asking.ts";
import { checkExpressions } from "./check-expressions.ts";
import { checkFallback } from "./check-fallback.ts";
import { checkName, checkParameters } from "./check-parameters.ts";
import { checkRun } from "./check-run.ts";
import { checkSynthesis } from "./check-synthesis.ts";
import { checkTools } from "./check-tools.ts";
import { checkPhases, needsWithPhases } from "./phases.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { SourceDocument } from "./source-document.ts";
import { cyclesOf, type Needs } from "./step-graph.ts";
import type { ResourcesFile, StepFile } from "./step-schema.ts";
import { AUTO } from "./template.ts";
import type { TemplateFile } from "./template-schema.ts";

/** Names of resources that the runtime counts by itself. */
const RESERVED_RESOURCES: Readonly<Record<string, string>> = {
  memoryMb: "write memory: 512MB",
  agents: "every agent takes one slot by itself; choose another name",
};

/** Judges what a template's form cannot say: parameters, kinds of steps, needs, cycles, expressions. */
export function checkTemplate(document: SourceDocument, file: TemplateFile): Diagnostic[] {
  const declared = new Map(Object.entries(file.steps).map(([name, step]) => [name, step.needs ?? []]));
  const needs = needsWithPhases(file);
  return [
    ...checkParameters(document, file.parameters ?? {}),
    ...checkResources(document, ["defaults"], file.defaults?.resources),
    ...Object.entries(file.steps).flatMap(([name, step]) => checkStep(document, name, step)),
    ...checkNeeds(document, declared),
    ...checkPhases(document, file),
    ...checkAnswer(document, file.synthesis?.answer ?? [], [...needs.keys()]),
    ...checkSynthesis(document, file),
    ...checkCycles(document, needs, declared),
    ...checkExpressions(document, file, needs),
  ];
}

function checkStep(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  return [
    ...checkKind(document, name, step),
    ...checkResources(document, ["steps", name], step.resources),
    ...checkLoop(document, name, step),
    ...checkAsking(document, name, step),
    ...checkRun(document, name, step),
    ...checkFallback(document, name, step),
    ...checkAuto(document, name, step),
    ...checkPublish(document, name, step),
    ...checkTools(document, name, step),
  ];
}

/** A nested template's answer is made of its steps' outcomes, which they can publish themselves. */
function checkPublish(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  if (step.publish === undefined || step.template === undefined) return [];
  return [
    invalid(document, ["steps", name, "publish"], "key", `"publish" has no meaning in step "${name}"`, {
      expected: "a step with agent or run",
      got: "a step with template",
      hint: "let the steps of the nested template publish",
    }),
  ];
}

function checkKind(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  const path = ["steps", name];
  const present = (["template", "run", "agent"] as const).filter((kind) => step[kind] !== undefined);
  const kinds = step.run === undefined ? present : present.filter((kind) => kind !== "agent");
  if (kinds.length !== 1) {
    return [
      invalid(document, path, "key", `step "${name}" must say in one way what it does`, {
        expected: "exactly one of template, run, agent",
        got: kinds.length === 0 ? "none of them" : kinds.join(" and "),
        hint: kinds.length === 0 ? "add agent: NAME with a prompt" : "keep one of them, or make two steps",
      }),
    ];
  }
  const allowed = { template: ["version", "with"], run: [], agent: ["prompt", "model"] }[
    kinds[0]!
  ] as readonly string[];
  const owners = { version: "template", with: "template", prompt: "agent", model: "agent" } as const;
  return (["version", "with", "prompt", "model"] as const)
    .filter((key) => step[key] !== undefined && !allowed.includes(key))
    .map((key) =>
      invalid(document, [...path, key], "key", `"${key}" has no meaning in step "${name}"`, {
        expected: `a step with ${owners[key]}`,
        got: `a step with ${kinds[0]}`,
        hint:
          key === "prompt" && kinds[0] === "run"
            ? "options of the performer stand inside run"
            : "leave it out",
      }),
    );
}

/** A kind can be chosen by what is asked of it only, and only where it does the work. */
function checkAuto(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  const isRun = step.run !== undefined;
  if (step.agent !== AUTO || (!isRun && (step.capabilities ?? []).length > 0)) return [];
  return [
    invalid(document, ["steps", name, "agent"], "value", `no agent kind can be chosen for step "${name}"`, {
      expected: isRun ? "the name of an agent kind" : "capabilities: [...] beside agent: auto",
      got: isRun ? "auto beside run" : "no capabilities",
      hint: isRun
        ? "the performer is named already; leave agent out"
        : "say what the agent must be able to do",
    }),
  ];
}

function checkLoop(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  if (step.forEach === undefined) return [];
  const path = ["steps", name, "forEach"];
  const [first, ...more] = Object.keys(step.forEach);
  if (first === undefined || more.length > 0) {
    return [
      invalid(document, path, "key", `forEach of step "${name}" has one variable`, {
        expected: "variable: expression, such as file: steps.generate.artifacts",
        got: `${more.length === 0 ? 0 : more.length + 1} variables`,
        hint: "keep one variable",
      }),
    ];
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(first)) {
    return [
      invalid(document, [...path, first], "key", `"${first}" cannot be a loop variable`, {
        expected: "letters, digits and _",
        got: first,
        hint: "rename it",
      }),
    ];
  }
  const items = step.forEach[first];
  if (typeof items !== "string" && !Array.isArray(items)) {
    return [
      invalid(document, [...path, first], "value", `forEach of step "${name}" needs a list`, {
        expected: "an expression that gives a list, or a list",
        got: `a value of type ${items === null ? "null" : typeof items}`,
        hint: "put it into a list: [value]",
      }),
    ];
  }
  return checkName(document, [...path, first]);
}

function checkResources(
  document: SourceDocument,
  owner: readonly string[],
  resources: ResourcesFile | undefined,
): Diagnostic[] {
  return Object.keys(resources ?? {})
    .filter((name) => Object.hasOwn(RESERVED_RESOURCES, name))
    .map((name) =>
      invalid(document, [...owner, "resources", name], "key", `"${name}" is no name for a resource`, {
        expected: "cpu, memory or a name of your own",
        got: name,
        hint: RESERVED_RESOURCES[name]!,
      }),
    );
}

function checkNeeds(document: SourceDocument, needs: Needs): Diagnostic[] {
  return [...needs].flatMap(([step, names]) =>
    names.flatMap((need, index) => {
      if (needs.has(need)) return [];
      const others = [...needs.keys()].filter((name) => name !== step);
      const near = nearestName(need, others);
      return [
        {
          ...invalid(
            document,
            ["steps", step, "needs", index],
            "value",
            `step "${step}" needs "${need}", and there is no such step`,
            {
              expected:
                others.length === 0 ? "no needs, as there is no other step" : `one of ${others.join(", ")}`,
              got: need,
              hint: near === undefined ? "name a step of this template" : `did you mean "${near}"?`,
            },
          ),
          code: "TEMPLATE_UNKNOWN_NEED",
        },
      ];
    }),
  );
}

function checkAnswer(
  document: SourceDocument,
  answer: readonly string[],
  steps: readonly string[],
): Diagnostic[] {
  return answer.flatMap((name, index) => {
    if (steps.includes(name)) return [];
    const near = nearestName(name, steps);
    return invalid(
      document,
      ["synthesis", "answer", index],
      "value",
      `there is no step "${name}" to answer with`,
      {
        expected: `one of ${steps.join(", ")}`,
        got: name,
        hint: near === undefined ? "name a step of this template" : `did you mean "${near}"?`,
      },
    );
  });
}

function checkCycles(document: SourceDocument, needs: Needs, declared: Needs): Diagnostic[] {
  return cyclesOf(needs).map((cycle) => {
    const round = [...cycle, cycle[0]!];
    const related = cycle.map((step, index) => {
      const need = round[index + 1]!;
      const at = declared.get(step)!.indexOf(need);
      const span = at < 0 ? document.spanOfKey(["phases"]) : document.spanAt(["steps", step, "needs", at]);
      return { message: `"${step}" needs "${need}"`, span };
    });
    return {
      code: "TEMPLATE_CYCLE",
      severity: "error",
      message: `steps wait for each other: ${round.join(" -> ")}`,
      ...(related[0] ? { span: related[0].span } : {}),
      expected: "steps whose needs come to an end",
      got: round.join(" -> "),
      hint: `take one need away, such as "${round[1]}" from step "${cycle[0]}"`,
      related,
    } as const;
  });
}
