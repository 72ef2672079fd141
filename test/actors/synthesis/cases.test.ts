import { describe, expect, test } from "vitest";
import { answerOf } from "./answer-of.ts";
import { CHOICE_CASES } from "./choice-cases.ts";
import { EDIT_CASES } from "./edit-cases.ts";

const CASES = [...CHOICE_CASES, ...EDIT_CASES];

describe("cases with known right answers", () => {
  test("are at least thirty", () => {
    expect(CASES.length).toBeGreaterThanOrEqual(30);
  });

  test.each(CASES)("$title", ({ plan, deeds, expect: right }) => {
    const answer = answerOf(plan, deeds);
    expect(answer.conflicts.map((one) => [one.subject, one.resolution.by, one.options.length])).toEqual(
      right.conflicts,
    );
    const [part] = answer.parts;
    if (right.output !== undefined) expect(part!.output).toBe(right.output);
    if (right.data !== undefined) expect(answer.data).toEqual(right.data);
    if (right.files)
      expect(Object.fromEntries(answer.artifacts.map(({ path, content }) => [path, content]))).toEqual(
        right.files,
      );
  });
});
