import type { Diagnostic } from "../shared/diagnostic.ts";
import { isJsonObject, type Json } from "../shared/json.ts";
import { nearestName } from "../shared/nearest-name.ts";
import type { Result } from "../shared/result.ts";
import { readsOf, readsOfExpression } from "./expressions.ts";
import { JUDGE, JUDGE_NAMES } from "./judge-step.ts";
import { mayHoldSecret, readsWhole } from "./secret-parameter.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";
import { type Needs, transitiveNeeds } from "./step-graph.ts";
import type { StepFile } from "./step-schema.ts";
import type { TemplateFile } from "./template-schema.ts";

/** What a step's result, and the results before a chain's unit, offer to expressions. */
const STEP_FIELDS = ["output", "data", "artifacts", "status"];
const PREVIOUS_FIELDS = [...STEP_FIELDS, "results"];
/** What `publish` sees beside everything else: the step's own result. */
const OWN_RESULT = ["output", "data", "artifacts", "confidence"];

/** One text that is an expression (`bare`) or holds expressions. */
type Written = { readonly path: DocumentPath; readonly text: string; readonly bare: boolean };

type StepScope = {
  readonly document: SourceDocument;
  readonly step: string;
  readonly steps: readonly string[];
  readonly needs: Needs;
  /** Parameters and the loop variable. */
  readonly names: readonly string[];
  /** Parameters that hold secrets. */
  readonly secrets: readonly string[];
  /** Keys of the blackboard that the template declares; without any, all keys are allowed. */
  readonly boardKeys: readonly string[];
};

/** Judges every expression of a template: its syntax, the names it reads, and that it needs the steps it reads. */
export function checkExpressions(document: SourceDocument, file: TemplateFile, needs: Needs): Diagnostic[] {
  const parameters = Object.keys(file.parameters ?? {});
  const steps = Object.keys(file.steps);
  const boardKeys = Object.keys(file.blackboard ?? {});
  const secrets = Object.entries(file.parameters ?? {}).flatMap(([name, { secret }]) =>
    secret ? [name] : [],
  );
  const common = { document, steps, needs, boardKeys, secrets };
  const judges = { ...common, step: JUDGE, names: [...parameters, ...JUDGE_NAMES] };
  // A judge sees what all the steps before it have made.
  const afterAll = { ...judges, needs: new Map([...needs, [JUDGE, steps]]) };
  return [
    ...checkJudge(afterAll, ["synthesis"], file),
    ...Object.entries(file.steps).flatMap(([name, step]) => [
      ...checkStepExpressions({ ...common, step: name, names: parameters }, name, step),
      ...checkJudge(
        { ...judges, needs: new Map([[JUDGE, needs.get(name) ?? []], ...needs]) },
        ["steps", name, "synthesis"],
        step,
      ),
    ]),
  ];
}

function checkJudge(
  scope: StepScope,
  path: DocumentPath,
  { synthesis }: TemplateFile | StepFile,
): Diagnostic[] {
  return (["prompt", "model"] as const).flatMap((key) => {
    const text = synthesis?.judge?.[key];
    return text === undefined ? [] : checkText(scope, { path: [...path, "judge", key], text, bare: false });
  });
}

function checkStepExpressions(scope: StepScope, name: string, step: StepFile): Diagnostic[] {
  const inner = { ...scope, names: [...scope.names, ...Object.keys(step.forEach ?? {})] };
  return [
    ...itemsOf(name, step).flatMap((written) => checkText(scope, written)),
    ...textsOf(name, step).flatMap((written) => checkText(inner, written)),
    ...checkPublished(inner, step),
  ];
}

function checkPublished(scope: StepScope, { publish }: StepFile): Diagnostic[] {
  const inner = { ...scope, names: [...scope.names, ...OWN_RESULT] };
  return Object.entries(publish ?? {}).flatMap(([key, value]) => {
    const path = ["steps", scope.step, "publish", key];
    const unknown = unknownKey(scope, key);
    return [
      ...(unknown
        ? [
            {
              code: "TEMPLATE_UNKNOWN_VARIABLE",
              severity: "error" as const,
              message: `step "${scope.step}" publishes "${key}", which the template's blackboard does not declare`,
              span: scope.document.spanOfKey(path),
              ...unknown,
            },
          ]
        : []),
      ...leavesOf(path, value as Json).flatMap((written) => checkText(inner, written)),
    ];
  });
}

/** What is wrong with a key of the blackboard, if the template declares keys and this one is not among them. */
function unknownKey(
  { boardKeys }: StepScope,
  key: string,
): Pick<Diagnostic, "expected" | "got" | "hint"> | null {
  if (boardKeys.length === 0 || boardKeys.includes(key)) return null;
  const near = nearestName(key, boardKeys);
  const hint = near === undefined ? `declare it: blackboard: { ${key}: {} }` : `did you mean "${near}"?`;
  return { expected: `one of ${boardKeys.join(", ")}`, got: key, hint };
}

function itemsOf(name: string, step: StepFile): Written[] {
  return Object.entries(step.forEach ?? {}).flatMap(([variable, items]) => {
    const path = ["steps", name, "forEach", variable];
    return typeof items === "string" ? [{ path, text: items, bare: true }] : leavesOf(path, items as Json);
  });
}

function textsOf(name: string, step: StepFile): Written[] {
  const path = ["steps", name];
  const when = step.when === undefined ? [] : [{ path: [...path, "when"], text: step.when, bare: true }];
  const texts = (["prompt", "model", "with", "run", "approve", "tools", "autonomy"] as const).flatMap(
    (key) => (step[key] === undefined ? [] : leavesOf([...path, key], step[key] as Json)),
  );
  return [...when, ...texts, ...alternativeTexts([...path, "fallback"], step)];
}

/** Of the alternatives, their prompts and options; a constant is given as it stands. */
function alternativeTexts(path: DocumentPath, { fallback }: StepFile): Written[] {
  if (!Array.isArray(fallback)) return [];
  return fallback.flatMap((one, index) =>
    (["prompt", "model", "run"] as const).flatMap((key) =>
      one[key] === undefined ? [] : leavesOf([...path, index, key], one[key] as Json),
    ),
  );
}

function leavesOf(path: DocumentPath, value: Json): Written[] {
  if (typeof value === "string") return [{ path, text: value, bare: false }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf([...path, index], item));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => leavesOf([...path, key], member));
}

function checkText(scope: StepScope, written: Written): Diagnostic[] {
  const reads: Result<readonly string[][], Diagnostic> = written.bare
    ? readsOfExpression(written.text)
    : readsOf(written.text);
  if (reads.ok) return reads.value.flatMap((path) => checkRead(scope, written, path));
  const { message, expected, got, hint } = reads.error;
  const span = scope.document.spanWithin(written.path, (text) => whereFailing(text, got));
  return [
    {
      code: "TEMPLATE_EXPRESSION",
      severity: "error",
      message: `step "${scope.step}": ${message}`,
      span,
      ...(expected === undefined ? {} : { expected }),
      ...(got === undefined ? {} : { got }),
      ...(hint === undefined ? {} : { hint }),
    },
  ];
}

function checkRead(scope: StepScope, written: Written, path: readonly string[]): Diagnostic[] {
  const [root = "", second, third] = path;
  const report = finding(scope, written, path);
  if (scope.secrets.includes(root) && !(mayHoldSecret(written.path) && readsWhole(written.text, root)))
    return [
      report("TEMPLATE_SECRET", `step "${scope.step}" puts the secret "${root}" where it may be seen`, {
        expected: `a value of its own, "{{ ${root} }}", among the options of run (not args or command) or in with`,
        got: written.path.slice(2).join("."),
        hint: "hand it to a command by env, to a request by headers",
      }),
    ];
  if (root === "steps") {
    if (second === undefined) return [];
    if (!isNeeded(scope, second)) return [undeclaredNeed(scope, second, report)];
    return checkField(`steps.${second}`, third, STEP_FIELDS, report);
  }
  if (root === "previous") return checkField("previous", second, PREVIOUS_FIELDS, report);
  if (root === "board") {
    const unknown = second === undefined ? null : unknownKey(scope, second);
    if (!unknown) return [];
    const message = `step "${scope.step}" reads board.${second}, which the template's blackboard does not declare`;
    return [report("TEMPLATE_UNKNOWN_VARIABLE", message, unknown)];
  }
  if (root === "context" || scope.names.includes(root)) return [];
  const known = [...scope.names, "steps", "previous", "context", "board"];
  const near = nearestName(root, known);
  const isStep = scope.steps.includes(root);
  return [
    report("TEMPLATE_UNKNOWN_VARIABLE", `step "${scope.step}" reads "${root}", which nothing defines`, {
      expected: `one of ${known.join(", ")}`,
      got: root,
      hint: isStep
        ? `the result of a step is steps.${root}.output`
        : near === undefined
          ? `declare it under parameters, or read context.${root}`
          : `did you mean "${near}"?`,
    }),
  ];
}

function isNeeded({ needs, step }: StepScope, read: string): boolean {
  return read !== step && transitiveNeeds(needs, step).has(read);
}

function undeclaredNeed(scope: StepScope, read: string, report: Report): Diagnostic {
  const message = `step "${scope.step}" reads steps.${read} but does not need it`;
  if (read === scope.step) {
    return report("TEMPLATE_UNDECLARED_NEED", message, {
      expected: "a step that ends before this one starts",
      got: "the step itself",
      hint: "read another step",
    });
  }
  if (scope.steps.includes(read)) {
    const declared = scope.needs.get(scope.step) ?? [];
    const all = [...declared, read].join(", ");
    return report("TEMPLATE_UNDECLARED_NEED", message, {
      expected: "a step among its needs, direct or through others",
      got: read,
      hint: declared.length === 0 ? `add needs: [${read}]` : `add needs: [${read}], that is needs: [${all}]`,
    });
  }
  const near = nearestName(read, scope.steps);
  return report(
    "TEMPLATE_UNDECLARED_NEED",
    `step "${scope.step}" reads steps.${read}, and there is no such step`,
    {
      expected: `one of ${scope.steps.filter((name) => name !== scope.step).join(", ")}`,
      got: read,
      hint: near === undefined ? "name a step of this template" : `did you mean "${near}"?`,
    },
  );
}

function checkField(
  owner: string,
  field: string | undefined,
  known: readonly string[],
  report: Report,
): Diagnostic[] {
  if (field === undefined || known.includes(field)) return [];
  const near = nearestName(field, known);
  return [
    report("TEMPLATE_UNKNOWN_VARIABLE", `${owner} has no "${field}"`, {
      expected: `one of ${known.map((name) => `${owner}.${name}`).join(", ")}`,
      got: `${owner}.${field}`,
      hint: near === undefined ? `data of a step stands under ${owner}.data` : `did you mean "${near}"?`,
    }),
  ];
}

type Report = (
  code: string,
  message: string,
  details: Pick<Diagnostic, "expected" | "got" | "hint">,
) => Diagnostic;

function finding(scope: StepScope, written: Written, read: readonly string[]): Report {
  return (code, message, details) => ({
    code,
    severity: "error",
    message,
    span: scope.document.spanWithin(written.path, (text) => whereRead(text, read, written.bare)),
    ...details,
  });
}

/** Where a path is read in a text as it stands in the file: inside `{{ }}` or `{% %}` only, so not in the prose. */
function whereRead(
  text: string,
  path: readonly string[],
  bare: boolean,
): { index: number; length: number } | undefined {
  const regions = bare ? [{ index: 0, content: text }] : expressionRegions(text);
  for (let length = path.length; length > 0; length--) {
    const wanted = path.slice(0, length).join(".");
    for (const { index, content } of regions) {
      const at = indexOfWord(content, wanted);
      if (at >= 0) return { index: index + at, length: wanted.length };
    }
  }
  return undefined;
}

function expressionRegions(text: string): { index: number; content: string }[] {
  return [...text.matchAll(/\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g)].map((match) => ({
    index: match.index,
    content: match[0],
  }));
}

function indexOfWord(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + word.length] ?? " ";
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return at;
  }
  return -1;
}

/** Where the text that failed to parse stands; `got` is that text as a JSON string. */
function whereFailing(text: string, got: string | undefined): { index: number; length: number } | undefined {
  const failing: unknown = got?.startsWith('"') ? JSON.parse(got) : undefined;
  if (typeof failing !== "string" || failing === "") return undefined;
  const index = text.indexOf(failing);
  return index < 0 ? undefined : { index, length: failing.length };
}
