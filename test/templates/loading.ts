import { expect } from "vitest";
import { loadTemplate } from "../../src/templates/load-template.ts";
import type { Template } from "../../src/templates/template.ts";

export const HEAD = "name: SAMPLE\nversion: 1.0.0\ndescription: a sample\ncategory: planning\n";

export function loaded(text: string): Template {
  const result = loadTemplate(text, "sample.yaml");
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return result.value;
}

export function faults(text: string): string[] {
  const result = loadTemplate(text, "sample.yaml");
  if (result.ok) return [];
  return result.error.map(({ code, span, expected, got, hint }) => {
    expect([expected, got, hint].every((part) => part !== "")).toBe(true);
    expect(span?.source).toBe("sample.yaml");
    return `${code} ${span?.start.line}:${span?.start.column}`;
  });
}

export function first(text: string) {
  const result = loadTemplate(text, "sample.yaml");
  expect(result.ok).toBe(false);
  return result.ok ? undefined : result.error[0]!;
}
