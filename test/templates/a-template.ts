import type { Parameter, Template } from "../../src/templates/template.ts";

/** A template with no steps and the given parameters, for tests that need only those. */
export function aTemplate(
  parameters: readonly (Partial<Parameter> & { readonly name: string })[] = [],
  more: Partial<Template> = {},
): Template {
  return {
    name: "SAMPLE",
    version: "1.0.0",
    description: "a sample",
    category: "planning",
    parameters: parameters.map((parameter) => ({
      type: "string",
      orSpan: false,
      required: false,
      ...parameter,
    })),
    steps: [],
    synthesis: { mode: "aggregate", threshold: 0.8 },
    hash: "0".repeat(64),
    source: "sample.yaml",
    ...more,
  };
}
