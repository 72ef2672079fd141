import type { Diagnostic } from "../shared/diagnostic.ts";
import type { Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { checkAsking } from "./check-asking.ts";
import { checkExpressions } from "./check-expressions.ts";
import { checkFallback } from "./check-fallback.ts";
import { checkRun } from "./check-run.ts";
import { checkSynthesis } from "./check-synthesis.ts";
import { checkTools } from "./check-tools.ts";
import { mismatchOf } from "./parameter-type.ts";
import { checkPhases, needsWithPhases } from "./phases.ts";
import { invalid } from "./schema-diagnostics.ts";
import { SECRET_FORM, variableOf } from "./secret-parameter.ts";
import type { SourceDocument } from "./source-document.ts";
import { cyclesOf, type Needs } from "./step-graph.ts";
import { AUTO } from "./template.ts";
import type { ParameterFile, ResourcesFile, StepFile, TemplateFile } from "./template-schema.ts";

/** Names that expressions use for something else. */
const RESERVED_NAMES = new Set(
  "steps previous context board forloop true false nil null empty blank and or not contains in".split(" "),
);

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

function checkParameters(
  document: SourceDocument,
  parameters: Readonly<Record<string, ParameterFile>>,
): Diagnostic[] {
  const each = Object.entries(parameters).flatMap(([name, parameter]) => [
    ...checkName(document, ["parameters", name]),
    ...checkParameter(document, name, parameter),
  ]);
  const positions = Object.entries(parameters)
    .filter(([, parameter]) => parameter.position !== undefined)
    .sort(([, a], [, b]) => a.position! - b.position!);
  const wrong = positions.find(([, parameter], index) => parameter.position !== index + 1);
  if (!wrong) return each;
  const got = positions.map(([name, parameter]) => `${name}: ${parameter.position}`).join(", ");
  return [
    ...each,
    invalid(
      document,
      ["parameters", wrong[0], "position"],
      "value",
      "positions count 1, 2, 3 without gaps or repeats",
      {
        expected: "each position from 1 once",
        got,
        hint: "number the positions anew",
      },
    ),
  ];
}

function checkName(document: SourceDocument, path: readonly string[]): Diagnostic[] {
  const name = path.at(-1)!;
  if (!RESERVED_NAMES.has(name)) return [];
  return [
    invalid(document, path, "key", `"${name}" has a meaning of its own in expressions`, {
      expected: "another name",
      got: name,
      hint: "rename it",
    }),
  ];
}

function checkParameter(document: SourceDocument, name: string, parameter: ParameterFile): Diagnostic[] {
  const { type, values, minimum, maximum } = parameter;
  const path = ["parameters", name];
  if (type === "enum" && values === undefined) {
    return [
      invalid(document, path, "key", `enum parameter "${name}" lists no values`, {
        expected: "values: [...]",
        got: "nothing",
        hint: "add values: [one, two]",
      }),
    ];
  }
  const isNumber = type === "number" || type === "integer";
  const bound = minimum === undefined ? "maximum" : "minimum";
  if (!isNumber && (minimum !== undefined || maximum !== undefined)) {
    return [
      invalid(
        document,
        [...path, bound],
        "key",
        `parameter "${name}" is no number and cannot have a ${bound}`,
        { expected: "type: number or integer", got: type, hint: "leave the bound out" },
      ),
    ];
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    return [
      invalid(document, [...path, "minimum"], "value", `no number suits parameter "${name}"`, {
        expected: `a minimum of at most ${maximum}`,
        got: String(minimum),
        hint: "exchange the two",
      }),
    ];
  }
  if (parameter.secret && (type !== "string" || values !== undefined || parameter.or_span))
    return [
      invalid(document, [...path, "secret"], "key", `parameter "${name}" cannot be secret`, {
        expected: "type: string, without values",
        got: `type: ${type}`,
        hint: "give each secret a parameter of its own",
      }),
    ];
  if (parameter.default === undefined) return [];
  if (parameter.secret && variableOf(parameter.default as Json) === undefined)
    return [
      invalid(document, [...path, "default"], "value", `the default of parameter "${name}" is no variable`, {
        expected: SECRET_FORM,
        got: "another value",
        hint: "a secret stands in no template: put it into a variable",
      }),
    ];
  const mismatch = mismatchOf(
    { type, orSpan: parameter.or_span ?? false, ...definedOnly({ values, minimum, maximum }) },
    parameter.default as Json,
  );
  if (!mismatch) return [];
  const { code: _, ...details } = mismatch;
  return [
    invalid(
      document,
      [...path, "default"],
      "value",
      `the default of parameter "${name}" does not suit it`,
      details,
    ),
  ];
}

/** The members that are present, so that absent ones stay absent rather than undefined. */
export function definedOnly<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> };
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
