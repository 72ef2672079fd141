import { expect, test } from "vitest";
import { fencedFiles } from "../../../src/performers/model/fenced-files.ts";

const pathsIn = (markdown: string): readonly string[] => fencedFiles(markdown).map(({ path }) => path);

test("a fenced block with a language and a path is a file", () => {
  expect(fencedFiles("Text\n```json package.json\n{}\n```\n~~~md docs/a.md\n```ts\nx\n```\n~~~\n")).toEqual([
    { path: "package.json", content: "{}\n", mediaType: "application/json" },
    { path: "docs/a.md", content: "```ts\nx\n```\n", mediaType: "text/markdown" },
  ]);
});

test("of two blocks with one path the last one counts", () => {
  expect(fencedFiles("```js a.js\n1\n```\n```js a.js\n2\n```")).toMatchObject([{ content: "2\n" }]);
});

test.each([
  ["no path", "```ts\nx\n```"],
  ["a path that leaves the folder", "```ts ../a.ts\nx\n```"],
  ["a path within that leaves it", "```ts a/../../b.ts\nx\n```"],
  ["an absolute path", "```ts /etc/a.ts\nx\n```"],
  ["a drive", "```ts C:\\a.ts\nx\n```"],
  ["more words", "```ts a.ts and b.ts\nx\n```"],
  ["a word that is no file", "```ts example\nx\n```"],
  ["no end", "```ts a.ts\nx\n"],
])("a block with %s is none", (_, markdown) => {
  expect(pathsIn(markdown)).toEqual([]);
});
