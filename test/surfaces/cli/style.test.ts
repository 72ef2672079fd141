import { expect, test } from "vitest";
import { graphemes, isWide } from "../../../src/shared/graphemes.ts";
import { columns, fitted, widthOf } from "../../../src/surfaces/cli/style.ts";

/** Every character, measured as a terminal does, one by one and between others. */
test("what is measured at once is as wide as what is measured character by character", () => {
  const measured = (text: string) =>
    [...graphemes(text)].reduce((sum, one) => sum + (isWide(one) ? 2 : 1), 0);
  const wrong: string[] = [];
  for (let code = 0x20; code < 0x3000; code++) {
    if (code >= 0x7f && code < 0xa0) continue;
    for (const text of [String.fromCodePoint(code), `a${String.fromCodePoint(code)}─`])
      if (widthOf(text) !== measured(text)) wrong.push(`U+${code.toString(16)}`);
  }
  expect(wrong).toEqual([]);
});

test.each([
  ["plain text that is long", 10, "plain tex…"],
  ["漢字漢字漢字", 7, "漢字漢…"],
  ["short", 10, "short"],
  ["a\u202eb", 10, "a b"],
  ["anything", 0, ""],
])("%j in %i columns is %j", (text, columns, shown) => {
  expect(fitted(text, columns)).toBe(shown);
});

const ROWS = [
  ["NAME", "TIME", "WHAT"],
  ["a", "9 ms", "one two three four five"],
  ["bcd", "10 ms", "short"],
  ["no more"],
];

test("the last cell of a row is broken between words where a terminal ends: below itself, or below the row where that is too narrow", () => {
  const long = [...ROWS, ["e", "1 s", "six seven eight nine ten eleven"]];
  expect(columns(long, { indent: " ", right: [1], width: 39 })).toBe(
    [
      " NAME   TIME  WHAT",
      " a      9 ms  one two three four five",
      " bcd   10 ms  short",
      " no more",
      " e       1 s  six seven eight nine ten",
      "              eleven",
    ].join("\n"),
  );
  expect(columns(long, { indent: " ", right: [1], width: 34 })).toBe(
    [
      " NAME   TIME  WHAT",
      " a      9 ms",
      "       one two three four five",
      " bcd   10 ms  short",
      " no more",
      " e       1 s",
      "       six seven eight nine ten",
      "       eleven",
    ].join("\n"),
  );
});

test("the end of a shorter row stands over the columns after it", () => {
  expect(columns([["a", "b", "c"], ["heading of all"], ["aa", "no more than this"]])).toBe(
    "a   b  c\nheading of all\naa  no more than this",
  );
});

test("it is cut where that is asked for, is whole where nobody says how wide it may be", () => {
  const second = (layout: object): string => columns(ROWS, layout).split("\n")[1]!;
  expect(second({ width: 30, cuts: true })).toBe("a     9 ms   one two three fo…");
  expect(second({})).toBe("a     9 ms   one two three four five");
  expect(second({ width: 3, cuts: true })).toBe("a     9 ms   one two…");
});
