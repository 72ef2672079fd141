import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ALLOWED_FILTERS, ALLOWED_TAGS } from "../../src/templates/liquid-sandbox.ts";
import { loadAgentKind, loadTemplate } from "../../src/templates/load-template.ts";
import { TemplateRegistry } from "../../src/templates/registry.ts";

const DOCS = `${import.meta.dirname}/../../docs`;
const guide = readFileSync(`${DOCS}/guides/write-a-template.md`, "utf8");
const reference = readFileSync(`${DOCS}/reference/templates.md`, "utf8");

test("every file in the guide loads, and together they make a registry", () => {
  const files = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const isTemplate = (file: string): boolean => file.includes("\nsteps:");
  const templates = files.filter(isTemplate).map((file) => loadTemplate(file, "guide"));
  const kinds = files.filter((file) => !isTemplate(file)).map((file) => loadAgentKind(file, "guide"));
  expect([...templates, ...kinds].filter((loaded) => !loaded.ok)).toEqual([]);
  const registry = TemplateRegistry.create(
    templates.flatMap((loaded) => (loaded.ok ? [loaded.value] : [])),
    kinds.flatMap((loaded) => (loaded.ok ? [loaded.value] : [])),
  );
  expect(registry.ok && registry.value.list().map(({ name }) => name)).toEqual([
    "REVIEWED_SUMMARY",
    "SUMMARY",
    "LINT",
  ]);
});

test("the reference names every tag, and only tags and filters that exist as being there", () => {
  const tags = /^Tags: (.*?)\. Filters/m.exec(reference)?.[1];
  expect(tags?.replaceAll("`", "").split(", ")).toEqual(ALLOWED_TAGS);
  for (const left of ["include", "render", "layout", "block"]) expect(ALLOWED_TAGS).not.toContain(left);
  for (const left of ["date", "sample", "where_exp"]) expect(ALLOWED_FILTERS).not.toContain(left);
});
