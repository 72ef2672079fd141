import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LANGUAGES } from "../../../src/performers/draft/code/code-brief.ts";
import { nameWords, pascal, slug, snake } from "../../../src/performers/draft/names.ts";
import { draftOutcome } from "../../../src/performers/draft.ts";
import { draftTask, SHIPPED } from "./draft-task.ts";
import { syntaxFaults, unsafePaths } from "./parses.ts";

const HOSTILE = [
  '"; rm -rf / #',
  `*/ ${"$"}{process.exit(1)} /*`,
  "line one\nline two\r\n\u2028line three",
  `'''"""\`${"$"}{x}\`{{ y }}`,
  "../../etc/passwd",
  "日本語の認証",
  "\u202Eevil\u0000\u0007",
  "class",
  "123",
  "<script>alert(1)</script> | a | b",
  "\\",
  "x".repeat(10_000),
  `${"# Title\n\n- item\n"}`.repeat(500),
  "𝕏𝕪".repeat(300),
];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
);

describe("names made from any text", () => {
  test("are never empty and hold ASCII letters, digits and their separator alone", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(slug(value)).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        expect(snake(value)).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
        expect(pascal(value)).toMatch(/^[A-Z][A-Za-z0-9]*$/);
        expect(slug(value).length).toBeLessThanOrEqual(63);
        expect(nameWords(value).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("files drafted for any text", () => {
  const hostileTask = (template: string, step: string, value: string, language: string) =>
    draftTask(
      template,
      step,
      {
        [SHIPPED[template]!.main]: value,
        language,
        framework: value,
        host: value,
        image: value,
        resources: [value],
        test_types: [value, "performance"],
        components: [value, value],
        env: { [value]: value },
      },
      { context: { compliance: value, findings: value } },
    );

  test.each(
    Object.entries(SHIPPED).flatMap(([template, { steps }]) =>
      steps.map((step) => [template, step] as const),
    ),
  )("%s %s: they parse and stay in their folder", (template, step) => {
    fc.assert(
      fc.property(text, fc.constantFrom(...LANGUAGES), (value, language) => {
        const { artifacts = [], output } = draftOutcome(hostileTask(template, step, value, language));
        expect(syntaxFaults(artifacts)).toEqual([]);
        expect(unsafePaths(artifacts)).toEqual([]);
        expect(output.startsWith("# ")).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test.each(HOSTILE)("a component called %j gives a scaffold that parses in every language", (value) => {
    for (const language of LANGUAGES) {
      const { artifacts = [] } = draftOutcome(hostileTask("CODE", "generate", value, language));
      expect(syntaxFaults(artifacts)).toEqual([]);
      expect(unsafePaths(artifacts)).toEqual([]);
    }
  });

  test("a title never holds a line end or raw HTML", () => {
    for (const value of HOSTILE) {
      const { output } = draftOutcome(hostileTask("AGENT", "charter", value, "go"));
      expect(output.split("\n")[2]).toBe("> Draft made by rules, without a model.");
      expect(output).not.toContain("<script>");
    }
  });
});
