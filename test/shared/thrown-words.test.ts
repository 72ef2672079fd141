import { expect, test } from "vitest";
import { thrownWords } from "../../src/shared/thrown-words.ts";

const circular: { self?: unknown } = {};
circular.self = circular;

test.each([
  [new Error("broken"), "broken"],
  [{ message: "as an error has" }, "as an error has"],
  ["words", "words"],
  [undefined, "undefined"],
  [null, "null"],
  [7n, "7"],
  [{ code: 7 }, '{"code":7}'],
  [{ toJSON: () => undefined }, "what cannot be told in words"],
  [circular, "what cannot be told in words"],
])("what is thrown is told in words, whatever it is: %o", (thrown, words) => {
  expect(thrownWords(thrown)).toBe(words);
});
