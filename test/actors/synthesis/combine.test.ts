import { describe, expect, test } from "vitest";
import { combine, type Part } from "../../../src/actors/synthesis/combine.ts";
import type { Confidence } from "../../../src/plan/outcome.ts";
import { textFile } from "./a-result.ts";

function part(name: string, output: string, value: number, more: Partial<Part> = {}): Part {
  const confidence: Confidence = { value, source: "declared" };
  const path = `p/${name}`;
  const pieces = [{ text: output, path, at: 0 }];
  const makers = (more.artifacts ?? []).map(() => path);
  return { path, name, output, pieces, data: null, artifacts: [], makers, confidence, ...more };
}

describe("one answer of several results", () => {
  test("aggregate gives all of them in order, data by name, artifacts together, the mean confidence", () => {
    const parts = [
      part("a", "one", 0.5, { data: 1, artifacts: [textFile("a", "x")] }),
      part("b", " ", 0.7, { data: { k: 2 }, artifacts: [textFile("b", "y")] }),
      part("c", "three\n", 0.9, { confidence: { value: 0.9, source: "draft" } }),
    ];
    expect(combine("aggregate", parts)).toEqual({
      output: "one\n\nthree",
      pieces: [
        { text: "one", path: "p/a", at: 0 },
        { text: "\n\n", path: null, at: 0 },
        { text: "three", path: "p/c", at: 0 },
      ],
      makers: ["p/a", "p/b"],
      data: { a: 1, b: { k: 2 } },
      artifacts: [textFile("a", "x"), textFile("b", "y")],
      confidence: { value: 0.7, source: "draft" },
      from: ["p/a", "p/b", "p/c"],
    });
  });

  test("aggregate of steps puts what begins without a title under the step's name, and a command under its own", () => {
    const parts = [
      part("find_sources", "Three papers.", 0.5),
      part("weigh", "## Weighed\n\nTwo hold.", 0.5),
      part("tag", "#hashtag", 0.5),
      part("titled", "# Own title\n\nIt has one.", 0.5),
      { ...part("code", "# Design\n\n```sh\n# no heading\n```", 0.5), title: "CODE: API gateway" },
    ];
    const { output, pieces } = combine("aggregate", parts, { isOfSteps: true });
    expect(output.split("\n\n")).toEqual([
      ...["# Find sources", "Three papers.", "# Weigh", "## Weighed", "Two hold.", "# Tag", "#hashtag"],
      ...["# Own title", "It has one.", "# CODE: API gateway", "## Design", "```sh\n# no heading\n```"],
    ]);
    const written = pieces.flatMap(({ path, text }) => (path === null ? [text.trim()] : []));
    const titles = ["# Find sources", "# Weigh", "# Tag", "# CODE: API gateway", "#"];
    expect(written.filter((text) => text !== "")).toEqual(titles);
    const [first] = parts;
    expect(combine("aggregate", [first!, part("weigh", " ", 0.5)], { isOfSteps: true }).output).toBe(
      "Three papers.",
    );
  });

  test("merge leaves out paragraphs that were said before, letter case and spaces aside", () => {
    const parts = [part("a", "Use HTTP.\n\nCache it.", 0.5), part("b", "cache  IT.\n\nTest it.", 0.5)];
    expect(combine("merge", parts).output).toBe("Use HTTP.\n\nCache it.\n\nTest it.");
  });

  test("vote takes what most say, and believes two of three as much as two more than chance", () => {
    const parts = [part("a", "yes", 0.2), part("b", "no", 0.9), part("c", " YES ", 0.3)];
    expect(combine("vote", parts)).toMatchObject({
      output: " YES ",
      confidence: { value: 0.6, source: "agreement" },
      from: ["p/a", "p/c"],
    });
  });

  test("vote compares data, not words, where there is data", () => {
    const parts = [
      part("a", "four", 0.9, { data: { n: 4, m: 1 } }),
      part("b", "IV", 0.1, { data: { m: 1, n: 4 } }),
      part("c", "four", 0.5, { data: { n: 5 } }),
    ];
    expect(combine("vote", parts).from).toEqual(["p/a", "p/b"]);
  });

  test("vote takes the surer one among equals", () => {
    expect(combine("vote", [part("a", "yes", 0.2), part("b", "no", 0.9)])).toMatchObject({
      output: "no",
      confidence: { value: 0.9, source: "declared" },
    });
  });

  test("vote takes drafts that agree for no evidence", () => {
    const draft: Confidence = { value: 0.4, source: "draft" };
    const drafts = ["a", "b"].map((name) => part(name, "same", 0, { confidence: draft }));
    expect(combine("vote", drafts).confidence).toEqual(draft);
  });

  test("best takes the surest, the first among equals", () => {
    expect(combine("best", [part("a", "1", 0.4), part("b", "2", 0.8), part("c", "3", 0.8)])).toMatchObject({
      output: "2",
      from: ["p/b"],
    });
  });

  test.each(["aggregate", "merge", "vote", "best"] as const)(
    "%s of nothing is nothing, of one is that one",
    (mode) => {
      expect(combine(mode, [])).toEqual({
        output: "",
        pieces: [],
        data: null,
        artifacts: [],
        makers: [],
        confidence: null,
        from: [],
      });
      const only = part("a", " as it is ", 0.3, { data: [1] });
      expect(combine(mode, [only])).toEqual({
        output: " as it is ",
        pieces: only.pieces,
        data: [1],
        artifacts: [],
        makers: [],
        confidence: only.confidence,
        from: ["p/a"],
      });
    },
  );
});
