import fc from "fast-check";
import { expect, test } from "vitest";
import { dataMarkdown } from "../../../src/performers/model/data-markdown.ts";
import type { Json } from "../../../src/shared/json.ts";

test("the step is the title, fields are a list, lists of alike objects tables, what is nested stands under headings", () => {
  const data: Json = {
    health: 62,
    is_sound: true,
    findings: [
      { action: "Rotate keys", priority: "P0", tags: ["a", "b"] },
      { action: "Cap the | pipe", priority: "P1", effort: null },
    ],
    notes: ["first", "second"],
    detail: { underWay: "yes", text: "One line.\nAnother." },
    blockers: [],
  };
  expect(dataMarkdown("step", data)).toBe(`# Step

- **Health**: 62
- **Is sound**: yes

## Findings

| Action | Priority | Tags | Effort |
| --- | --- | --- | --- |
| Rotate keys | P0 | a, b |  |
| Cap the \\| pipe | P1 |  |  |

## Notes

- first
- second

## Detail

- **Under way**: yes

### Text

One line.
Another.

## Blockers

None.`);
});

test("what fits into no table is told one by one", () => {
  const long = "x".repeat(200);
  expect(dataMarkdown("step", [{ why: long }, { why: "short" }])).toBe(`# Step

## 1

- **Why**: ${long}

## 2

- **Why**: short`);
});

test.each<[Json, string]>([
  ["plain", "plain"],
  [7, "7"],
  [null, "none"],
  [{}, "# Step\n\nNothing."],
  [[], "# Step\n\nNone."],
  [["a", ["b"]], "# Step\n\n## 1\n\na\n\n## 2\n\n- b"],
])("%j", (data, text) => {
  expect(dataMarkdown("step", data)).toBe(text);
});

test("every text of the data stands in it, and it is never empty nor JSON", () => {
  const word = fc.stringMatching(/^[a-z]{3,8}$/);
  const data = fc.object({ key: word, values: [word, fc.integer()], maxDepth: 4 });
  fc.assert(
    fc.property(data, (value) => {
      const text = dataMarkdown("step", value as Json);
      expect(text.trim()).not.toBe("");
      for (const [said] of JSON.stringify(value).matchAll(/(?<=[:[,]")[a-z]{3,8}(?="[\]},])/g))
        expect(text).toContain(said);
      expect(text.startsWith("{")).toBe(false);
    }),
  );
});
