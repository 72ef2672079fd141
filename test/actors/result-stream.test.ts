import { describe, expect, test } from "vitest";
import { ResultStream } from "../../src/actors/result-stream.ts";
import type { AgentResult } from "../../src/plan/outcome.ts";

const result = (index: number): AgentResult => ({ path: `a${index}` }) as AgentResult;
const paths = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `a${index}`);

/** A stream, and what its subscriber has got: how many at a time, and who. */
function heard() {
  const stream = new ResultStream();
  const sizes: number[] = [];
  const got: string[] = [];
  let isComplete = false;
  stream.results$.subscribe({
    next: (results) => {
      sizes.push(results.length);
      got.push(...results.map(({ path }) => path));
    },
    complete: () => {
      isComplete = true;
    },
  });
  return { stream, sizes, got, isComplete: () => isComplete };
}

describe("a stream of results", () => {
  test.each([0, 1, 63, 64, 65, 200])(
    "passes on each of %d once, in order, before it is complete (H1)",
    (count) => {
      const { stream, sizes, got, isComplete } = heard();
      for (let index = 0; index < count; index++) stream.add(result(index));
      expect(got).toEqual(paths(count).slice(0, count - (count % 64)));
      stream.complete();
      expect([got, isComplete()]).toEqual([paths(count), true]);
      expect(sizes.length).toBe(Math.ceil(count / 64));
      stream.add(result(count));
      stream.complete();
      expect(got).toEqual(paths(count));
    },
  );

  test("passes each on as it is recorded while somebody watches, and has those before it (H2)", () => {
    const { stream, sizes, got } = heard();
    const watched: string[] = [];
    for (let index = 0; index < 70; index++) stream.add(result(index));
    stream.each$.subscribe(({ path }) => watched.push(path));
    expect([sizes, watched]).toEqual([[64, 6], paths(70)]);
    stream.add(result(70));
    expect([sizes, watched, got]).toEqual([[64, 6, 1], paths(71), paths(71)]);
  });
});
