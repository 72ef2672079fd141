import { AUTONOMY_LEVELS } from "../shared/autonomy.ts";
import type { Diagnostic } from "../shared/diagnostic.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { invalid } from "./schema-diagnostics.ts";
import type { SourceDocument } from "./source-document.ts";
import type { StepFile } from "./step-schema.ts";

const KEYS = ["tools", "autonomy", "tool_approval"] as const;

/** Tools are for agents that choose what to call: other work names what it does. */
export function checkTools(document: SourceDocument, name: string, step: StepFile): Diagnostic[] {
  const path = ["steps", name];
  const stray = KEYS.find((key) => step[key] !== undefined);
  if (stray !== undefined && (step.template !== undefined || step.run !== undefined))
    return [
      invalid(document, [...path, stray], "key", `"${stray}" has no meaning in step "${name}"`, {
        expected: "a step with agent and a prompt",
        got: `a step with ${step.run ? "run" : "template"}`,
        hint: "a performer does what its options say, and nothing else",
      }),
    ];
  const { autonomy } = step;
  if (
    autonomy === undefined ||
    autonomy.includes("{{") ||
    (AUTONOMY_LEVELS as readonly string[]).includes(autonomy)
  )
    return [];
  const near = nearestName(autonomy, AUTONOMY_LEVELS);
  return [
    invalid(document, [...path, "autonomy"], "value", `step "${name}" cannot go so far by itself`, {
      expected: `one of ${AUTONOMY_LEVELS.join(", ")}, or an expression`,
      got: autonomy,
      ...(near ? { hint: `did you mean "${near}"?` } : {}),
    }),
  ];
}
