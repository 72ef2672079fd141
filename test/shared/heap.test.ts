import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Heap } from "../../src/shared/heap.ts";

type Entry = { readonly rank: number; readonly arrival: number };

const before = (a: Entry, b: Entry): boolean =>
  a.rank < b.rank || (a.rank === b.rank && a.arrival < b.arrival);

/** What is pushed (a rank), and when something is taken out (null). */
function played(steps: readonly (number | null)[]): {
  readonly given: unknown[];
  readonly expected: unknown[];
} {
  const heap = new Heap<Entry>(before);
  const waiting: Entry[] = [];
  const given: unknown[] = [];
  const expected: unknown[] = [];
  steps.forEach((rank, arrival) => {
    if (rank === null) {
      given.push(heap.peek(), heap.pop(), heap.size);
      const first = waiting.shift();
      expected.push(first, first, waiting.length);
    } else {
      heap.push({ rank, arrival });
      waiting.push({ rank, arrival });
      waiting.sort((a, b) => a.rank - b.rank || a.arrival - b.arrival);
    }
  });
  return { given, expected };
}

describe("the priority queue", () => {
  test("gives the first of what it holds, whatever the order of pushes", () => {
    const step = fc.option(fc.integer({ min: 0, max: 20 }), { freq: 3 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { given, expected } = played(steps);
        expect(given).toEqual(expected);
      }),
    );
  });

  test("gives what came in order, with late comers between, when much of it has gone", () => {
    const pushes = Array.from({ length: 500 }, (_, rank) => rank);
    const late = [480, 3, 400, 350];
    const { given, expected } = played([
      ...pushes,
      ...pushes.slice(0, 300).map(() => null),
      ...late,
      ...pushes.map(() => null),
    ]);
    expect(given).toEqual(expected);
  });
});
