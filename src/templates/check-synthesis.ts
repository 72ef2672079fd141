import type { Diagnostic } from "../shared/diagnostic.ts";
import { JUDGE } from "./judge-step.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { DocumentPath, SourceDocument } from "./source-document.ts";
import type { StepFile, SynthesisFile } from "./step-schema.ts";
import type { TemplateFile } from "./template-schema.ts";

/** Judges what is said about making one result of several: of a template, and of each step that has several agents. */
export function checkSynthesis(document: SourceDocument, file: TemplateFile): Diagnostic[] {
  const names = Object.keys(file.steps);
  return [
    ...checkTerms(document, ["synthesis"], file.synthesis, names.includes(JUDGE)),
    ...Object.entries(file.steps).flatMap(([name, step]) => [
      ...checkTerms(document, ["steps", name, "synthesis"], step.synthesis, false),
      ...checkPlace(document, name, step),
    ]),
  ];
}

function checkTerms(
  document: SourceDocument,
  path: DocumentPath,
  terms: SynthesisFile | undefined,
  isTaken: boolean,
): Diagnostic[] {
  if (!terms) return [];
  const rules = terms.resolve === undefined ? [] : [terms.resolve].flat();
  const found: Diagnostic[] = [];
  const twice = rules.find((rule, index) => rules.indexOf(rule) < index);
  if (twice !== undefined)
    found.push(
      invalid(document, [...path, "resolve"], "value", `"${twice}" stands twice among the rules`, {
        expected: "each rule once",
        got: rules.join(", "),
        hint: "what the first one leaves open, the second one does too",
      }),
    );
  if (rules.includes("judge") !== (terms.judge !== undefined)) {
    const hasJudge = terms.judge !== undefined;
    found.push(
      invalid(
        document,
        [...path, hasJudge ? "judge" : "resolve"],
        hasJudge ? "key" : "value",
        hasJudge ? "this judge is never asked" : "nobody is named who judges",
        {
          expected: hasJudge
            ? "resolve: judge, or a list of rules with judge in it"
            : "judge: { agent: NAME }",
          got: hasJudge ? (rules.length === 0 ? "no resolve" : rules.join(", ")) : "no judge",
          hint: hasJudge ? "add resolve: judge" : "add judge: { agent: reviewer }",
        },
      ),
    );
  }
  if (terms.judge && isTaken)
    found.push(
      invalid(document, [...path, "judge"], "key", `the judge and a step are both called "${JUDGE}"`, {
        expected: `no step "${JUDGE}" beside a judge`,
        got: `steps.${JUDGE}`,
        hint: "rename the step",
      }),
    );
  return found;
}

/** Where a step's results are one already, nothing can be said about making them one. */
function checkPlace(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  if (step.synthesis === undefined || step.forEach !== undefined) return [];
  const { parallelism = 1, template } = step;
  if (template === undefined && parallelism !== 1) return [];
  return [
    invalid(
      document,
      ["steps", name, "synthesis"],
      "key",
      `"synthesis" has no meaning in step "${name}", which has one result`,
      {
        expected: "a step with parallelism above 1, or with forEach",
        got: template === undefined ? "one agent" : "a nested template, which has a synthesis of its own",
        hint: template === undefined ? "add parallelism: 3, or leave it out" : "leave it out",
      },
    ),
  ];
}
