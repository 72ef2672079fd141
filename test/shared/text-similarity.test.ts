import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countWords, normalisedText, textSimilarity } from "../../src/shared/text-similarity.ts";

const words = fc.array(fc.constantFrom("one", "two", "three", "Four", "5"), { maxLength: 8 });
const text = words.map((list) => list.join(" "));

describe("how alike two texts are", () => {
  test.each([
    ["the same words", "a b c", "a b c", 1],
    ["letter case, spaces and punctuation aside", "Use  a queue!", "use a queue", 1],
    ["no word in common", "a b", "c d", 0],
    ["the same words, turned round", "a b", "b a", 0],
    // Pairs with the edges: " a", "a b", "b c", "c " and " a", "a b", "b d", "d ": two of four in common.
    ["one word of three changed", "a b c", "a b d", 0.5],
    ["two texts without a word", "...", "...", 1],
    ["two different texts without a word", "...", "!", 0],
    ["a text and nothing", "a", "", 0],
  ])("%s", (_, one, other, likeness) => {
    expect(textSimilarity(one, other)).toBeCloseTo(likeness, 10);
  });

  test("is the same from both sides, from 0 to 1, and 1 for a text and itself", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const likeness = textSimilarity(one, other);
        expect(likeness).toBe(textSimilarity(other, one));
        expect(likeness).toBeGreaterThanOrEqual(0);
        expect(likeness).toBeLessThanOrEqual(1);
        expect(textSimilarity(one, one)).toBe(1);
      }),
    );
  });

  test("words are counted, and texts made the same, without regard to spaces and letter case", () => {
    expect(countWords(" Größe: 3 km! ")).toBe(3);
    expect(normalisedText("  A\n b\tC ")).toBe("a b c");
  });
});
